#include "dem/data/synthetic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "data/synthetic_model.h"
#include "data/synthetic_parts.h"
#include "dem/base/threads.h"
#include "dem/data/dataset.h"
#include "test_files.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;
using testing::ElementsAre;

SyntheticOptions small(const std::string& output, const std::string& layout, const char* name) {
  return {.output = output,
          .layout = layout,
          .name = name,
          .num_train_images = 200,
          .num_test_images = 50,
          .num_test_seen_images = 40,
          .num_seen_classes = 7,
          .num_unseen_classes = 4,
          .attribute_dim = 9,
          .word_dim = 12,
          .feature_dim = 20,
          .num_traits = 5};
}

std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// File names within `output` and their bytes.
std::map<std::string, std::string> contents(const std::string& output,
                                            const std::vector<std::string>& paths) {
  std::map<std::string, std::string> all;
  for (const auto& path : paths) {
    all[std::filesystem::relative(path, output).string()] = bytes_of(path);
  }
  return all;
}

TEST(Synthetic, SameOptionsSameBytes) {
  for (const auto& [layout, name] : {std::pair{"dem", "AwA"}, {"dem", "CUB"}, {"gbu", "TOY"}}) {
    const TemporaryFolder folder;
    auto options = small(folder.file("a"), layout, name);
    const auto first = contents(options.output, write_synthetic(options));
    options.output = folder.file("b");
    set_num_threads(3);
    const auto second = contents(options.output, write_synthetic(options));
    set_num_threads(0);
    EXPECT_EQ(first, second) << layout << " " << name;
    options.output = folder.file("c");
    options.seed = 1001;
    EXPECT_NE(contents(options.output, write_synthetic(options)), first) << layout << " " << name;
  }
}

TEST(Synthetic, LayoutDemHasTheReferencesFilesAndNoOthers) {
  const TemporaryFolder folder;
  std::set<std::string> names;
  for (const auto& [name, bytes] :
       contents(folder.path(), write_synthetic(small(folder.path(), "dem", "AwA")))) {
    names.insert(name);
  }
  std::set<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (entry.is_regular_file()) {
      found.insert(std::filesystem::relative(entry.path(), folder.path()).string());
    }
  }
  EXPECT_EQ(found, names);
  EXPECT_THAT(names,
              ElementsAre("AwA_data/attribute/Z_s_con.mat",
                          "AwA_data/attribute/pca_te_con_10x85.mat",
                          "AwA_data/test_googlenet_bn.mat",
                          "AwA_data/test_labels.mat",
                          "AwA_data/testclasses_id.mat",
                          "AwA_data/train_googlenet_bn.mat",
                          "AwA_data/wordvector/test_vectors.mat",
                          "AwA_data/wordvector/train_word.mat"));
}

void expect_small_dem(const Dataset& data) {
  EXPECT_EQ(data.visual_features.rows(), 250);
  EXPECT_EQ(data.feature_dim(), 20);
  EXPECT_EQ(data.seen_classes.size(), 7u);
  EXPECT_EQ(data.unseen_classes.size(), 4u);
  EXPECT_EQ(data.split.trainval.size(), 200u);
  EXPECT_EQ(data.split.test_unseen.size(), 50u);
  const std::set<ClassId> with_images(data.labels.begin(), data.labels.end());
  EXPECT_EQ(with_images.size(), 11u);
  const float* end = data.visual_features.data() + data.visual_features.size();
  EXPECT_EQ(*std::min_element(data.visual_features.data(), end), 0.0F);
}

TEST(Synthetic, LayoutDemLoadsBack) {
  const TemporaryFolder folder;
  write_synthetic(small(folder.path(), "dem", "AwA"));
  write_synthetic(small(folder.path(), "dem", "CUB"));
  DatasetOptions options{.data_path = folder.path(), .name = "CUB"};
  const Dataset cub = load_dataset(options);
  expect_small_dem(cub);
  EXPECT_EQ(cub.classes.embeddings[0].cols(), 9);

  options.name = "AwA";
  for (const TrainMode mode : {TrainMode::kAttribute, TrainMode::kWord, TrainMode::kFusion}) {
    options.train_mode = mode;
    const Dataset data = load_dataset(options);
    expect_small_dem(data);
    for (std::size_t s = 0; s < data.classes.spaces.size(); ++s) {
      EXPECT_EQ(data.classes.embeddings[s].cols(), data.classes.spaces[s] == "word" ? 12 : 9);
    }
  }
}

// The numbers of the classes that are not test classes, in order, are the training classes: the
// rule by which word vectors with a row a class number find their classes.
TEST(Synthetic, TrainingClassesComeInTheOrderOfTheirNumbers) {
  const TemporaryFolder folder;
  const SyntheticOptions options = small(folder.path(), "dem", "CUB");
  write_synthetic(options);
  const Dataset data = load_dataset({.data_path = folder.path(), .name = "CUB"});
  const SyntheticModel model(options);
  std::vector<Index> numbers;  // of each row of the class table, found by its description
  for (Index c = 0; c < 11; ++c) {
    const auto row = data.classes.embeddings[0].row(c);
    Index number = 0;
    while (!std::equal(row.begin(), row.end(), model.attributes().row(number).begin())) ++number;
    numbers.push_back(number);
  }
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.begin() + 7));
  for (std::size_t c = 7; c < 11; ++c) {
    EXPECT_EQ(data.classes.names[c], std::to_string(numbers[c] + 1));
  }
}

TEST(Synthetic, LayoutGbuLoadsBackWithoutWarnings) {
  const TemporaryFolder folder;
  write_synthetic(small(folder.path(), "gbu", "TOY"));
  const test::Warnings warnings;
  DatasetOptions options{.data_path = folder.path(), .name = "TOY"};
  const Dataset data = load_dataset(options);
  options.original_attributes = true;
  const Dataset original = load_dataset(options);
  EXPECT_THAT(warnings.messages(), testing::IsEmpty());
  EXPECT_EQ(data.visual_features.rows(), 290);
  EXPECT_EQ(data.split.trainval.size(), 200u);
  EXPECT_EQ(data.split.test_seen.size(), 40u);
  EXPECT_EQ(data.split.test_unseen.size(), 50u);
  EXPECT_EQ(data.split.train.size() + data.split.val.size(), 200u);
  EXPECT_EQ(validation_split(data, 0).val_classes.size(), 2u);
  EXPECT_EQ(data.seen_classes.size(), 7u);
  EXPECT_EQ(data.classes.names[10], "synthetic-11");
  for (Index c = 0; c < 11; ++c) {
    double squares = 0.0;
    for (const float value : data.classes.embeddings[0].row(c)) squares += double{value} * value;
    EXPECT_NEAR(squares, 1.0, 1e-6) << c;  // nine float32 of relative error 2^-24
    for (const float value : original.classes.embeddings[0].row(c)) {
      EXPECT_GT(value, 0.0F);
      EXPECT_LT(value, 100.0F);
    }
  }
}

// One class alone is always right among itself: two, wherever two are left to train on.
TEST(Synthetic, LayoutGbuListsTwoValidationClassesAtLeast) {
  const TemporaryFolder folder;
  for (const auto& [seen, val] : {std::pair{2, 1u}, {3, 1u}, {4, 2u}, {9, 2u}, {15, 3u}}) {
    auto options = small(folder.path(), "gbu", "TOY");
    options.num_seen_classes = seen;
    write_synthetic(options);
    const Dataset data = load_dataset({.data_path = folder.path(), .name = "TOY"});
    const auto count_classes = [&](const std::vector<Index>& rows) {
      std::set<ClassId> classes;
      for (const Index row : rows) classes.insert(data.labels[static_cast<std::size_t>(row)]);
      return classes.size();
    };
    EXPECT_EQ(count_classes(data.split.val), val) << seen;
    EXPECT_EQ(count_classes(data.split.train), static_cast<std::size_t>(seen) - val) << seen;
  }
}

TEST(Synthetic, WithoutNoiseEveryImageIsItsClassCentre) {
  const TemporaryFolder folder;
  auto options = small(folder.path(), "dem", "CUB");
  options.noise = 0.0;
  write_synthetic(options);
  const Dataset data = load_dataset({.data_path = folder.path(), .name = "CUB"});
  std::map<ClassId, std::vector<float>> centres;
  for (Index i = 0; i < data.visual_features.rows(); ++i) {
    const auto row = data.visual_features.row(i);
    const auto [entry, added] = centres.emplace(data.labels[static_cast<std::size_t>(i)],
                                                std::vector<float>(row.begin(), row.end()));
    EXPECT_TRUE(added || std::equal(row.begin(), row.end(), entry->second.begin())) << i;
  }
  std::set<std::vector<float>> distinct;
  for (const auto& [label, centre] : centres) distinct.insert(centre);
  EXPECT_EQ(distinct.size(), 11u);
}

// Square root of the images' total variance around the mean of their class.
TEST(Synthetic, NoiseGrowsWithTheOption) {
  auto options = small("unused", "dem", "CUB");
  const auto deviation = [&](double noise) {
    options.noise = noise;
    const SyntheticModel model(options);
    const std::vector<ClassId> labels(2000, 3);
    Matrix<float> images(2000, options.feature_dim);
    model.draw_images(labels, 0, images);
    double total = 0.0;
    for (Index j = 0; j < images.cols(); ++j) {
      double sum = 0.0;
      double squares = 0.0;
      for (Index i = 0; i < images.rows(); ++i) {
        sum += images(i, j);
        squares += double{images(i, j)} * images(i, j);
      }
      total += std::max(0.0, squares / 2000.0 - (sum / 2000.0) * (sum / 2000.0));
    }
    return std::sqrt(total);
  };
  // Sums of 2000 equal float32 numbers of size about 1 and of their squares, in double.
  EXPECT_NEAR(deviation(0.0), 0.0, 1e-5);
  EXPECT_GT(deviation(0.5), 0.0);
  EXPECT_GT(deviation(1.0), 1.2 * deviation(0.5));
}

TEST(Synthetic, ClassSizesAddUpAndNoneIsEmpty) {
  Rng rng(5, Purpose::kSynthetic);
  for (const Index count : {7, 8, 20, 1000}) {
    const std::vector<Index> sizes = class_sizes(count, 7, rng);
    Index total = 0;
    for (const Index size : sizes) {
      EXPECT_GE(size, 1) << count;
      total += size;
    }
    EXPECT_EQ(total, count);
  }
  // Weights of 0.5 .. 1.5 with mean about 1: within a factor of four of each other and not equal.
  const std::vector<Index> sizes = class_sizes(10000, 10, rng);
  const auto [low, high] = std::minmax_element(sizes.begin(), sizes.end());
  EXPECT_LT(*high, 4 * *low);
  EXPECT_GT(*high, *low);
}

TEST(Synthetic, RefusesOptionsNamingTheField) {
  struct Case {
    const char* field;
    void (*change)(SyntheticOptions&);
  };
  const Case cases[] = {
      {"output", [](SyntheticOptions& o) { o.output = ""; }},
      {"layout", [](SyntheticOptions& o) { o.layout = "table"; }},
      {"name", [](SyntheticOptions& o) { o.name = "SUN"; }},
      {"name", [](SyntheticOptions& o) { o.layout = "gbu", o.name = "a/b"; }},
      {"num_train_images", [](SyntheticOptions& o) { o.num_train_images = -1; }},
      {"num_train_images", [](SyntheticOptions& o) { o.num_train_images = 6; }},
      {"num_test_images", [](SyntheticOptions& o) { o.num_test_images = 3; }},
      {"num_test_seen_images",
       [](SyntheticOptions& o) { o.layout = "gbu", o.num_test_seen_images = 6; }},
      {"num_seen_classes", [](SyntheticOptions& o) { o.num_seen_classes = -2; }},
      {"num_seen_classes",
       [](SyntheticOptions& o) { o.num_seen_classes = std::numeric_limits<Index>::max(); }},
      {"num_unseen_classes", [](SyntheticOptions& o) { o.num_unseen_classes = -2; }},
      {"attribute_dim", [](SyntheticOptions& o) { o.attribute_dim = -1; }},
      {"word_dim", [](SyntheticOptions& o) { o.word_dim = 0; }},
      {"feature_dim", [](SyntheticOptions& o) { o.feature_dim = 0; }},
      {"num_traits", [](SyntheticOptions& o) { o.num_traits = 0; }},
      {"noise", [](SyntheticOptions& o) { o.noise = -1.0; }},
      {"noise", [](SyntheticOptions& o) { o.noise = std::nan(""); }},
  };
  for (const Case& c : cases) {
    SyntheticOptions options = small("never", "dem", "AwA");
    EXPECT_NO_THROW(options.validate());
    c.change(options);
    expect_error(
        ErrorKind::kInvalidArgument, {c.field, "got"}, [&] { (void)write_synthetic(options); });
  }
  EXPECT_FALSE(std::filesystem::exists("never"));
}

TEST(Synthetic, AnOutputThatCannotBeMadeIsAnIoError) {
  const TemporaryFolder folder;
  std::ofstream(folder.file("file")) << "in the way";
  expect_error(ErrorKind::kIo, {folder.file("file")}, [&] {
    (void)write_synthetic(small(folder.file("file"), "dem", "CUB"));
  });
  expect_error(ErrorKind::kIo, {folder.file("file")}, [&] {
    (void)write_synthetic(small(folder.file("file"), "gbu", "TOY"));
  });
}

}  // namespace
}  // namespace dem
