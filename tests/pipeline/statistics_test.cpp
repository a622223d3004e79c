// Statistics as files: what streaming, saving, merging and training from them must agree with.
#include "dem/pipeline/statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "dem/base/log.h"
#include "dem/data/synthetic.h"
#include "dem/pipeline/fit.h"
#include "io/safetensors.h"
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
    options.recipe.network->set_hidden_dim(24);
    options.recipe.network->max_steps = 30;
    options.recipe.network->output_bias = OutputBias::kMean;
    options.recipe.network->learning_rate = 1e-2;
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

void expect_same_folds(const SavedStatistics& a, const SavedStatistics& b) {
  ASSERT_TRUE(a.folds);
  ASSERT_TRUE(b.folds);
  EXPECT_EQ(a.folds->fold_of_class, b.folds->fold_of_class);
  ASSERT_EQ(a.folds->num_folds(), b.folds->num_folds());
  for (Index f = 0; f < a.folds->num_folds(); ++f) {
    const ClassStatistics x = a.folds->only(f);
    const ClassStatistics y = b.folds->only(f);
    expect_same(x, y);
    EXPECT_TRUE(std::equal(x.second_moment.data(),
                           x.second_moment.data() + x.second_moment.size(),
                           y.second_moment.data()));
  }
  EXPECT_EQ(a.sample.max_rows, b.sample.max_rows);
  EXPECT_EQ(a.sample.labels, b.sample.labels);
  EXPECT_TRUE(std::equal(a.sample.features.data(),
                         a.sample.features.data() + a.sample.features.size(),
                         b.sample.features.data()));
}

// A fold with images.
FoldStatistics::Part& part_with_images(SavedStatistics& saved) {
  return saved.folds->parts[static_cast<std::size_t>(saved.folds->folds_with_images()[0])];
}

template <typename Expect>
void for_broken_folds(const Expect& expect) {
  using Saved = SavedStatistics;
  expect("fold_of_class", [](Saved& s) { s.folds->fold_of_class[0] ^= 1; });
  expect(".within", [](Saved& s) { part_with_images(s).scatter[1] = -1.0; });
  expect(".within", [](Saved& s) { part_with_images(s).scatter[1] = std::nan(""); });
  expect("at most highest", [](Saved& s) { part_with_images(s).lowest[1] = 1e9f; });
  expect("finite", [](Saved& s) { part_with_images(s).lowest[1] = -INFINITY; });
  expect("range of all folds", [](Saved& s) { part_with_images(s).lowest[1] = -1e9f; });
  expect("diagonal", [](Saved& s) { part_with_images(s).second_moment(2, 2) = -1.0; });
  expect("symmetric", [](Saved& s) { part_with_images(s).second_moment(2, 3) += 1.0; });
  expect("finite", [](Saved& s) { part_with_images(s).second_moment(2, 3) = INFINITY; });
  // A fold whose classes lose their images in counts is one with sums of nothing.
  expect("for a fold without images", [](Saved& s) {
    const Index fold = s.folds->folds_with_images()[0];
    for (std::size_t c = 0; c < s.statistics.counts.size(); ++c) {
      if (s.folds->fold_of_class[c] != fold) continue;
      s.statistics.counts[c] = 0;
      const auto row = s.statistics.means.row(static_cast<Index>(c));
      std::fill(row.begin(), row.end(), 0.0);
    }
  });
  expect("sample.labels", [](Saved& s) { s.sample.labels[0] = 16; });
  expect("sample.labels", [](Saved& s) { s.sample.labels[0] = -1; });
  expect("as it has images", [](Saved& s) {
    std::fill(s.sample.labels.begin(), s.sample.labels.end(), s.sample.labels[0]);
  });
  expect("as many labels", [](Saved& s) { s.sample.labels.pop_back(); });
  expect("as many labels", [](Saved& s) { s.sample.max_rows = 3; });
  expect("finite", [](Saved& s) { s.sample.features(3, 2) = std::nanf(""); });
  expect("lowest to highest", [](Saved& s) { s.sample.features(3, 2) = 1e9f; });
  expect("rising hash", [](Saved& s) {
    const auto first = s.sample.features.row(0);
    std::swap_ranges(first.begin(), first.end(), s.sample.features.row(1).begin());
    std::swap(s.sample.labels[0], s.sample.labels[1]);
  });
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
  EXPECT_EQ(saved.has_original_attributes, loaded.has_original_attributes);
  const Matrix<double>& moment = saved.statistics.second_moment;
  ASSERT_EQ(loaded.statistics.second_moment.size(), moment.size());
  EXPECT_TRUE(std::equal(
      moment.data(), moment.data() + moment.size(), loaded.statistics.second_moment.data()));
  expect_same_folds(saved, loaded);
}

// A file with what `change` makes of tensors and facts.
void rewrite(const std::string& from,
             const std::string& to,
             const std::function<void(std::map<std::string, std::string>&)>& change) {
  const SafetensorsFile file(from);
  std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  change(facts);
  std::vector<RawTensor> tensors;
  for (const ArrayInfo& info : file.arrays()) {
    tensors.push_back({info.name, info.type, info.shape, file.bytes(info)});
  }
  write_safetensors(to, tensors, facts);
}

// What the file says of attributes is what was read, not what was asked for.
TEST_F(Statistics, SuitBothKindsOfRecipesWhereTheDataHaveOneKindOfAttributes) {
  (void)write_synthetic({.output = folder_ / "dem",
                         .layout = "dem",
                         .name = "CUB",
                         .num_train_images = 60,
                         .num_test_images = 20,
                         .num_seen_classes = 6,
                         .num_unseen_classes = 4,
                         .attribute_dim = 5,
                         .feature_dim = 8});
  DatasetOptions one_kind{.data_path = folder_ / "dem", .name = "CUB"};
  DatasetOptions two_kinds = data();
  for (const bool original : {false, true}) {
    one_kind.original_attributes = two_kinds.original_attributes = original;
    save_statistics(gather_statistics(one_kind, {}), folder_ / "one");
    save_statistics(gather_statistics(two_kinds, {}), folder_ / "two");
    const SavedStatistics one = load_statistics(folder_ / "one");
    EXPECT_TRUE(one.suits(false)) << original;
    EXPECT_TRUE(one.suits(true)) << original;
    const SavedStatistics two = load_statistics(folder_ / "two");
    EXPECT_TRUE(two.suits(original));
    EXPECT_FALSE(two.suits(!original));
    EXPECT_EQ(dataset_without_images(two).has_original_attributes, true);
    EXPECT_EQ(dataset_without_images(one).has_original_attributes, false);
  }
}

TEST_F(Statistics, OfEarlierFilesSuitWhatWasAskedFor) {
  save_statistics(gather(), folder_ / "new");
  for (const bool original : {false, true}) {
    rewrite(folder_ / "new", folder_ / "old", [&](auto& facts) {
      facts.erase("attributes");
      facts["original_attributes"] = original ? "true" : "false";
    });
    const SavedStatistics old = load_statistics(folder_ / "old");
    EXPECT_TRUE(old.suits(original));
    EXPECT_FALSE(old.suits(!original));
  }
}

TEST_F(Statistics, MergeWhereAttributesAreOfOneKind) {
  SavedStatistics parts[] = {gather("first"), gather("second")};
  const std::string paths[] = {"a", "b"};
  parts[0].has_original_attributes = false;
  parts[1].original_attributes = true;
  const SavedStatistics merged = merge_statistics(parts, paths);
  EXPECT_TRUE(merged.original_attributes);
  EXPECT_TRUE(merged.has_original_attributes);
  parts[1].has_original_attributes = parts[1].original_attributes = false;
  EXPECT_FALSE(merge_statistics(parts, paths).has_original_attributes);
  for (SavedStatistics& part : parts) part.has_original_attributes = true;
  parts[0].original_attributes = true;
  const std::string message = message_of([&] { (void)merge_statistics(parts, paths); });
  EXPECT_EQ(message, "b: expected un-normalised attributes, as earlier files have, got normalised");
}

TEST_F(Statistics, SayWhatBecameOfMissingDescriptions) {
  using enum MissingDescriptions;
  SavedStatistics saved = gather();
  for (const MissingDescriptions how : {kKeep, kMean, kAuto, kNan, kRefuse}) {
    EXPECT_TRUE(saved.suits(how));  // nothing is missing
  }
  saved.missing_descriptions = kAuto;
  saved.num_missing = 3;
  save_statistics(saved, folder_ / "filled");
  const SavedStatistics filled = load_statistics(folder_ / "filled");
  EXPECT_EQ(filled.missing_descriptions, kAuto);
  EXPECT_EQ(filled.num_missing, 3);
  EXPECT_TRUE(filled.suits(kAuto) && filled.suits(kMean));
  EXPECT_FALSE(filled.suits(kKeep) || filled.suits(kNan) || filled.suits(kRefuse));
  EXPECT_EQ(dataset_without_images(filled).num_missing, 3);
  const auto broken = [&](const char* fact, const char* value) {
    rewrite(folder_ / "filled", folder_ / "broken", [&](auto& facts) { facts[fact] = value; });
    return message_of([&] { (void)load_statistics(folder_ / "broken"); });
  };
  EXPECT_NE(broken("missing_descriptions", "zero").find("missing_descriptions"), std::string::npos);
  EXPECT_NE(broken("missing_entries", "-1").find("missing_entries"), std::string::npos);

  SavedStatistics parts[] = {gather("first"), gather("second")};
  const std::string paths[] = {"a", "b"};
  parts[1].missing_descriptions = kAuto;
  parts[1].num_missing = 2;
  const SavedStatistics merged = merge_statistics(parts, paths);
  EXPECT_EQ(merged.missing_descriptions, kAuto);
  EXPECT_EQ(merged.num_missing, 2);
  parts[0].num_missing = 2;
  EXPECT_EQ(message_of([&] { (void)merge_statistics(parts, paths); }),
            "b: expected missing descriptions keep, as in earlier files, got auto");
}

TEST_F(Statistics, OfFormat1HaveNoFolds) {
  SavedStatistics saved = gather();
  const Matrix<double> moment = saved.statistics.second_moment.clone();
  saved.folds.reset();
  saved.sample = {};
  save_statistics(saved, folder_ / "2");
  const auto set_version = [](const char* version) {
    return [version](auto& facts) { facts["format_version"] = version; };
  };
  rewrite(folder_ / "2", folder_ / "1", set_version("1"));
  const SavedStatistics loaded = load_statistics(folder_ / "1");
  expect_same(loaded.statistics, saved.statistics);
  EXPECT_FALSE(loaded.folds);
  EXPECT_EQ(loaded.sample.max_rows, 0);
  ASSERT_EQ(loaded.statistics.second_moment.size(), moment.size());
  EXPECT_TRUE(std::equal(
      moment.data(), moment.data() + moment.size(), loaded.statistics.second_moment.data()));
  const Dataset dataset = load_dataset(data());
  EXPECT_NE(message_of([&] { (void)fold_statistics_of(loaded, dataset); }).find("by fold"),
            std::string::npos);
  EXPECT_NE(message_of([&] { (void)sample_of(loaded, dataset); }).find("sample"),
            std::string::npos);

  save_statistics(gather(), folder_ / "2");
  rewrite(folder_ / "2", folder_ / "1", set_version("1"));
  EXPECT_NE(message_of([&] { (void)load_statistics(folder_ / "1"); }).find("no such tensor"),
            std::string::npos);
  rewrite(folder_ / "2", folder_ / "3", set_version("3"));
  EXPECT_NE(message_of([&] { (void)load_statistics(folder_ / "3"); }).find("newer"),
            std::string::npos);
}

TEST_F(Statistics, WithFactsThatContradictTheirTensorsAreRefused) {
  save_statistics(gather(), folder_ / "good");
  const auto message = [&](const char* key, const char* value) {
    rewrite(folder_ / "good", folder_ / "bad", [&](auto& facts) {
      if (*value == '\0') {
        facts.erase(key);
      } else {
        facts[key] = value;
      }
    });
    return message_of([&] { (void)load_statistics(folder_ / "bad"); });
  };
  const struct {
    const char *key, *value, *words;
  } cases[] = {{"folds", "5", "folds.4.within"},
               {"folds", "3", "fold_of_class"},
               {"folds", "0", "1 to 64 folds"},
               {"folds", "65", "1 to 64 folds"},
               {"folds", "many", "whole number"},
               {"folds", "", "no such tensor"},
               {"attributes", "both", "original, normalised or either"},
               {"attributes", "", "original_attributes"},
               {"sample_rows", "5", "1 to 5 rows"},
               {"sample_rows", "-1", "at least 0"},
               {"sample_rows", "", "no such tensor"}};
  for (const auto& c : cases) {
    const std::string got = message(c.key, c.value);
    EXPECT_NE(got.find(c.words), std::string::npos) << c.key << " " << c.value << ": " << got;
  }
  EXPECT_EQ(message("sample_rows", "300"), "nothing was thrown");
}

TEST_F(Statistics, ByFoldAddUpToThoseOfAllImages) {
  const SavedStatistics saved = gather();
  ASSERT_TRUE(saved.folds);
  ASSERT_EQ(saved.folds->num_folds(), kNumFolds);
  EXPECT_EQ(saved.folds->fold_of_class, folds_of(saved.classes.names, kNumFolds));
  ASSERT_GE(saved.folds->folds_with_images().size(), 2u);
  EXPECT_EQ(saved.folds->counts, saved.statistics.counts);
  const ClassStatistics all = saved.folds->all();
  for (std::size_t j = 0; j < all.scatter.size(); ++j) {
    EXPECT_NEAR(all.scatter[j], saved.statistics.scatter[j], 1e-12 * all.scatter[j]);
  }
  EXPECT_EQ(all.lowest, saved.statistics.lowest);
  EXPECT_EQ(all.highest, saved.statistics.highest);
}

TEST_F(Statistics, HaveASampleOfTheTrainingImages) {
  const SavedStatistics saved =
      gather_statistics(data(), {.second_moment = true, .sample_rows = 60});
  const Dataset dataset = load_dataset(data());
  ASSERT_EQ(saved.sample.size(), 60);
  const std::vector<Index>& rows = dataset.split.trainval;
  for (Index i = 0; i < 60; ++i) {
    const auto got = saved.sample.features.row(i);
    const auto is_it = [&](Index row) {
      const auto x = dataset.visual_features.row(row);
      return dataset.labels[static_cast<std::size_t>(row)] ==
                 saved.sample.labels[static_cast<std::size_t>(i)] &&
             std::equal(got.begin(), got.end(), x.begin());
    };
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), is_it)) << i;
  }
  EXPECT_EQ(gather().sample.size(), 300);  // all there are
  EXPECT_EQ(gather_statistics(data(), {.second_moment = true, .sample_rows = 0}).sample.max_rows,
            0);
  const SavedStatistics without = gather_statistics(data(), {});
  EXPECT_FALSE(without.folds);
  EXPECT_EQ(without.sample.max_rows, 0);
  EXPECT_THROW((void)gather_statistics(data(), {.sample_rows = -1}), Error);
}

TEST_F(Statistics, ByFoldAndTheSampleFollowTheDatasetsClasses) {
  SavedStatistics saved = gather();
  const Dataset dataset = load_dataset(data());
  // The same classes in the file, last first.
  const Index last = saved.classes.size() - 1;
  std::vector<Index> reversed;
  for (Index c = 0; c <= last; ++c) reversed.push_back(last - c);
  const FoldStatistics folds = saved.folds->clone();
  const RowSample sample = saved.sample.clone();
  std::reverse(saved.classes.names.begin(), saved.classes.names.end());
  saved.statistics = saved.statistics.moved(reversed, last + 1);
  saved.folds = folds.moved(reversed, folds_of(saved.classes.names, kNumFolds));
  for (ClassId& label : saved.sample.labels) label = static_cast<ClassId>(last - label);
  const FoldStatistics got = fold_statistics_of(saved, dataset);
  EXPECT_EQ(got.fold_of_class, folds.fold_of_class);
  EXPECT_EQ(got.counts, folds.counts);
  EXPECT_EQ(got.parts[0].scatter, folds.parts[0].scatter);
  EXPECT_EQ(sample_of(saved, dataset).labels, sample.labels);
}

void expect_same_scaling(const FeatureMap& a, const FeatureMap& b) {
  ASSERT_EQ(a.steps().size(), b.steps().size());
  for (std::size_t i = 0; i < a.steps().size(); ++i) {
    const auto& one = std::get<FeatureScaling>(a.steps()[i]);
    const auto& other = std::get<FeatureScaling>(b.steps()[i]);
    EXPECT_EQ(one.kind, other.kind);
    EXPECT_EQ(one.shift, other.shift);
    EXPECT_EQ(one.factor, other.factor);
  }
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
    const auto a = expected.model.class_map.network()->parameters();
    const auto b = got->model.class_map.network()->parameters();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
    expect_same_scaling(expected.model.feature_map, got->model.feature_map);
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

  // The second file has one class under another name, at the same place. (A name that gives another
  // fold would need sums of this class alone.)
  for (SavedStatistics& part : parts) part.folds.reset();
  parts[1].classes.names[3] = "another";
  const SavedStatistics joined = merge_statistics(parts, paths);
  ASSERT_EQ(joined.classes.size(), 17);
  EXPECT_EQ(joined.classes.names[16], "another");
  EXPECT_EQ(joined.statistics.counts[16], parts[1].statistics.counts[3]);
  EXPECT_EQ(joined.statistics.counts[3], parts[0].statistics.counts[3]);
  EXPECT_EQ(joined.classes.embeddings[0](16, 2), parts[1].classes.embeddings[0](3, 2));
}

TEST_F(Statistics, ByFoldMergeAsTheOnesOfAllDo) {
  const SavedStatistics parts[] = {gather("first"), gather("second")};
  const std::string paths[] = {"first", "second"};
  const SavedStatistics merged = merge_statistics(parts, paths);
  ASSERT_TRUE(merged.folds);
  for (Index f = 0; f < kNumFolds; ++f) {
    ClassStatistics expected = parts[0].folds->only(f);
    expected.add(parts[1].folds->only(f));
    const ClassStatistics got = merged.folds->only(f);
    EXPECT_EQ(got.counts, expected.counts);
    for (Index i = 0; i < got.second_moment.size(); ++i) {
      const double scale = 1.0 + std::abs(expected.second_moment.data()[i]);
      ASSERT_NEAR(got.second_moment.data()[i], expected.second_moment.data()[i], 1e-12 * scale);
    }
  }
  std::set<std::pair<ClassId, std::vector<float>>> images;  // some of the second are of the first
  for (const SavedStatistics& part : parts) {
    for (Index i = 0; i < part.sample.size(); ++i) {
      const auto row = part.sample.features.row(i);
      images.emplace(part.sample.labels[static_cast<std::size_t>(i)],
                     std::vector<float>(row.begin(), row.end()));
    }
  }
  EXPECT_EQ(merged.sample.size(), static_cast<Index>(images.size()));
  save_statistics(merged, folder_ / "merged");
  expect_same_folds(merged, load_statistics(folder_ / "merged"));
}

TEST_F(Statistics, MergeToTheSmallerSample) {
  const GatherOptions options{.second_moment = true, .sample_rows = 50};
  SavedStatistics parts[] = {gather("first"), gather_statistics(data("second"), options)};
  const std::string paths[] = {"first", "second"};
  SavedStatistics merged = merge_statistics(parts, paths);
  EXPECT_EQ(merged.sample.max_rows, 50);
  EXPECT_EQ(merged.sample.size(), 50);
  parts[1].sample = {};
  EXPECT_EQ(merge_statistics(parts, paths).sample.max_rows, 0);
}

// Second moments of format 1 are of all images: no sums by fold come out of them.
TEST_F(Statistics, MergedWithFormat1LoseTheirFoldsWithAWarning) {
  SavedStatistics parts[] = {gather("first"), gather("second")};
  const std::string paths[] = {"first", "second"};
  const Matrix<double> expected = merge_statistics(parts, paths).statistics.second_moment.clone();
  parts[1].folds.reset();
  parts[1].sample = {};
  std::string warning;
  set_log_sink([&](LogLevel, std::string_view message) { warning = message; });
  const SavedStatistics merged = merge_statistics(parts, paths);
  set_log_sink({});
  EXPECT_EQ(warning.rfind("second: ", 0), 0u) << warning;
  EXPECT_FALSE(merged.folds);
  EXPECT_EQ(merged.sample.max_rows, 0);
  for (Index i = 0; i < expected.size(); ++i) {
    const double scale = 1.0 + std::abs(expected.data()[i]);
    ASSERT_NEAR(merged.statistics.second_moment.data()[i], expected.data()[i], 1e-12 * scale);
  }
  save_statistics(merged, folder_ / "merged");
  EXPECT_EQ(load_statistics(folder_ / "merged").statistics.second_moment.size(), expected.size());
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
  expect("4 folds", [](SavedStatistics& s) { s.folds->parts.pop_back(); });
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
  expect("second_moment", [](SavedStatistics& s) {
    s.folds.reset();
    s.statistics.second_moment(0, 1) = INFINITY;
  });
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
  for_broken_folds(expect);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 9);
  EXPECT_NE(message_of([&] { (void)load_statistics(path); }).find(path), std::string::npos);
  EXPECT_NE(message_of([&] { (void)load_statistics(folder_ / "none"); }).find("cannot be read"),
            std::string::npos);
}

TEST_F(Statistics, AdamComesCloseToWhatLbfgsReaches) {
  const SavedStatistics saved = gather();
  FitOptions solver = options();
  solver.recipe.feature_scaling = ScalingKind::kMinMax;
  solver.recipe.network->max_steps = 3000;
  solver.recipe.network->l2_penalty.assign(2, 1e-4);
  solver.saved_statistics = &saved;
  Dataset none = dataset_without_images(saved);
  const double lbfgs = *fit(none, solver).report.summary.last_loss;
  solver.statistics.method = SolverMethod::kAdam;
  Dataset again = dataset_without_images(saved);
  const FitResult adam = fit(again, solver);
  EXPECT_LE(*adam.report.summary.last_loss, 1.05 * lbfgs);
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
