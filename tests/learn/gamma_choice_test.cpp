#include "dem/learn/gamma_choice.h"

#include <gtest/gtest.h>

#include "dem/learn/recipe.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;

TEST(GammaChoice, ComesBackFromItsText) {
  for (const char* text : {"none", "val", "0.25", "-1.5", "0", "1e-05"}) {
    EXPECT_EQ(to_string(gamma_choice_from_string(text)), text);
  }
  EXPECT_EQ(gamma_choice_from_string("0.1"), (GammaChoice{GammaChoice::By::kValue, 0.1}));
}

TEST(GammaChoice, RefusesOtherTexts) {
  for (const char* text : {"", "validation", "nan", "inf", "1e99", "0.1x"}) {
    expect_error(ErrorKind::kInvalidArgument, {"gamma", "none, val or a number", text}, [&] {
      (void)gamma_choice_from_string(text);
    });
  }
}

TEST(GammaChoice, IsAFieldOfEveryRecipe) {
  Recipe recipe = make_recipe("gbu", "CUB", TrainMode::kAttribute);
  EXPECT_EQ(recipe.gamma.by, GammaChoice::By::kNone);
  EXPECT_EQ(make_recipe("ridge", "CUB", TrainMode::kAttribute).gamma.by, GammaChoice::By::kNone);
  EXPECT_EQ(make_recipe("kernel-prototypes", "CUB", TrainMode::kAttribute).gamma.by,
            GammaChoice::By::kValidation);
  recipe.set({{"gamma", "0.5"}});
  EXPECT_EQ(recipe.gamma.value, 0.5);
  EXPECT_NE(recipe.to_json().find("\"gamma\":\"0.5\""), std::string::npos);
  EXPECT_NE(recipe.to_string().find("gamma 0.5"), std::string::npos);
}

}  // namespace
}  // namespace dem
