// Choosing by held-out classes, with solvers and accuracies that the test makes up.
#include "learn/linear/regularisers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "dem/base/log.h"
#include "support/closed_form_case.h"

namespace dem::test {
namespace {

Shifts most_shifts = Shifts::kOne;  // of the problems since a choice began

// Says what it was asked for.
class Echo : public LinearSolver {
 public:
  [[nodiscard]] Learned solve(const Choice& choice) override {
    Learned learned;
    for (const auto& [name, value] : choice) learned.facts[name] = value;
    return learned;
  }
};

std::unique_ptr<LinearSolver> make_echo(const Recipe&, ClosedFormProblem problem) {
  if (problem.shifts == Shifts::kMany) most_shifts = Shifts::kMany;
  return std::make_unique<Echo>();
}

class Regularisers : public testing::Test {
 protected:
  Regularisers() : images_(20, 4, 3) {
    set_log_sink([this](LogLevel, std::string_view message) { messages_.emplace_back(message); });
    classes_.names.resize(at(kClasses));
    classes_.spaces = {"attribute"};
    classes_.embeddings.emplace_back(kClasses, 3);
    rounds_.push_back({images_.statistics.clone(), {0, 1}});
  }
  ~Regularisers() override { set_log_sink({}); }
  Regularisers(const Regularisers&) = delete;
  Regularisers& operator=(const Regularisers&) = delete;

  // The choice that these accuracies make of a recipe's grid.
  Provenance choose(const char* recipe_name,
                    const std::vector<std::string>& names,
                    const std::string& lambdas,
                    const std::function<double(const Provenance&)>& accuracy) {
    Recipe recipe = make_recipe(recipe_name, "", TrainMode::kAttribute);
    recipe.set({{"lambda_grid", lambdas}});
    const FeatureMap base;
    const LearningData data{
        classes_,
        images_.statistics,
        base,
        [&] { return std::span<const ValidationRound>(rounds_); },
        [&](const Learned& learned, std::size_t) { return accuracy(learned.facts); },
        [](bool here) { return here; }};
    messages_.clear();
    most_shifts = Shifts::kOne;
    return choose_and_solve(recipe, data, grid_of(recipe, names), make_echo).facts;
  }
  [[nodiscard]] auto notes() const {
    return std::count_if(messages_.begin(), messages_.end(), [](const std::string& message) {
      return message.find("may do better") != std::string::npos;
    });
  }
  [[nodiscard]] bool has(const std::string& message) const {
    return std::find(messages_.begin(), messages_.end(), message) != messages_.end();
  }

  Images images_;
  ClassTable classes_;
  std::vector<ValidationRound> rounds_;
  std::vector<std::string> messages_;
};

double lambda_of(const Provenance& facts) {
  return std::stod(facts.at("lambda"));
}

TEST_F(Regularisers, SayThatTheBestIsTheLastOfItsGrid) {
  const std::vector<std::string> names{"lambda"};
  EXPECT_EQ(choose("ridge", names, "10 0.5 100", lambda_of).at("lambda"), "100");
  EXPECT_TRUE(
      has("validation: the best lambda, 100, is the largest of its grid; a wider lambda_grid may "
          "do better"));
  const auto smaller = [](const Provenance& facts) { return -lambda_of(facts); };
  EXPECT_EQ(choose("ridge", names, "10 0.5 100", smaller).at("lambda"), "0.5");
  EXPECT_TRUE(
      has("validation: the best lambda, 0.5, is the smallest of its grid; a wider lambda_grid may "
          "do better"));
}

TEST_F(Regularisers, SayNothingOfABestOneInTheMiddleOfEqualsOrOfTwo) {
  const std::vector<std::string> names{"lambda"};
  const auto middle = [](const Provenance& facts) { return lambda_of(facts) == 10.0 ? 1.0 : 0.5; };
  EXPECT_EQ(choose("ridge", names, "0.5 10 100", middle).at("lambda"), "10");
  EXPECT_EQ(notes(), 0);
  const auto flat = [](const Provenance& facts) { return lambda_of(facts) < 50.0 ? 1.0 : 0.5; };
  EXPECT_EQ(choose("ridge", names, "0.5 10 100", flat).at("lambda"), "0.5");
  EXPECT_EQ(notes(), 0);
  EXPECT_EQ(choose("ridge", names, "10 100", lambda_of).at("lambda"), "100");
  EXPECT_EQ(notes(), 0);
}

// Of two settings each is looked at with the other as the best choice has it, and words have no
// ends.
TEST_F(Regularisers, LookAtEachSettingOfSeveral) {
  const auto by_lambda = [](const Provenance& facts) {
    return lambda_of(facts) + (facts.at("gamma_signatures") == "100" ? 0.5 : 0.0);
  };
  const Provenance chosen = choose("eszsl", {"gamma_signatures", "lambda"}, "1 2 3", by_lambda);
  EXPECT_EQ(chosen.at("gamma_signatures"), "100");
  EXPECT_EQ(chosen.at("lambda"), "3");
  EXPECT_EQ(notes(), 1);
  const auto by_word = [](const Provenance& facts) {
    return lambda_of(facts) == 2.0 && facts.at("direction") == "decoder" ? 1.0 : 0.0;
  };
  EXPECT_EQ(choose("sae", {"lambda", "direction"}, "1 2 3", by_word).at("direction"), "decoder");
  EXPECT_EQ(notes(), 0);
}

// 4 gammas and 5 lambdas are 20 choices, but the large matrix is factored for each gamma alone.
TEST_F(Regularisers, AreManyWhereOneSettingHasMany) {
  const auto flat = [](const Provenance&) { return 0.5; };
  (void)choose("eszsl", {"gamma_signatures", "lambda"}, "1 2 3 4 5", flat);
  EXPECT_EQ(most_shifts, Shifts::kOne);
  (void)choose("ridge", {"lambda"}, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", flat);
  EXPECT_EQ(most_shifts, Shifts::kOne);
  (void)choose("ridge", {"lambda"}, "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", flat);
  EXPECT_EQ(most_shifts, Shifts::kMany);
}

// ESZSL keeps the work of one gamma for all its lambdas.
TEST(SettingsGrid, HasTheChoicesOfTheFirstSettingTogether) {
  const Recipe recipe = make_recipe("eszsl", "", TrainMode::kAttribute);
  std::vector<std::string> gammas;
  for (const Choice& choice : grid_of(recipe, {"gamma_signatures", "lambda"})) {
    if (gammas.empty() || gammas.back() != choice.at("gamma_signatures"))
      gammas.push_back(choice.at("gamma_signatures"));
  }
  EXPECT_EQ(gammas, (std::vector<std::string>{"0.01", "1", "100", "10000"}));
}

}  // namespace
}  // namespace dem::test
