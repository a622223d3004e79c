// tests/data/exchange/format_1.safetensors is a file of format 1: dem trained it before there was
// another (recipe mindspore, 3-4-5, features scaled by minmax), and told the classes of some rows
// of features by it, format_1_predictions.csv. Its scores are squared distances.
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "dem/exchange/model_file.h"
#include "dem/io/array_file.h"
#include "dem/search/predictor.h"
#include "exchange/same_model.h"
#include "io/safetensors.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::expect_same;
using test::read_bytes;
using test::same_bits;
using test::TemporaryFolder;

const std::string kData = std::string(DEM_SOURCE_DIR) + "/tests/data/exchange/";
const std::string kFile = kData + "format_1.safetensors";

std::vector<std::vector<std::string>> csv_rows(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(read_bytes(path));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

TEST(ModelFormat1, IsTheModelThatItWas) {
  const Model model = load_model(kFile);
  const SafetensorsFile file(kFile);
  const auto tensor = [&](const char* name) {
    const ArrayInfo& info = file.require(name);
    std::vector<float> values(file.bytes(info).size() / sizeof(float));
    std::memcpy(values.data(), file.bytes(info).data(), file.bytes(info).size());
    return values;
  };
  ASSERT_EQ(model.feature_map.to_string(), "minmax");
  const auto& scaling = std::get<FeatureScaling>(model.feature_map.steps()[0]);
  EXPECT_TRUE(same_bits(scaling.shift, tensor("scaling.shift")));
  EXPECT_TRUE(same_bits(scaling.factor, tensor("scaling.factor")));
  EXPECT_EQ(scaling.factor[2], 0.295785099f);
  ASSERT_EQ(model.class_map.to_string(), "network 3-4-5 relu");
  EXPECT_TRUE(std::get<NetworkMap>(model.class_map.kind()).float16_unseen_embeddings);
  EXPECT_EQ(model.class_map.network()->layer(1).weight(4, 3), tensor("fc2.weight")[19]);
  EXPECT_EQ(model.class_map.network()->layer(1).bias[4], tensor("fc2.bias")[4]);
  EXPECT_EQ(model.metric, Metric::kEuclidean);
  EXPECT_EQ(model.temperature, 0.15613920986652374f);
  EXPECT_EQ(model.classes.names[5], "synthetic-6");
  EXPECT_EQ(model.classes.seen, (std::vector<bool>{true, true, true, false, false, true}));
  EXPECT_EQ(model.prototypes.rows(0, 2), 0.3561120331287384f);
  EXPECT_TRUE(model.prototypes.scale.empty());
  EXPECT_TRUE(model.prototypes.offset.empty());
  EXPECT_EQ(model.provenance.at("seed"), "1000");
  EXPECT_EQ(model.provenance.at("recipe"), "mindspore");
}

TEST(ModelFormat1, PredictsAsBefore) {
  const Model model = load_model(kFile);
  const auto file = ArrayFile::open(kData + "format_1_features.csv");
  const Matrix<float> features = read_matrix(*file, file->arrays().at(0), 0);
  const auto rows = csv_rows(kData + "format_1_predictions.csv");
  ASSERT_EQ(static_cast<Index>(rows.size()), features.rows() + 1);
  const Prediction got = predict(model, features, {.top_k = 3});
  for (Index i = 0; i < features.rows(); ++i) {
    const auto& row = rows[static_cast<std::size_t>(i) + 1];
    EXPECT_NEAR(got.margins[static_cast<std::size_t>(i)], std::stof(row[4]), 1e-7) << i;
    const std::size_t columns[] = {1, 6, 9};
    for (Index k = 0; k < 3; ++k) {
      const std::size_t column = columns[k];
      EXPECT_EQ(model.classes.names[static_cast<std::size_t>(got.classes(i, k))], row[column]) << i;
      EXPECT_EQ(got.scores(i, k), -std::stof(row[column + 1])) << i << ", " << k;
      EXPECT_EQ(got.distances(i, k), std::stof(row[column + 1])) << i << ", " << k;
      EXPECT_NEAR(got.probabilities(i, k), std::stof(row[column + 2]), 1e-6) << i << ", " << k;
    }
  }
}

TEST(ModelFormat1, IsWrittenAsFormat2) {
  const TemporaryFolder folder;
  const Model model = load_model(kFile);
  save_model(model, folder.file("a"));
  const SafetensorsFile file(folder.file("a"));
  const std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  EXPECT_EQ(facts.at("format_version"), "2");
  EXPECT_EQ(facts.at("feature_map"), R"([{"kind":"minmax"}])");
  EXPECT_FALSE(facts.contains("scaling"));
  EXPECT_NE(file.find("feature_map.0.shift"), nullptr);
  EXPECT_EQ(file.find("scaling.shift"), nullptr);
  expect_same(load_model(folder.file("a")), model);
}

// The file taken apart, as in BrokenModel.
class BrokenFormat1 : public ::testing::Test {
 protected:
  BrokenFormat1() : file_(kFile), facts_(file_.metadata().begin(), file_.metadata().end()) {
    for (const ArrayInfo& info : file_.arrays()) {
      tensors_.push_back({info.name, info.type, info.shape, file_.bytes(info)});
    }
  }

  void expect_refused(std::initializer_list<std::string_view> parts) {
    write_safetensors(folder_.file("broken"), tensors_, facts_);
    expect_error(ErrorKind::kFormat, parts, [&] { (void)load_model(folder_.file("broken")); });
    expect_error(ErrorKind::kFormat, {folder_.file("broken")}, [&] {
      (void)load_model(folder_.file("broken"));
    });
  }

  TemporaryFolder folder_;
  SafetensorsFile file_;
  std::vector<RawTensor> tensors_;
  std::map<std::string, std::string> facts_;
};

TEST_F(BrokenFormat1, MissingFieldsAndTensorsAreNamed) {
  const auto facts = facts_;
  for (const char* key : {"network", "scaling", "metric", "classes", "float16_unseen_embeddings"}) {
    facts_.erase(key);
    expect_refused({std::string("field ") + key});
    facts_ = facts;
  }
  const auto tensors = tensors_;
  for (const RawTensor& gone : tensors) {
    std::erase_if(tensors_, [&](const RawTensor& t) { return t.name == gone.name; });
    expect_refused({gone.name});
    tensors_ = tensors;
  }
}

TEST_F(BrokenFormat1, BrokenFieldsAreNamed) {
  const struct {
    const char* key;
    const char* value;
    const char* message;
  } kCases[] = {{"scaling", "log", "log"},
                {"scaling", "none", "scaling."},
                {"float16_unseen_embeddings", "1", "true or false"},
                {"network", "{}", "field network"},
                {"network",
                 R"({"inputs":[{"space":"attribute","dim":3,"gain":1}],)"
                 R"("hidden_dim":4611686018427387904,"feature_dim":5,"hidden_activation":"relu"})",
                 "field network"}};
  const auto all = facts_;
  for (const auto& [key, value, message] : kCases) {
    SCOPED_TRACE(std::string(key) + " = " + value);
    facts_[key] = value;
    expect_refused({message});
    facts_ = all;
  }
}

// What format 1 did not have is unknown in it.
TEST_F(BrokenFormat1, TensorsOfFormat2AreRefused) {
  const std::vector<float> scale(6, 1.0f);
  tensors_.push_back(
      {"prototypes.scale", ElementType::kFloat32, {6}, std::as_bytes(std::span(scale))});
  expect_refused({"prototypes.scale"});
}

}  // namespace
}  // namespace dem
