// Statistics as files: what streaming, saving, merging and training from them must agree with.
#include "dem/pipeline/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "dem/data/synthetic.h"
#include "dem/pipeline/fit.h"
#include "support/program.h"

namespace dem {
namespace {

class Statistics : public testing::Test {
 protected:
  Statistics() {
    make_set("first", 300);
    make_set("second", 170);
  }
  // Sets of one generative model: the same classes, other images.
  void make_set(const std::string& folder, Index images) const {
    (void)write_synthetic({.output = folder_ / folder,
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = images,
                           .num_test_images = 80,
                           .num_test_seen_images = 40,
                           .num_seen_classes = 12,
                           .num_unseen_classes = 4,
                           .attribute_dim = 9,
                           .feature_dim = 40});
  }
  [[nodiscard]] DatasetOptions data(const std::string& folder = "first") const {
    DatasetOptions options;
    options.data_path = folder_ / folder;
    options.name = "TOY";
    return options;
  }
  [[nodiscard]] SavedStatistics gather(const std::string& folder = "first") const {
    return gather_statistics(data(folder), {.second_moment = true});
  }
  [[nodiscard]] static FitOptions options() {
    FitOptions options;
    options.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
    options.recipe.set_hidden_dim(24);
    options.recipe.max_steps = 30;
    options.recipe.output_bias = OutputBias::kMean;
    options.recipe.learning_rate = 1e-2;
    options.solver = Solver::kStatistics;
    return options;
  }
  // The message of what `work` throws.
  template <typename Work>
  [[nodiscard]] static std::string message_of(Work&& work) {
    try {
      work();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  test::TemporaryFolder folder_;
};

void expect_same(const ClassStatistics& a, const ClassStatistics& b) {
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.scatter, b.scatter);
  EXPECT_EQ(a.lowest, b.lowest);
  EXPECT_EQ(a.highest, b.highest);
  ASSERT_EQ(a.means.size(), b.means.size());
  EXPECT_TRUE(std::equal(a.means.data(), a.means.data() + a.means.size(), b.means.data()));
}

TEST_F(Statistics, OfAStreamAreThoseOfTheDatasetInMemory) {
  const SavedStatistics streamed = gather();
  const Dataset dataset = load_dataset(data());
  const ClassStatistics whole = gather_statistics(TrainingSet{dataset.visual_features,
                                                              dataset.labels,
                                                              dataset.split.trainval,
                                                              {dataset.classes.embeddings[0]}});
  expect_same(streamed.statistics, whole);
  EXPECT_EQ(streamed.fingerprints, std::vector<std::string>{dataset.fingerprint});
  EXPECT_EQ(streamed.classes.names, dataset.classes.names);
  EXPECT_EQ(streamed.statistics.num_images(), 300);
}

TEST_F(Statistics, ComeBackFromAFileBitForBit) {
  const SavedStatistics saved = gather();
  const std::string path = folder_ / "a.stats";
  save_statistics(saved, path);
  const SavedStatistics loaded = load_statistics(path);
  expect_same(saved.statistics, loaded.statistics);
  EXPECT_EQ(saved.classes.names, loaded.classes.names);
  EXPECT_EQ(saved.classes.seen, loaded.classes.seen);
  EXPECT_EQ(saved.fingerprints, loaded.fingerprints);
  EXPECT_EQ(saved.dataset, loaded.dataset);
  EXPECT_EQ(saved.original_attributes, loaded.original_attributes);
  const Matrix<double>& moment = saved.statistics.second_moment;
  ASSERT_EQ(loaded.statistics.second_moment.size(), moment.size());
  EXPECT_TRUE(std::equal(
      moment.data(), moment.data() + moment.size(), loaded.statistics.second_moment.data()));
}

class StatisticsOfScaling : public Statistics, public testing::WithParamInterface<const char*> {};

TEST_P(StatisticsOfScaling, TrainTheModelOfTheImagesBitForBit) {
  const ScalingKind kind = scaling_kind_from_string(GetParam());
  const SavedStatistics saved = gather_statistics(
      data(), {.row_scaling = kind == ScalingKind::kL2 ? ScalingKind::kL2 : ScalingKind::kNone});
  FitOptions from_images = options();
  from_images.recipe.feature_scaling = kind;
  Dataset dataset = load_dataset(data());
  const FitResult expected = fit(dataset, from_images);

  FitOptions from_statistics = from_images;
  from_statistics.saved_statistics = &saved;
  Dataset none = dataset_without_images(saved);
  EXPECT_EQ(none.train_mode, TrainMode::kAttribute);
  EXPECT_EQ(none.original_attributes, saved.original_attributes);
  const FitResult without = fit(none, from_statistics);
  Dataset again = load_dataset(data());
  const FitResult with = fit(again, from_statistics);
  for (const FitResult* got : {&without, &with}) {
    const auto a = std::as_const(expected.model.network).parameters();
    const auto b = std::as_const(got->model.network).parameters();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
    EXPECT_EQ(expected.model.scaling.shift, got->model.scaling.shift);
    EXPECT_EQ(expected.model.scaling.factor, got->model.scaling.factor);
  }
  EXPECT_EQ(with.model.temperature, expected.model.temperature);
  EXPECT_EQ(without.model.temperature, 0.0f);
}
INSTANTIATE_TEST_SUITE_P(Scalings,
                         StatisticsOfScaling,
                         testing::Values("none", "minmax", "standard", "l2"));

TEST_F(Statistics, OfTwoFilesMergeByClassName) {
  SavedStatistics parts[] = {gather("first"), gather("second")};
  const std::string paths[] = {"first", "second"};
  ClassStatistics expected = parts[0].statistics.clone();
  expected.add(parts[1].statistics);
  const SavedStatistics merged = merge_statistics(parts, paths);
  expect_same(merged.statistics, expected);
  EXPECT_EQ(merged.fingerprints.size(), 2u);

  // The second file has one class under another name, at the same place.
  parts[1].classes.names[3] = "another";
  const SavedStatistics joined = merge_statistics(parts, paths);
  ASSERT_EQ(joined.classes.size(), 17);
  EXPECT_EQ(joined.classes.names[16], "another");
  EXPECT_EQ(joined.statistics.counts[16], parts[1].statistics.counts[3]);
  EXPECT_EQ(joined.statistics.counts[3], parts[0].statistics.counts[3]);
  EXPECT_EQ(joined.classes.embeddings[0](16, 2), parts[1].classes.embeddings[0](3, 2));
}

TEST_F(Statistics, ThatContradictAreNotMerged) {
  const std::string paths[] = {"first", "second"};
  const auto merged = [&](const std::function<void(SavedStatistics&)>& change) {
    SavedStatistics parts[] = {gather("first"), gather("second")};
    change(parts[1]);
    return message_of([&] { (void)merge_statistics(parts, paths); });
  };
  EXPECT_EQ(merged([](SavedStatistics&) {}), "nothing was thrown");
  const auto expect = [&](const char* words, const std::function<void(SavedStatistics&)>& change) {
    const std::string message = merged(change);
    EXPECT_NE(message.find(words), std::string::npos) << message;
    EXPECT_EQ(message.rfind("second: ", 0), 0u) << message;
  };
  expect("description", [](SavedStatistics& s) { s.classes.embeddings[0](2, 1) += 1.0f; });
  expect("twice", [](SavedStatistics& s) { s.classes.names[1] = s.classes.names[0]; });
  expect("semantic spaces", [](SavedStatistics& s) { s.classes.spaces[0] = "word"; });
  expect("row scaling", [](SavedStatistics& s) { s.row_scaling = ScalingKind::kL2; });
  expect("second moments", [](SavedStatistics& s) { s.statistics.second_moment = {}; });
  expect("a second time",
         [&](SavedStatistics& s) { s.fingerprints = gather("first").fingerprints; });
  expect("feature dimensions",
         [](SavedStatistics& s) { s.statistics.means = Matrix<double>(16, 3); });
  SavedStatistics named[] = {gather("first"), gather("second")};
  named[0].classes.dimension_names = {{"a", "b", "c", "d", "e", "f", "g", "h", "i"}};
  named[1].classes.dimension_names = {{"b", "a", "c", "d", "e", "f", "g", "h", "i"}};
  EXPECT_EQ(message_of([&] { (void)merge_statistics(named, paths); }).rfind("second: ", 0), 0u);
}

TEST_F(Statistics, OfUnknownOrTestedClassesAreRefused) {
  const Dataset dataset = load_dataset(data());
  SavedStatistics saved = gather();
  saved.classes.names[static_cast<std::size_t>(dataset.seen_classes[0])] = "another";
  EXPECT_NE(message_of([&] { (void)statistics_of(saved, dataset); }).find("another"),
            std::string::npos);
  saved = gather();
  const auto unseen = static_cast<std::size_t>(dataset.unseen_classes[0]);
  saved.statistics.counts[unseen] = 1;
  EXPECT_NE(message_of([&] { (void)statistics_of(saved, dataset); }).find("as unseen"),
            std::string::npos);
}

// The file's unseen classes may be others than the dataset's; those with images keep their rows.
TEST_F(Statistics, OfClassesWithoutImagesThatTheDatasetLacksAreLeftOut) {
  const Dataset dataset = load_dataset(data());
  SavedStatistics saved = gather();
  saved.classes.names[static_cast<std::size_t>(dataset.unseen_classes[0])] = "another";
  const ClassStatistics left = statistics_of(saved, dataset);
  EXPECT_EQ(left.counts, saved.statistics.counts);
  ASSERT_EQ(left.num_classes(), dataset.classes.size());
  for (Index c = 0; c < left.num_classes(); ++c) {
    for (Index j = 0; j < left.feature_dim(); ++j) {
      EXPECT_EQ(left.means(c, j), saved.statistics.means(c, j));
    }
  }
}

TEST_F(Statistics, BrokenFilesAreNamed) {
  const std::string path = folder_ / "a.stats";
  const auto broken = [&](const std::function<void(SavedStatistics&)>& change) {
    SavedStatistics saved = gather();
    change(saved);
    save_statistics(saved, path);
    const std::string message = message_of([&] { (void)load_statistics(path); });
    EXPECT_NE(message.find(path), std::string::npos) << message;
    return message;
  };
  const auto expect = [&](const char* words, const std::function<void(SavedStatistics&)>& change) {
    const std::string message = broken(change);
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  expect("means", [](SavedStatistics& s) { s.statistics.means(1, 1) = std::nan(""); });
  expect("second_moment", [](SavedStatistics& s) { s.statistics.second_moment(0, 1) = INFINITY; });
  expect("within", [](SavedStatistics& s) { s.statistics.scatter[2] = -1.0; });
  expect("counts", [](SavedStatistics& s) { s.statistics.counts[0] = -2; });
  expect("counts", [](SavedStatistics& s) { s.statistics.counts[0] = Index{1} << 53; });
  expect("without images", [](SavedStatistics& s) {
    const auto empty = std::find(s.statistics.counts.begin(), s.statistics.counts.end(), 0);
    ASSERT_NE(empty, s.statistics.counts.end());
    s.statistics.means(empty - s.statistics.counts.begin(), 0) = 1e308;
  });
  expect("within float32", [](SavedStatistics& s) {
    const auto first = std::find_if(s.statistics.counts.begin(),
                                    s.statistics.counts.end(),
                                    [](Index count) { return count > 0; });
    s.statistics.means(first - s.statistics.counts.begin(), 0) = -1e39;
  });
  expect("dimension_names", [](SavedStatistics& s) {
    s.classes.dimension_names = {std::vector<std::string>(8, "short")};
  });
  expect("dimension_names", [](SavedStatistics& s) { s.classes.dimension_names = {{}, {}}; });
  expect("a flag seen", [](SavedStatistics& s) { s.classes.seen.pop_back(); });
  expect("lowest",
         [](SavedStatistics& s) { s.statistics.lowest[0] = s.statistics.highest[0] + 1; });
  expect("classes.attribute",
         [](SavedStatistics& s) { s.classes.embeddings[0] = Matrix<float>(2, 9); });
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 9);
  EXPECT_NE(message_of([&] { (void)load_statistics(path); }).find(path), std::string::npos);
  EXPECT_NE(message_of([&] { (void)load_statistics(folder_ / "none"); }).find("cannot be read"),
            std::string::npos);
}

TEST_F(Statistics, AdamComesCloseToWhatLbfgsReaches) {
  const SavedStatistics saved = gather();
  FitOptions solver = options();
  solver.recipe.feature_scaling = ScalingKind::kMinMax;
  solver.recipe.max_steps = 3000;
  solver.recipe.l2_penalty.assign(2, 1e-4);
  solver.saved_statistics = &saved;
  Dataset none = dataset_without_images(saved);
  const double lbfgs = *fit(none, solver).summary.last_loss;
  solver.statistics.method = SolverMethod::kAdam;
  Dataset again = dataset_without_images(saved);
  const FitResult adam = fit(again, solver);
  EXPECT_LE(*adam.summary.last_loss, 1.05 * lbfgs);
  EXPECT_EQ(adam.model.provenance.at("solver_method"), "adam");
}

TEST_F(Statistics, AskForTheSolverAndLeaveNothingToSelectBy) {
  const SavedStatistics saved = gather();
  FitOptions good = options();
  good.saved_statistics = &saved;
  EXPECT_NO_THROW(good.validate());
  FitOptions bad = good;
  bad.solver = Solver::kMinibatch;
  EXPECT_THROW(bad.validate(), Error);
  bad = good;
  bad.recipe.selection = Selection::kValidation;
  EXPECT_THROW(bad.validate(), Error);
  bad = good;
  bad.recipe.feature_scaling = ScalingKind::kL2;
  EXPECT_THROW(bad.validate(), Error);
  EXPECT_THROW((void)gather_statistics(data(), {.row_scaling = ScalingKind::kMinMax}), Error);
  EXPECT_THROW((void)gather_statistics(data(), {.rows = "test"}), Error);
}

}  // namespace
}  // namespace dem
