// Layout gbu in files of other formats than MATLAB's, and which way round their arrays lie.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "dem/data/dataset.h"
#include "gbu_toy.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "raw_variables.h"
#include "table_toy.h"

namespace dem {
namespace {

using test::expect_error;
using test::matrix;
using test::TemporaryFolder;
using test::tensors_of;
using test::toy_features;
using test::toy_split;
using test::Variable;
using test::with;
using test::without;
using test::write_mat4;
using testing::ElementsAre;

std::vector<float> row_of(const Matrix<float>& m, Index i) {
  return {m.row(i).begin(), m.row(i).end()};
}

Variable turned(const Variable& variable) {
  Variable out{variable.name, variable.cols, variable.rows, {}};
  for (int i = 0; i < out.rows; ++i) {
    for (int j = 0; j < out.cols; ++j) {
      out.values.push_back(variable.values[static_cast<std::size_t>(j * out.rows + i)]);
    }
  }
  return out;
}

const Variable& named(const std::vector<Variable>& variables, std::string_view name) {
  for (const Variable& v : variables) {
    if (v.name == name) return v;
  }
  throw std::out_of_range(std::string(name));
}

std::vector<Variable> split_without_names() {
  return without(toy_split(), "allclasses_names");
}

class GbuContainers : public testing::Test {
 protected:
  void SetUp() override {
    options_.data_path = folder_.path();
    options_.name = "TOY";
    std::filesystem::create_directory(folder_.file("TOY"));
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return folder_.file("TOY/" + name);
  }
  void write_npz_of(const std::string& name, const std::vector<Variable>& variables) const {
    write_npz(file(name), tensors_of(variables));
  }
  void expect_toy() const {
    const Dataset data = load_dataset(options_);
    EXPECT_EQ(data.layout, "gbu");
    ASSERT_EQ(data.visual_features.rows(), 8);
    EXPECT_THAT(row_of(data.visual_features, 3), ElementsAre(30, 31));
    EXPECT_THAT(data.labels, ElementsAre(0, 0, 1, 1, 2, 2, 3, 3));
    EXPECT_THAT(row_of(data.classes.embeddings[0], 1), ElementsAre(.2F, .8F, .5F));
    EXPECT_THAT(data.split.trainval, ElementsAre(6, 0, 2, 7));
    EXPECT_THAT(data.unseen_classes, ElementsAre(2));
  }
  void expect_load_error(ErrorKind kind, std::initializer_list<std::string_view> texts) {
    expect_error(kind, texts, [&] { (void)load_dataset(options_); });
  }

  TemporaryFolder folder_;
  DatasetOptions options_;
};

// As MATLAB had them, and with a sample and a class a row.
TEST_F(GbuContainers, TheNumberOfLabelsAndClassesTellsTheAxis) {
  for (const bool in_rows : {false, true}) {
    SCOPED_TRACE(in_rows);
    auto features = toy_features();
    auto split = split_without_names();
    if (in_rows) {
      features = with(features, turned(features[0]));
      for (const char* name : {"att", "original_att"}) {
        split = with(split, turned(named(split, name)));
      }
    }
    write_npz_of("res101.npz", features);
    write_npz_of("att_splits.npz", split);
    expect_toy();
    options_.original_attributes = true;
    const Dataset data = load_dataset(options_);
    EXPECT_THAT(row_of(data.classes.embeddings[0], 1), ElementsAre(2, 8, 5));
    options_.original_attributes = false;
    std::filesystem::remove(file("att_splits.npz"));
    write_mat4(file("att_splits.mat"), toy_split());
    expect_toy();  // with names, and one file of MATLAB's
    std::filesystem::remove(file("att_splits.mat"));
  }
}

TEST_F(GbuContainers, FilesOfAnyNameAndFormatAreFound) {
  write_safetensors(file("clip.safetensors"), tensors_of(toy_features()), {});
  write_mat4(file("my_split.mat"), toy_split());
  (void)folder_.write("TOY/notes.pt", "no tensors");  // is passed over
  expect_toy();
  write_npz_of("more.npz", toy_features());
  expect_load_error(ErrorKind::kInvalidArgument,
                    {"clip.safetensors, more.npz", "choose a features file"});
  options_.features_file = "more.npz";
  expect_toy();
  options_.features_file.clear();
  std::filesystem::remove(file("clip.safetensors"));
  write_npz_of("res101.npz", toy_features());
  expect_toy();  // the usual name comes first
  write_safetensors(file("res101.safetensors"), tensors_of(toy_features()), {});
  expect_load_error(ErrorKind::kInvalidArgument, {"res101.npz and res101.safetensors"});
}

TEST_F(GbuContainers, FeaturesAndLabelsMayBeArraysOfTheirOwn) {
  Matrix<float> features(8, 2);
  for (Index i = 0; i < 8; ++i) {
    features(i, 0) = static_cast<float>(10 * i);
    features(i, 1) = static_cast<float>(10 * i + 1);
  }
  write_npy(file("features.npy"), features.view());
  Matrix<float> labels(8, 1);
  for (Index i = 0; i < 8; ++i) labels(i, 0) = static_cast<float>(i / 2 + 1);
  write_npy(file("labels.npy"), labels.view());
  write_mat4(file("att_splits.mat"), toy_split());
  // Two of three files of layout table are there.
  expect_load_error(ErrorKind::kInvalidArgument, {"2 layouts", "(gbu)", "(table)", "choose"});
  options_.layout = "gbu";
  expect_toy();
}

TEST_F(GbuContainers, AsManyFeaturesAsSamplesAreRefused) {
  std::vector<double> values(64);
  const Variable square = matrix("features", 8, 8, values);
  write_npz_of("res101.npz", with(toy_features(), square));
  write_mat4(file("att_splits.mat"), toy_split());
  expect_load_error(ErrorKind::kShapeMismatch,
                    {"res101.npz: variable features", "8 samples and as many features", ".mat"});
  std::filesystem::remove(file("res101.npz"));
  write_mat4(file("res101.mat"), with(toy_features(), square));
  EXPECT_EQ(load_dataset(options_).feature_dim(), 8);  // MATLAB's columns are samples
}

TEST_F(GbuContainers, ATableWhoseClassesNobodyCountsIsAskedAfter) {
  write_npz_of("res101.npz", toy_features());
  // Class 5 has no image, so that labels do not count the classes.
  const auto table = matrix("att", 3, 5, {1, 2, 3, 4, 5, 2, 8, 1, 3, 6, 5, 5, 5, 5, 7});
  const auto split = with(without(split_without_names(), "original_att"), table);
  write_npz_of("att_splits.npz", split);
  expect_load_error(
      ErrorKind::kShapeMismatch,
      {"variable att", "a table without names of classes", "descriptions in rows", "[3, 5]"});
  options_.description_axis = SampleAxis::kColumns;
  options_.index_base = 1;
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(row_of(data.classes.embeddings[0], 4), ElementsAre(5, 6, 7));
  // Rows of length 1 tell, too.
  options_.description_axis = SampleAxis::kAuto;
  write_npz_of("att_splits.npz",
               with(split, matrix("att", 3, 5, {1, 0, 0, .6, 0, 0, 1, 0, .8, 0, 0, 0, 1, 0, 1})));
  EXPECT_THAT(row_of(load_dataset(options_).classes.embeddings[0], 3), ElementsAre(.6F, .8F, 0));
}

// Four classes have images and a fifth has none: a table of four attributes fits labels along its
// other axis, too.
TEST_F(GbuContainers, AsManyAttributesAsLabelledClassesSayNothing) {
  write_npz_of("res101.npz", toy_features());
  const auto table =
      matrix("att", 4, 5, {1, 2, 3, 4, 5, 2, 8, 1, 3, 6, 5, 5, 5, 5, 7, 1, 1, 2, 2, 3});
  const auto split = with(without(split_without_names(), "original_att"), table);
  for (const bool is_turned : {false, true}) {
    options_.description_axis = SampleAxis::kAuto;
    write_npz_of("att_splits.npz", is_turned ? with(split, turned(table)) : split);
    expect_load_error(ErrorKind::kShapeMismatch, {"variable att", "descriptions in rows"});
    options_.description_axis = is_turned ? SampleAxis::kRows : SampleAxis::kColumns;
    options_.index_base = 1;
    EXPECT_THAT(row_of(load_dataset(options_).classes.embeddings[0], 4), ElementsAre(5, 6, 7, 3));
  }
}

// A folder of layout table is one of gbu only where it has a file of MATLAB's or a split file.
TEST_F(GbuContainers, ArraysOfAnotherUseDoNotMakeATableAFolderOfGbu) {
  test::write_files(folder_.file("TOY"), test::toy_table());
  write_npz_of("vectors.npz", toy_features());
  EXPECT_EQ(detect_layout(options_), "table");
  write_npz_of("att_splits.npz", split_without_names());
  expect_load_error(ErrorKind::kInvalidArgument, {"2 layouts", "choose a layout"});
}

}  // namespace
}  // namespace dem
