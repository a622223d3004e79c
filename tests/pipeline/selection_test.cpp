// How long held-out seen classes say that a network is trained.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/at.h"
#include "base/rng.h"
#include "dem/base/error.h"
#include "dem/eval/scores.h"
#include "dem/pipeline/fit.h"
#include "pipeline/fit_phase.h"
#include "pipeline/fold_history.h"
#include "pipeline/held_out_judge.h"
#include "support/files.h"
#include "toy_folder.h"

namespace dem {
namespace {

FoldHistory history(std::vector<HeldOutEvaluation> evaluations, float temperature = 0.0f) {
  return {std::move(evaluations), temperature};
}

TEST(BestMoment, IsOfTheBestMeanOverTheRuns) {
  // Means 0.3, 0.5, 0.45: the second evaluation, best in neither run.
  const std::vector<FoldHistory> runs = {
      history({{10, 0.6, 1, 5}, {20, 0.5, 1, 6}, {30, 0.2, 1, 7}}),
      history({{12, 0.0, 1, 1}, {24, 0.5, 3, 2}, {36, 0.7, 1, 3}})};
  const auto best = best_moment(runs);
  ASSERT_TRUE(best);
  EXPECT_DOUBLE_EQ(best->value, 0.5);
  EXPECT_EQ(best->values, (std::vector<double>{0.5, 0.5}));
  EXPECT_EQ(best->steps, (std::vector<std::optional<Index>>{20, 24}));
  EXPECT_DOUBLE_EQ(best->distance, 2.0);
  EXPECT_DOUBLE_EQ(best->gamma, 4.0);
}

TEST(BestMoment, OfEqualMeansHasTheSmallerDistanceThenTheEarlier) {
  const std::vector<FoldHistory> runs = {
      history({{1, 0.5, 4, 0}, {2, 0.7, 3, 0}, {3, 0.6, 2, 0}, {4, 0.6, 2, 0}, {5, 0.1, 1, 0}})};
  std::vector<FoldHistory> two = runs;  // the mean of each evaluation but the last is 0.6
  two.push_back(
      history({{1, 0.7, 4, 0}, {2, 0.5, 3, 0}, {3, 0.6, 2, 0}, {4, 0.6, 2, 0}, {5, 0.1, 1, 0}}));
  EXPECT_EQ(best_moment(runs)->steps, (std::vector<std::optional<Index>>{2}));
  EXPECT_EQ(best_moment(two)->steps, (std::vector<std::optional<Index>>{3, 3}));
}

TEST(BestMoment, ARunThatEndedKeepsItsLastEvaluation) {
  const std::vector<FoldHistory> runs = {
      history({{10, 0.2, 1, 0}, {15, 0.4, 1, 0}}),
      history({{10, 0.1, 1, 0}, {20, 0.2, 1, 0}, {30, 0.6, 1, 0}})};
  const auto best = best_moment(runs);
  EXPECT_DOUBLE_EQ(best->value, 0.5);
  EXPECT_EQ(best->steps, (std::vector<std::optional<Index>>{std::nullopt, 30}));
  EXPECT_FALSE(best_moment(std::vector<FoldHistory>{runs[0], history({})}));
}

TEST(BestMoment, TemperaturesHaveTheirGeometricMean) {
  EXPECT_EQ(mean_temperature(std::vector{history({}, 0.3f)}), 0.3f);
  EXPECT_FLOAT_EQ(mean_temperature(std::vector{history({}, 2.0f), history({}, 8.0f), history({})}),
                  4.0f);
  EXPECT_EQ(mean_temperature(std::vector{history({})}), 0.0f);
}

TEST(FoldHistory, IsTheSameFromJson) {
  const std::vector<FoldHistory> runs = {history({{10, 1.0 / 3.0, 1e-300, -0.1}}, 0.1f),
                                         history({})};
  const auto read = histories_from_json(histories_to_json(runs), "there");
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].temperature, 0.1f);
  EXPECT_EQ(read[0].evaluations[0].value, 1.0 / 3.0);
  EXPECT_EQ(read[0].evaluations[0].distance, 1e-300);
  EXPECT_EQ(read[0].evaluations[0].gamma, -0.1);
  EXPECT_EQ(read[1].evaluations.size(), 0u);
  for (const char* broken : {"", "{}x", "[1]", R"([{"temperature": 1}])", R"([{"temperature": 1,
       "evaluations": [[1, 2]]}])"}) {
    EXPECT_THROW((void)histories_from_json(broken, "there"), Error) << broken;
  }
}

TEST(SelectionOutcome, IsTheSameFromJson) {
  const SelectionOutcome outcome{
      SelectionBy::kH, 7, 0.1, {0.05, 0.15}, 1.0 / 3.0, -2.5, 0.1f, 4, 9};
  const SelectionOutcome read = selection_outcome_from_json(outcome.to_json(), "there");
  EXPECT_EQ(read.to_json(), outcome.to_json());
  EXPECT_EQ(read.steps, 7);
  EXPECT_EQ(read.values, outcome.values);
  EXPECT_THROW((void)selection_outcome_from_json("{}", "there"), Error);
}

// Random scores of 60 images for 6 classes, 4 and 5 held out; images 0 to 39 are of the others and
// half of them spared.
struct JudgeCase {
  Matrix<float> scores{60, 6};
  Dataset dataset;
  Phase phase{FitPhase::kSelect, {}, {}, {}, {4, 5}};

  JudgeCase() {
    Rng rng(11, Purpose::kSynthetic);
    dataset.visual_features = Matrix<float>(60, 1);
    for (Index row = 0; row < 60; ++row) {
      const Index label = row < 40 ? row % 4 : 4 + (row % 3 == 0 ? 1 : 0);
      dataset.labels.push_back(static_cast<ClassId>(label));
      for (Index c = 0; c < 6; ++c) {
        scores(row, c) =
            static_cast<float>(rng.normal() + (c == label ? 1.0 : 0.0) - (c >= 4 ? 0.7 : 0.0));
      }
      if (row >= 40) phase.watched_rows.push_back(row);
      if (row < 40 && row % 2 == 0) phase.spared_rows.push_back(row);
    }
    dataset.classes.names = {"a", "b", "c", "d", "e", "f"};
    dataset.classes.seen.assign(6, true);
    dataset.classes.spaces = {"attribute"};
    dataset.classes.embeddings.emplace_back(6, 2);
    phase.other_classes = {0, 2};  // of the spared, even rows
    phase.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
  }
  [[nodiscard]] ClassId best_of(Index row,
                                const std::vector<ClassId>& classes,
                                double gamma) const {
    ClassId best = classes[0];
    const auto value = [&](ClassId c) { return double{scores(row, c)} - (c < 4 ? gamma : 0.0); };
    for (const ClassId c : classes) {
      if (value(c) > value(best)) best = c;
    }
    return best;
  }
  // Mean over classes, naively.
  [[nodiscard]] double accuracy(const std::vector<Index>& rows,
                                const std::vector<ClassId>& classes,
                                double gamma) const {
    std::vector<double> right(6), count(6);
    for (const Index row : rows) {
      const auto label = at(dataset.labels[at(row)]);
      count[label] += 1.0;
      right[label] += best_of(row, classes, gamma) == static_cast<ClassId>(label) ? 1.0 : 0.0;
    }
    double sum = 0.0, classes_with = 0.0;
    for (std::size_t c = 0; c < 6; ++c) {
      if (count[c] == 0.0) continue;
      sum += right[c] / count[c];
      classes_with += 1.0;
    }
    return sum / classes_with;
  }
  [[nodiscard]] double harmonic(double gamma) const {
    const std::vector<ClassId> all = {0, 2, 4, 5};
    const double u = accuracy(phase.watched_rows, all, gamma);
    const double s = accuracy(phase.spared_rows, all, gamma);
    return 2.0 * u * s / std::max(u + s, 1e-12);
  }
  [[nodiscard]] HeldOutEvaluation judge() const {
    return judge_held_out(MatrixSource(scores), phase, dataset, self_communicator());
  }
};

TEST(HeldOutJudge, AgreesWithNaiveSums) {
  JudgeCase problem;
  double distance = 0.0, right = 0.0;
  for (const Index row : problem.phase.watched_rows) {
    const ClassId label = problem.dataset.labels[at(row)];
    distance -= double{problem.scores(row, label)} / 20.0;
    right += problem.best_of(row, {4, 5}, 0.0) == label ? 1.0 / 20.0 : 0.0;
  }
  EXPECT_NEAR(problem.judge().distance, distance, 1e-12);
  EXPECT_NEAR(
      problem.judge().value, problem.accuracy(problem.phase.watched_rows, {4, 5}, 0.0), 1e-12);
  problem.phase.recipe.selection_by = SelectionBy::kAccuracy;
  EXPECT_NEAR(problem.judge().value, right, 1e-12);
  EXPECT_EQ(problem.judge().gamma, 0.0);
  problem.phase.recipe.selection_by = SelectionBy::kH;
  for (const double gamma : {0.0, 0.31, -0.2, 1.07}) {
    problem.phase.recipe.gamma = {GammaChoice::By::kValue, gamma};
    EXPECT_NEAR(problem.judge().value, problem.harmonic(gamma), 1e-12) << gamma;
    EXPECT_EQ(problem.judge().gamma, gamma);
  }
}

// The value is smoothed over neighbouring gammas, so that it is near the best of all and no more.
TEST(HeldOutJudge, FindsAGammaNearTheBest) {
  JudgeCase problem;
  problem.phase.recipe.selection_by = SelectionBy::kH;
  problem.phase.recipe.gamma = {GammaChoice::By::kValidation, 0.0};
  double best = 0.0;
  for (int i = -400; i <= 400; ++i) best = std::max(best, problem.harmonic(0.01 * i));
  const HeldOutEvaluation found = problem.judge();
  EXPECT_GT(best, problem.harmonic(0.0) + 0.05);  // there is something to find
  EXPECT_GT(found.value, 0.9 * best);
  EXPECT_LE(found.value, best + 1e-12);
  EXPECT_GT(problem.harmonic(found.gamma), 0.9 * best);
}

// Fifteen seen classes of 20 images.
class HeldOutSelection : public testing::Test {
 protected:
  void SetUp() override { folder_.write(15); }
  [[nodiscard]] Dataset data() const { return load_dataset(folder_.data()); }
  [[nodiscard]] static FitOptions options() {
    FitOptions options;
    options.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
    options.recipe.set({{"hidden_dim", "24"},
                        {"learning_rate", "3e-3"},
                        {"batch_size", "20"},
                        {"num_epochs", "6"},
                        {"evaluation_interval", "0"},
                        {"selection", "val"},
                        {"selection_folds", "3"}});
    return options;
  }

  test::ToyFolder folder_;
};

TEST_F(HeldOutSelection, PhasesSpareImagesOnlyWhereBothKindsCount) {
  const Dataset dataset = data();
  Recipe recipe = options().recipe;
  for (const Phase& phase : selection_phases(dataset, recipe, 3)) {
    EXPECT_TRUE(phase.spared_rows.empty());
    EXPECT_EQ(phase.rows.size() + phase.watched_rows.size(), dataset.split.trainval.size());
  }
  recipe.set({{"selection_by", "H"}});
  const std::vector<Phase> phases = selection_phases(dataset, recipe, 3);
  ASSERT_EQ(phases.size(), 3u);
  for (const Phase& phase : phases) {
    std::set<Index> rows(phase.rows.begin(), phase.rows.end());
    rows.insert(phase.watched_rows.begin(), phase.watched_rows.end());
    EXPECT_EQ(rows.size(), phase.rows.size() + phase.watched_rows.size());
    rows.insert(phase.spared_rows.begin(), phase.spared_rows.end());
    EXPECT_EQ(rows.size(), dataset.split.trainval.size());
    EXPECT_EQ(phase.candidates.size(), 5u);
    EXPECT_EQ(phase.other_classes.size(), 10u);
    for (const Index row : phase.spared_rows) {
      EXPECT_TRUE(std::ranges::binary_search(phase.other_classes, dataset.labels[at(row)]));
    }
    EXPECT_NEAR(static_cast<double>(phase.spared_rows.size()), 40.0, 20.0);  // a fifth of 200
  }
}

// Trained for so many epochs on a fold's images, the network has the value that the selection says.
TEST_F(HeldOutSelection, ValuesAreThoseOfRunsMadeForThem) {
  const Dataset dataset = data();
  const FitOptions wanted = options();
  const FitResult fitted = fit(dataset, wanted);
  ASSERT_TRUE(fitted.report.validation);
  const SelectionOutcome& found = *fitted.report.validation;
  ASSERT_EQ(found.values.size(), 3u);
  EXPECT_EQ(found.held_out_classes, 15);
  EXPECT_EQ(found.held_out_images, 300);
  EXPECT_EQ(found.steps % 15, 0);  // 300 images in batches of 20
  EXPECT_EQ(fitted.report.summary.steps, found.steps);
  EXPECT_EQ(fitted.report.selected_accuracy, found.value);
  std::vector<double> means(6);
  for (std::size_t f = 0; f < 3; ++f) {
    const Phase phase = selection_phases(dataset, wanted.recipe, wanted.seed)[f];
    FitOptions one = wanted;
    one.recipe.select(Selection::kLast);
    Dataset fold = data();
    fold.split.trainval = phase.rows;
    for (Index epochs = 1; epochs <= 6; ++epochs) {
      one.recipe.network->num_epochs = epochs;
      const FitResult run = fit(fold, one);
      const PrototypeSource scores(
          fold.visual_features, run.model.feature_map, run.model.prototypes, run.model.metric);
      const double t1 =
          candidate_class_accuracy(scores, phase.candidates, fold, phase.watched_rows);
      if (epochs == found.steps / 15) {
        EXPECT_EQ(t1, found.values[f]);
      }
      means[at(epochs - 1)] += t1 / 3.0;
    }
  }
  EXPECT_NEAR(*std::max_element(means.begin(), means.end()), found.value, 1e-12);
}

TEST_F(HeldOutSelection, GammaOfTheSelectionIsTheModels) {
  FitOptions wanted = options();
  wanted.recipe.set({{"selection_by", "H"}});
  const FitResult fitted = fit(data(), wanted);
  ASSERT_TRUE(fitted.report.validation);
  EXPECT_NE(fitted.report.validation->gamma, 0.0);
  EXPECT_EQ(fitted.model.gamma, static_cast<float>(fitted.report.validation->gamma));
  EXPECT_EQ(fitted.model.provenance.at("selected_by"), "H");
  EXPECT_EQ(fitted.model.provenance.at("selected_folds"), "3");
  EXPECT_TRUE(fitted.model.provenance.contains("gamma"));
  const auto json = nlohmann::json::parse(fitted.report.to_json());
  EXPECT_EQ(json["validation"]["by"], "H");
  EXPECT_EQ(json["validation"]["values"].size(), 3u);
}

TEST_F(HeldOutSelection, AnOutcomeThatIsGivenTakesThePlaceOfTheRuns) {
  const Dataset dataset = data();
  FitOptions wanted = options();
  const FitResult expected = fit(dataset, wanted);
  wanted.selected = expected.report.validation;
  Index phases = 0;
  FitCallbacks callbacks;
  callbacks.on_phase = [&](FitPhase, const PhaseReport&) { ++phases; };
  const FitResult fitted = fit(dataset, wanted, callbacks);
  EXPECT_EQ(phases, 1);
  EXPECT_EQ(fitted.model.provenance, expected.model.provenance);
  EXPECT_TRUE(std::ranges::equal(fitted.model.class_map.network()->parameters(),
                                 expected.model.class_map.network()->parameters()));
  EXPECT_EQ(fitted.model.temperature, expected.model.temperature);
  wanted.recipe.select(Selection::kLast);
  EXPECT_THROW((void)fit(dataset, wanted), Error);
}

// Stopped in every fold and in the last run, and resumed: the same to the bit.
TEST_F(HeldOutSelection, ResumesInEveryFoldBitForBit) {
  FitOptions wanted = options();
  wanted.recipe.set({{"selection_by", "H"}, {"evaluation_interval", "7"}});
  const Dataset dataset = data();
  Index total = 0;
  FitCallbacks count;
  count.on_step = [&](FitPhase, const StepReport&) { ++total; };
  const FitResult expected = fit(dataset, wanted, count);
  for (Index stop_after = 1; stop_after < total; stop_after += 13) {
    const test::TemporaryFolder folder;
    wanted.output = folder / "out";
    wanted.resume = false;
    Index steps = 0;
    FitCallbacks callbacks;
    callbacks.on_step = [&](FitPhase, const StepReport&) { ++steps; };
    callbacks.should_stop = [&] { return steps >= stop_after; };
    EXPECT_FALSE(fit(dataset, wanted, callbacks).report.finished()) << stop_after;
    wanted.resume = true;
    const FitResult resumed = fit(dataset, wanted);
    EXPECT_TRUE(std::ranges::equal(resumed.model.class_map.network()->parameters(),
                                   expected.model.class_map.network()->parameters()))
        << stop_after;
    EXPECT_EQ(resumed.report.validation->to_json(), expected.report.validation->to_json());
    EXPECT_EQ(resumed.model.gamma, expected.model.gamma);
    EXPECT_EQ(resumed.model.temperature, expected.model.temperature);
  }
}

TEST_F(HeldOutSelection, TheSolverSelectsOnFoldsToo) {
  FitOptions wanted = options();
  wanted.recipe.set({{"num_epochs", "1"}});
  wanted.solver = Solver::kStatistics;
  wanted.statistics.max_iterations = 30;
  const FitResult fitted = fit(data(), wanted);
  ASSERT_TRUE(fitted.report.validation);
  EXPECT_EQ(fitted.report.validation->values.size(), 3u);
  EXPECT_EQ(fitted.report.summary.steps, fitted.report.validation->steps);
}

TEST_F(HeldOutSelection, GammaByValidationNeedsASelection) {
  FitOptions wanted = options();
  wanted.recipe.set({{"gamma", "val"}, {"selection", "last"}});
  EXPECT_THROW(wanted.validate(), Error);
  wanted.recipe.set({{"selection", "val"}});
  wanted.validate();
  wanted.recipe.selection_folds = -1;
  EXPECT_THROW(wanted.validate(), Error);
}

}  // namespace
}  // namespace dem
