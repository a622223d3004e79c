// Descriptions of classes with entries that nobody knows, and what becomes of these.
//
// An entry is missing where it is not a finite number (in text also an empty cell, NA, N/A or nan),
// or where it is -1 and all other entries of its space are at least 0, some above. So AWA1 and AWA2
// mark attributes that were not rated. Of a class whose description is all zero nothing is known:
// all of its entries are missing.
#pragma once

#include <string_view>

namespace dem {

enum class MissingDescriptions {
  // They stay as they are, with a warning: -1 is a number. What is not finite is refused.
  kKeep,
  // They become the mean of the entries of the same attribute that are known, over all classes. An
  // attribute without any is refused.
  kMean,
  // As kMean; refused where -1 may well be a number: beside entries that are not finite, beside 0
  // and 1 alone, or all along an attribute.
  kAuto,
  // As kMean, but -1 is a number.
  kNan,
  kRefuse,  // a table that has any is refused
};

// "keep", "mean", "auto", "nan", "refuse".
[[nodiscard]] std::string_view to_string(MissingDescriptions missing) noexcept;
// Throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] MissingDescriptions missing_descriptions_from_string(std::string_view name);
// Whether missing entries are replaced: kMean, kAuto, kNan.
[[nodiscard]] bool fills_in(MissingDescriptions missing) noexcept;

}  // namespace dem
