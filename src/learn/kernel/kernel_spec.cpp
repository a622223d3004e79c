#include "learn/kernel/kernel_spec.h"

#include <string_view>

#include "base/text.h"
#include "dem/base/error.h"
#include "learn/settings_grid.h"

namespace dem {
namespace {

constexpr std::string_view kSharp = "gaussian-";

}  // namespace

std::string to_string(const KernelSpec& spec) {
  if (spec.kind != KernelKind::kGaussian || spec.sharpness == KernelSpec().sharpness) {
    return std::string(to_string(spec.kind));
  }
  return concat(kSharp, spec.sharpness);
}

std::optional<KernelSpec> kernel_spec_in(const std::string& text) {
  if (text.starts_with(kSharp)) {
    const auto sharpness = positive_number(text.substr(kSharp.size()));
    if (!sharpness || *sharpness < kLeastSharpness || *sharpness > kMostSharpness) {
      return std::nullopt;
    }
    return KernelSpec(KernelKind::kGaussian, *sharpness);
  }
  try {
    return KernelSpec(kernel_kind_from_string(text));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace dem
