// fit() of ensembles: against members that are fitted one by one.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/eval/scores.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/statistics.h"
#include "dem/search/score_source.h"
#include "pipeline/members_on_folds.h"
#include "pipeline/toy_folder.h"
#include "support/files.h"
#include "support/program.h"

namespace dem {
namespace {

using test::expect_error;

class EnsembleFit : public ::testing::Test {
 protected:
  EnsembleFit() { toy_.write(16); }
  [[nodiscard]] Dataset dataset() const { return load_dataset(toy_.data()); }

  // The names' recipes with seeds from 7 on.
  [[nodiscard]] FitOptions options(const std::vector<std::string>& names) const {
    FitOptions options;
    options.seed = 7;
    for (const std::string& name : names) {
      Recipe recipe = make_recipe(name, "TOY", TrainMode::kAttribute);
      if (name == "dem") recipe.set({{"hidden_dim", "16"}, {"space", "whitened"}});
      if (recipe.network) {
        recipe.network->num_epochs = 2;
        recipe.network->max_steps = 0;
        recipe.network->hidden_dim = 16;
        recipe.network->learning_rate = 1e-3;
      }
      options.members.push_back({recipe, options.seed + options.members.size()});
    }
    options.recipe = options.members[0].recipe;
    return options;
  }

  test::ToyFolder toy_;
  test::TemporaryFolder folder_;
};

FitOptions alone(FitOptions options, std::size_t member) {
  options.recipe = options.members[member].recipe;
  options.seed = options.members[member].seed;
  options.members.clear();
  return options;
}

template <typename Work>
std::vector<std::string> warnings_of(Work&& work) {
  std::vector<std::string> warnings;
  set_log_sink([&](LogLevel level, std::string_view message) {
    if (level == LogLevel::kWarning) warnings.emplace_back(message);
  });
  work();
  set_log_sink({});
  return warnings;
}

Matrix<double> scores_of(const Model& model, const Dataset& dataset) {
  std::vector<Index> rows;
  std::vector<ClassId> classes;
  for (Index i = 0; i < dataset.num_rows(); i += 5) rows.push_back(i);
  for (Index c = 0; c < model.classes.size(); ++c) classes.push_back(static_cast<ClassId>(c));
  return PrototypeSource(dataset.visual_features, model.feature_map, model.prototypes, model.metric)
      .scores(rows, classes);
}

// Members of one recipe share the geometric mean of their temperatures.
void expect_mean_of_members(const FitOptions& options, const Dataset& dataset) {
  const FitResult ensemble = fit(dataset, options);
  const double count = static_cast<double>(options.members.size());
  std::vector<Model> members;
  for (std::size_t m = 0; m < options.members.size(); ++m) {
    members.push_back(fit(dataset, alone(options, m)).model);
  }
  Matrix<double> expected(scores_of(members[0], dataset).rows(), members[0].classes.size());
  for (std::size_t m = 0; m < members.size(); ++m) {
    double logs = 0.0, same = 0.0;
    for (std::size_t o = 0; o < members.size(); ++o) {
      if (options.members[o].recipe.name != options.members[m].recipe.name) continue;
      logs += std::log(double{members[o].temperature});
      same += 1.0;
    }
    const double weight = std::exp(-logs / same) / count;
    const Matrix<double> scores = scores_of(members[m], dataset);
    for (Index i = 0; i < scores.rows(); ++i) {
      for (Index c = 0; c < scores.cols(); ++c) {
        const double gamma = members[m].classes.seen[at(c)] ? double{members[m].gamma} : 0.0;
        expected(i, c) += weight * (scores(i, c) + gamma);
      }
    }
  }
  const Model& model = ensemble.model;
  const Matrix<double> got = scores_of(model, dataset);
  const auto corrected = [&](Index i, Index c) {
    return got(i, c) + (model.classes.seen[at(c)] ? double{model.gamma} : 0.0);
  };
  double largest = 1.0;
  for (Index i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected.data()[i]));
  }
  for (Index i = 0; i < got.rows(); ++i) {
    const double shared = corrected(i, 0) - expected(i, 0);
    for (Index c = 1; c < got.cols(); ++c) {
      // Prototypes of float32; and the weights are, too.
      ASSERT_NEAR(corrected(i, c) - shared, expected(i, c), 1e-5 * largest) << i << ", " << c;
    }
  }
  EXPECT_GT(model.temperature, 0.0f);
}

TEST_F(EnsembleFit, OfSeedsIsTheMeanOfItsMembers) {
  expect_mean_of_members(options({"dem", "dem", "dem"}), dataset());
}

TEST_F(EnsembleFit, OfRecipesIsTheMeanOfItsMembers) {
  expect_mean_of_members(options({"auto", "whitened", "gp", "ridge", "sae", "eszsl", "ridge-v2s"}),
                         dataset());
}

TEST_F(EnsembleFit, OfNetworksInStepsIsTheMeanOfItsMembers) {
  expect_mean_of_members(options({"gbu", "gbu"}), dataset());
}

TEST_F(EnsembleFit, RecognisesClassesItHasNotSeenAndSaysWhatItIs) {
  FitOptions ensemble = options({"auto", "whitened", "dem"});
  ensemble.output = folder_ / "out";
  const Dataset data = dataset();
  const FitResult result = fit(data, ensemble);
  EXPECT_GT(evaluate_model(result.model, data, result.model.metric).t1, 0.5);  // chance is 1/4
  EXPECT_NE(result.model.gamma, 0.0f);
  const Model loaded = Model::load(ensemble.output);
  EXPECT_EQ(model_to_bytes(loaded), model_to_bytes(result.model));
  EXPECT_EQ(loaded.provenance.at("ensemble"), "auto, seed 7; whitened, seed 8; dem, seed 9");
  EXPECT_EQ(loaded.provenance.at("selection"), "val");
  const auto summary = nlohmann::json::parse(test::read_file(folder_ / "out/summary.json"));
  ASSERT_EQ(summary.at("ensemble").size(), 3u);
  EXPECT_EQ(summary.at("ensemble")[2].at("recipe").at("name"), "dem");
  EXPECT_EQ(summary.at("ensemble")[2].at("seed"), 9);
  EXPECT_TRUE(summary.at("ensemble")[1].at("chosen").contains("shrinkage"));
  EXPECT_GT(summary.at("ensemble")[1].at("weight"), 0.0);
  EXPECT_EQ(summary.at("calibration"),
            "folds of held-out seen classes, among all of their classes");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/members"));
}

TEST_F(EnsembleFit, DoesNotLookAtTestImages) {
  const FitOptions ensemble = options({"whitened", "dem"});
  const FitResult result = fit(dataset(), ensemble);
  Dataset other = dataset();
  for (const auto* rows : {&other.split.test_unseen, &other.split.test_seen}) {
    for (const Index row : *rows) {
      for (Index j = 0; j < other.visual_features.cols(); ++j) other.visual_features(row, j) = 9.0f;
    }
  }
  EXPECT_EQ(model_to_bytes(fit(other, ensemble).model), model_to_bytes(result.model));
}

TEST_F(EnsembleFit, AGivenGammaIsThatOfEachMember) {
  FitOptions ensemble = options({"ridge", "ridge"});
  ensemble.members[0].recipe.set({{"lambda", "1"}, {"gamma", "0.5"}});
  ensemble.members[1].recipe.set({{"lambda", "10"}, {"gamma", "2"}});
  ensemble.recipe = ensemble.members[0].recipe;
  const Dataset data = dataset();
  const FitResult result = fit(data, ensemble);
  const auto weight = [&](std::size_t m) {
    return 0.5 / double{fit(data, alone(ensemble, m)).model.temperature};
  };
  EXPECT_NEAR(result.model.gamma, 0.5 * weight(0) + 2.0 * weight(1), 1e-5 * result.model.gamma);
}

TEST_F(EnsembleFit, TakesNewClasses) {
  FitResult result = fit(dataset(), options({"auto", "ridge"}));
  Model& model = result.model;
  ClassTable twin{{"twin"}, {false}, model.classes.spaces, {}};
  twin.embeddings.emplace_back(1, model.classes.embeddings[0].cols());
  Index unseen = 0;
  while (model.classes.seen[at(unseen)]) ++unseen;
  for (Index d = 0; d < twin.embeddings[0].cols(); ++d) {
    twin.embeddings[0](0, d) = model.classes.embeddings[0](unseen, d);
  }
  model.add_classes(twin);
  // Products of one row and of several may differ in the last bits.
  const Index last = model.classes.size() - 1;
  for (Index d = 0; d < model.prototypes.rows.cols(); ++d) {
    EXPECT_NEAR(model.prototypes.rows(last, d), model.prototypes.rows(unseen, d), 1e-5);
  }
  EXPECT_NEAR(model.prototypes.offset[at(last)], model.prototypes.offset[at(unseen)], 1e-5);
}

TEST_F(EnsembleFit, ResumesWithTheMemberThatWasStopped) {
  FitOptions whole = options({"gbu", "gbu", "gbu"});
  const FitResult expected = fit(dataset(), whole);
  whole.output = folder_ / "out";
  Index steps = 0;
  FitCallbacks callbacks;
  callbacks.on_step = [&](FitPhase, const StepReport&) { ++steps; };
  callbacks.should_stop = [&] { return steps >= 14; };  // 10 steps a member
  const FitResult stopped = fit(dataset(), whole, callbacks);
  EXPECT_FALSE(stopped.report.finished());
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/1/summary.json"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/2/last.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/members/3"));
  whole.resume = true;
  Index resumed_steps = 0;
  callbacks.on_step = [&](FitPhase, const StepReport&) { ++resumed_steps; };
  callbacks.should_stop = {};
  const FitResult resumed = fit(dataset(), whole, callbacks);
  EXPECT_TRUE(resumed.report.finished());
  EXPECT_EQ(resumed_steps, 30 - steps);
  const Model& model = resumed.model;
  EXPECT_EQ(model.prototypes.rows.rows(), expected.model.prototypes.rows.rows());
  for (Index i = 0; i < model.prototypes.rows.size(); ++i) {
    ASSERT_EQ(model.prototypes.rows.data()[i], expected.model.prototypes.rows.data()[i]);
  }
  EXPECT_EQ(model.temperature, expected.model.temperature);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/3/model.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/summary.json"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/train.ckpt"));
}

TEST_F(EnsembleFit, ANewRunLeavesNoMemberOfAnEarlierOne) {
  FitOptions three = options({"gbu", "gbu", "gbu"});
  three.output = folder_ / "out";
  (void)fit(dataset(), three);
  ASSERT_TRUE(std::filesystem::exists(folder_ / "out/members/3/model.safetensors"));
  std::filesystem::create_directories(folder_ / "out/members/mine");
  FitOptions two = options({"gbu", "gbu"});
  two.output = three.output;
  (void)fit(dataset(), two);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/2/model.safetensors"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/members/3"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/mine"));
}

TEST_F(EnsembleFit, OfRecipesThatLearnAtOnceLeavesNoMemberOfAnEarlierOne) {
  FitOptions steps = options({"gbu", "gbu"});
  steps.output = folder_ / "out";
  (void)fit(dataset(), steps);
  FitOptions at_once = options({"ridge", "sae"});
  at_once.output = steps.output;
  (void)fit(dataset(), at_once);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/members"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/model.safetensors"));
}

TEST_F(EnsembleFit, RefusesToResumeWithNothingToGoOnFrom) {
  FitOptions ensemble = options({"gbu", "gbu"});
  ensemble.output = folder_ / "none";
  ensemble.resume = true;
  expect_error(
      ErrorKind::kIo, {"none/members/1/last.safetensors"}, [&] { (void)fit(dataset(), ensemble); });
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none"));
}

TEST_F(EnsembleFit, OfTheStatisticsSolverSaysHowManyMembersAreFinished) {
  FitOptions ensemble = options({"gbu", "gbu", "gbu"});
  for (MemberRun& member : ensemble.members) member.recipe.network->max_steps = 20;
  ensemble.recipe = ensemble.members[0].recipe;
  ensemble.solver = Solver::kStatistics;
  ensemble.statistics.method = SolverMethod::kAdam;
  ensemble.statistics.tolerance = 1e-300;
  ensemble.output = folder_ / "out";
  Index phases = 0;
  FitCallbacks callbacks;
  callbacks.on_phase = [&](FitPhase, const PhaseReport&) { ++phases; };
  callbacks.should_stop = [&] { return phases == 2; };
  const FitResult stopped = fit(dataset(), ensemble, callbacks);
  EXPECT_FALSE(stopped.report.finished());
  EXPECT_EQ(stopped.num_finished_members, 1);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out/members/1/summary.json"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out/members/2"));
}

TEST_F(EnsembleFit, WarnsOfMembersThatCameOutTheSame) {
  const Dataset data = dataset();
  FitOptions same = options({"ridge", "dem", "ridge", "ridge"});
  for (const std::size_t m : {0, 2, 3}) same.members[m].recipe.set({{"lambda", "1"}});
  same.members[3].recipe.set({{"lambda", "2"}});
  same.recipe = same.members[0].recipe;
  const std::vector<std::string> warnings = warnings_of([&] { (void)fit(data, same); });
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("members 1 (ridge, seed 7), 3 (ridge, seed 9) came out the same"),
            std::string::npos)
      << warnings[0];
  EXPECT_NE(warnings[0].find("one member with the weight of 2"), std::string::npos) << warnings[0];
  // Descriptions as they are for prototypes, and other feature maps.
  FitOptions reverse = options({"ridge-v2s", "ridge-v2s"});
  reverse.members[0].recipe.set({{"lambda", "1"}});
  reverse.members[1].recipe.set({{"lambda", "2"}});
  reverse.recipe = reverse.members[0].recipe;
  EXPECT_TRUE(warnings_of([&] { (void)fit(data, reverse); }).empty());
}

TEST_F(EnsembleFit, FromStatisticsWithoutATemperatureIsRefusedBeforeTheFirstMember) {
  const SavedStatistics saved =
      gather_statistics(toy_.data(), {.second_moment = true, .sample_rows = 0});
  const Dataset empty = dataset_without_images(saved);
  FitOptions steps = options({"gbu", "gbu"});
  steps.solver = Solver::kStatistics;
  steps.output = folder_ / "out";
  FitOptions at_once = options({"ridge", "ridge"});
  Index phases = 0;
  FitCallbacks callbacks;
  callbacks.on_phase = [&](FitPhase, const PhaseReport&) { ++phases; };
  Index messages = 0;
  set_log_sink([&](LogLevel, std::string_view) { ++messages; });
  for (FitOptions* ensemble : {&steps, &at_once}) {
    ensemble->saved_statistics = &saved;
    expect_error(ErrorKind::kInvalidArgument, {"ensemble", "temperature", "got none"}, [&] {
      (void)fit(empty, *ensemble, callbacks);
    });
  }
  set_log_sink({});
  EXPECT_EQ(phases, 0);
  EXPECT_EQ(messages, 0);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(EnsembleFit, WithoutFoldsThereIsNothingToChooseGammaBy) {
  const SavedStatistics saved =
      gather_statistics(toy_.data(), {.second_moment = true, .sample_rows = 0});
  const Dataset empty = dataset_without_images(saved);
  FitOptions single = options({"ridge"});
  single.saved_statistics = &saved;
  const Recipe& recipe = single.members[0].recipe;
  const ClassMap map;
  const std::vector<LearnedMember> members = {{recipe, 7, map, 1.0f}};
  MembersOnFolds found;
  const std::vector<std::string> warnings = warnings_of([&] {
    found = members_on_folds(
        members, {GammaChoice::By::kValidation, 0.0}, empty, single, self_communicator());
  });
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("nothing to choose it by"), std::string::npos) << warnings[0];
  EXPECT_EQ(found.gamma.value, 0.0);
  EXPECT_EQ(found.calibration.temperature, 0.0f);
}

TEST_F(EnsembleFit, HeldOutTemperaturesOfNetworksAreOneForTheSum) {
  FitOptions ensemble = options({"gbu", "gbu"});
  for (MemberRun& member : ensemble.members) member.recipe.selection = Selection::kValidation;
  ensemble.recipe = ensemble.members[0].recipe;
  const FitResult result = fit(dataset(), ensemble);
  EXPECT_EQ(result.model.temperature, 1.0f);
  EXPECT_EQ(result.report.calibration, "held-out seen classes, member by member");
  EXPECT_EQ(result.report.selection, "val");
}

TEST_F(EnsembleFit, RefusesMembersThatDoNotGoTogether) {
  const Dataset data = dataset();
  expect_error(ErrorKind::kInvalidArgument, {"learn at once", "auto and gbu"}, [&] {
    (void)fit(data, options({"auto", "gbu"}));
  });
  FitOptions other = options({"auto", "gp"});
  other.recipe = make_recipe("ridge", "TOY", TrainMode::kAttribute);
  expect_error(ErrorKind::kInvalidArgument, {"its first member's", "ridge"}, [&] {
    (void)fit(data, other);
  });
  FitOptions broken = options({"auto", "ridge"});
  broken.members[1].recipe.settings["lambda"] = "-1";
  expect_error(ErrorKind::kInvalidArgument, {"lambda"}, [&] { (void)fit(data, broken); });
}

}  // namespace
}  // namespace dem
