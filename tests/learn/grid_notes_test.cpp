// Lines of the log about a choice.
#include "learn/grid_notes.h"

#include <gtest/gtest.h>

#include "support/log_lines.h"

namespace dem {
namespace {

// Recipe whitened with other values to choose from.
Recipe recipe_of(const std::map<std::string, std::string>& settings) {
  Recipe recipe = make_recipe("whitened", "", TrainMode::kAttribute);
  recipe.set(settings);
  return recipe;
}

JudgedPoints judged_along(const std::string& name,
                          const std::vector<std::string>& texts,
                          std::vector<double> values,
                          std::size_t best) {
  JudgedPoints judged{{}, std::move(values), best};
  for (const std::string& text : texts) judged.points.push_back({{name, text}});
  return judged;
}

TEST(GridNotes, NameANumberAtTheEndOfItsGrid) {
  const Recipe recipe = recipe_of({{"lambda_grid", "1 0.1 10"}});
  const test::LogLines log;
  note_ends(recipe, judged_along("lambda", {"1", "0.1", "10"}, {0.5, 0.6, 0.4}, 1));
  EXPECT_EQ(log.count({"the best lambda, 0.1, is the smallest of its grid"}), 1);
  note_ends(recipe, judged_along("lambda", {"1", "0.1", "10"}, {0.5, 0.4, 0.6}, 2));
  EXPECT_EQ(log.count({"the best lambda, 10, is the largest of its grid"}), 1);
  EXPECT_EQ(log.lines().size(), 2u);
}

TEST(GridNotes, AreSilentWhereAWiderGridIsNoWayOn) {
  const test::LogLines log;
  const Recipe recipe = recipe_of({{"lambda_grid", "0.1 1 10"}});
  const std::vector<std::string> texts{"0.1", "1", "10"};
  note_ends(recipe, judged_along("lambda", texts, {0.5, 0.6, 0.4}, 1));  // in the middle
  note_ends(recipe, judged_along("lambda", texts, {0.6, 0.6, 0.4}, 0));  // no better than the next
  note_ends(recipe,
            judged_along("lambda", {"0.1", "10"}, {0.6, 0.4}, 0));  // the next was not tried
  note_ends(recipe, judged_along("kernel", {"linear", "gaussian"}, {0.6, 0.4}, 0));    // no number
  note_ends(recipe_of({{"lambda", "10"}}), judged_along("lambda", {"10"}, {0.6}, 0));  // given
  note_ends(recipe_of({{"blend_grid", "0 1 4"}}),
            judged_along("blend", {"0", "1", "4"}, {0.6, 0.5, 0.4}, 0));  // nothing is below 0
  note_ends(make_recipe("dem", "", TrainMode::kAttribute),
            judged_along("output_relu", {"true", "false"}, {0.6, 0.4}, 0));  // it has no grid
  EXPECT_TRUE(log.lines().empty()) << log.lines()[0];
}

TEST(GridNotes, WarnWherePointsAreEqual) {
  const test::LogLines log;
  warn_of_equals(judged_along("lambda", {"1"}, {0.5}, 0));
  warn_of_equals(judged_along("lambda", {"1", "2"}, {0.5, 0.6}, 1));
  EXPECT_TRUE(log.lines().empty());
  warn_of_equals(judged_along("lambda", {"1", "2"}, {0.5, 0.5}, 0));
  EXPECT_EQ(log.count({"all choices are equal; lambda 1 is only the first"}), 1);
}

}  // namespace
}  // namespace dem
