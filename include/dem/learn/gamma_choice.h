// What is taken off the scores of seen classes, as somebody chooses it.
#pragma once

#include <string>
#include <string_view>

namespace dem {

// Calibrated stacking (Chao, Changpinyo, Gong and Sha, ECCV 2016): a model scores images of unseen
// classes too high for seen ones, by about one number, gamma (Model::gamma).
struct GammaChoice {
  enum class By {
    kNone,        // nothing is taken off
    kValidation,  // the gamma of the best H on held-out seen classes
    kValue,       // the one that is given
  };
  By by = By::kNone;
  double value = 0.0;  // kValue; any finite number

  bool operator==(const GammaChoice&) const = default;
};

[[nodiscard]] std::string to_string(const GammaChoice& choice);  // "none", "val", "0.25"
// Throws Error{kInvalidArgument} for another text, naming what is chosen.
[[nodiscard]] GammaChoice gamma_choice_from_string(std::string_view text,
                                                   std::string_view what = "gamma");

}  // namespace dem
