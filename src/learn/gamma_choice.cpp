#include "dem/learn/gamma_choice.h"

#include <cmath>

#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/field_text.h"

namespace dem {

std::string to_string(const GammaChoice& choice) {
  switch (choice.by) {
    case GammaChoice::By::kNone:
      return "none";
    case GammaChoice::By::kValidation:
      return "val";
    case GammaChoice::By::kValue:
      break;
  }
  return shortest_text(choice.value);
}

GammaChoice gamma_choice_from_string(std::string_view text, std::string_view what) {
  if (text == "none") return {};
  if (text == "val") return {GammaChoice::By::kValidation, 0.0};
  const auto value = number_in<double>(text);
  // Scores are in single precision.
  if (value && std::isfinite(static_cast<float>(*value))) {
    return {GammaChoice::By::kValue, *value};
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat(what, ": expected none, val or a number, got \"", text, '"'));
}

}  // namespace dem
