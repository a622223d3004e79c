#include "dem/exchange/model_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "exchange/example_model.h"
#include "io/safetensors.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using testing::example_model;
using testing::expect_error;
using testing::fill;
using testing::read_bytes;
using testing::TemporaryFolder;

bool same_bits(MatrixView<const float> a, MatrixView<const float> b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.rows(); ++i) {
    if (std::memcmp(a.row(i).data(), b.row(i).data(), a.row(i).size_bytes()) != 0) return false;
  }
  return true;
}

void expect_same(const Model& a, const Model& b) {
  const NetworkSpec& x = a.network.spec();
  const NetworkSpec& y = b.network.spec();
  ASSERT_EQ(x.inputs.size(), y.inputs.size());
  for (std::size_t i = 0; i < x.inputs.size(); ++i) {
    EXPECT_EQ(x.inputs[i].space, y.inputs[i].space);
    EXPECT_EQ(x.inputs[i].dim, y.inputs[i].dim);
    EXPECT_EQ(x.inputs[i].gain, y.inputs[i].gain);
  }
  EXPECT_EQ(x.hidden_dim, y.hidden_dim);
  EXPECT_EQ(x.feature_dim, y.feature_dim);
  EXPECT_EQ(x.hidden_activation, y.hidden_activation);
  const auto row = [](std::span<const float> v) {
    return MatrixView<const float>(v.data(), 1, static_cast<Index>(v.size()));
  };
  EXPECT_TRUE(same_bits(row(a.network.parameters()), row(b.network.parameters())));
  EXPECT_EQ(a.scaling.kind, b.scaling.kind);
  EXPECT_EQ(a.scaling.shift, b.scaling.shift);
  EXPECT_EQ(a.scaling.factor, b.scaling.factor);
  EXPECT_EQ(a.classes.names, b.classes.names);
  EXPECT_EQ(a.classes.seen, b.classes.seen);
  EXPECT_EQ(a.classes.spaces, b.classes.spaces);
  ASSERT_EQ(a.classes.embeddings.size(), b.classes.embeddings.size());
  for (std::size_t i = 0; i < a.classes.embeddings.size(); ++i) {
    EXPECT_TRUE(same_bits(a.classes.embeddings[i], b.classes.embeddings[i])) << i;
  }
  EXPECT_EQ(a.float16_unseen_embeddings, b.float16_unseen_embeddings);
  EXPECT_EQ(a.metric, b.metric);
  EXPECT_EQ(a.temperature, b.temperature);
  EXPECT_EQ(a.classes.dimension_names, b.classes.dimension_names);
  EXPECT_TRUE(same_bits(a.prototypes, b.prototypes));
  EXPECT_EQ(a.provenance, b.provenance);
}

TEST(ModelFile, EveryFieldOfAModelRoundTrips) {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  save_model(example_model(), path);
  expect_same(load_model(path), example_model());
}

TEST(ModelFile, TemperatureAndNamesOfDimensionsRoundTrip) {
  const TemporaryFolder folder;
  Model model = example_model();
  model.temperature = 0.1f;
  model.classes.dimension_names = {{}, {"stripes", "swims \"well\"", "big"}};
  save_model(model, folder.file("model.safetensors"));
  expect_same(load_model(folder.file("model.safetensors")), model);
  expect_same(Model::load(folder.path().string()), model);
  expect_same(Model::load(folder.file("model.safetensors")), model);
  expect_error(ErrorKind::kIo, {"model.safetensors"}, [] { (void)Model::load("/"); });
}

TEST(ModelFile, RefusesATemperatureAndNamesOfDimensionsThatCannotBe) {
  const TemporaryFolder folder;
  const auto refused = [&](const char* named, auto&& change) {
    Model model = example_model();
    change(model);
    expect_error(ErrorKind::kInvalidArgument, {named}, [&] {
      save_model(model, folder.file("model.safetensors"));
    });
  };
  refused("temperature", [](Model& m) { m.temperature = -1.0f; });
  refused("temperature", [](Model& m) { m.temperature = std::numeric_limits<float>::infinity(); });
  refused("2 spaces", [](Model& m) { m.classes.dimension_names = {{}}; });
  refused("attribute: expected 3 names, got 2", [](Model& m) {
    m.classes.dimension_names = {{}, {"a", "b"}};
  });
}

TEST(ModelFile, SavingWhatWasLoadedGivesTheSameBytes) {
  const TemporaryFolder folder;
  save_model(example_model(), folder.file("1"));
  save_model(load_model(folder.file("1")), folder.file("2"));
  EXPECT_EQ(read_bytes(folder.file("1")), read_bytes(folder.file("2")));
}

TEST(ModelFile, EveryKindOfScalingMetricAndNetworkRoundTrips) {
  const TemporaryFolder folder;
  for (const ScalingKind kind :
       {ScalingKind::kNone, ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2}) {
    for (const Activation activation :
         {Activation::kRelu, Activation::kTanh, Activation::kScaledTanh}) {
      Model model = example_model();
      NetworkSpec spec = testing::fusion_spec();
      spec.hidden_activation = activation;
      spec.inputs.pop_back();
      if (kind == ScalingKind::kL2) spec.hidden_dim = 0;
      model.network = testing::example_network(spec);
      model.metric = Metric::kEuclidean;
      model.float16_unseen_embeddings = false;
      model.scaling.kind = kind;
      if (kind == ScalingKind::kNone || kind == ScalingKind::kL2) model.scaling = {kind, {}, {}};
      save_model(model, folder.file("a"));
      expect_same(load_model(folder.file("a")), model);
    }
  }
}

TEST(ModelFile, AModelOfBareWeightsRoundTrips) {
  Model model;
  model.network = testing::example_network(testing::fusion_spec());
  const TemporaryFolder folder;
  save_model(model, folder.file("a"));
  expect_same(load_model(folder.file("a")), model);
}

TEST(ModelFile, TensorsAndFieldsAreNamedAsDocumented) {
  const TemporaryFolder folder;
  save_model(example_model(), folder.file("a"));
  const SafetensorsFile file(folder.file("a"));
  std::vector<std::string> shapes;
  for (const ArrayInfo& info : file.arrays()) shapes.push_back(info.name + " " + to_string(info));
  EXPECT_EQ(shapes,
            (std::vector<std::string>{"classes.attribute float32 [3, 3]",
                                      "classes.word float32 [3, 4]",
                                      "fc1.bias float32 [5]",
                                      "fc1.weight float32 [5, 4]",
                                      "fc2.bias float32 [5]",
                                      "fc2.weight float32 [5, 3]",
                                      "fc3.bias float32 [6]",
                                      "fc3.weight float32 [6, 5]",
                                      "prototypes float32 [3, 6]",
                                      "scaling.factor float32 [6]",
                                      "scaling.shift float32 [6]"}));
  const std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  EXPECT_EQ(facts.at("format"), "dem model");
  EXPECT_EQ(facts.at("format_version"), "1");
  EXPECT_EQ(facts.at("metric"), "cosine");
  EXPECT_EQ(facts.at("scaling"), "standard");
  EXPECT_EQ(facts.at("float16_unseen_embeddings"), "true");
  EXPECT_EQ(facts.at("provenance.recipe"), "gbu");
  EXPECT_EQ(nlohmann::json::parse(facts.at("network")).at("inputs").at(1).at("space"), "attribute");
  EXPECT_EQ(nlohmann::json::parse(facts.at("classes")).at("seen").at(1), false);
}

TEST(ModelFile, ParametersAreTheLayersOfTheNetwork) {
  const Model model = example_model();
  const TemporaryFolder folder;
  save_model(model, folder.file("a"));
  const auto file = ArrayFile::open(folder.file("a"));
  for (Index i = 0; i < model.network.num_layers(); ++i) {
    const std::string name = "fc" + std::to_string(i + 1) + ".weight";
    EXPECT_TRUE(
        same_bits(read_matrix(*file, file->require(name), 0), model.network.layer(i).weight))
        << name;
  }
}

// A file of the example model, taken apart so that a test can break one thing.
class BrokenModel : public ::testing::Test {
 protected:
  BrokenModel() {
    save_model(example_model(), folder_.file("good"));
    file_ = std::make_unique<SafetensorsFile>(folder_.file("good"));
    for (const ArrayInfo& info : file_->arrays()) {
      tensors_.push_back({info.name, info.type, info.shape, file_->bytes(info)});
    }
    facts_.insert(file_->metadata().begin(), file_->metadata().end());
  }

  RawTensor& tensor(const std::string& name) {
    for (RawTensor& t : tensors_) {
      if (t.name == name) return t;
    }
    throw std::out_of_range(name);
  }

  void erase(const std::string& name) {
    std::erase_if(tensors_, [&](const RawTensor& t) { return t.name == name; });
  }

  std::string write() {
    write_safetensors(folder_.file("broken"), tensors_, facts_);
    return folder_.file("broken");
  }

  void expect_refused(std::initializer_list<std::string_view> parts,
                      ErrorKind kind = ErrorKind::kFormat) {
    const std::string path = write();
    expect_error(kind, parts, [&] { (void)load_model(path); });
    expect_error(kind, {path}, [&] { (void)load_model(path); });
  }

  TemporaryFolder folder_;
  std::unique_ptr<SafetensorsFile> file_;
  std::vector<RawTensor> tensors_;
  std::map<std::string, std::string> facts_;
};

TEST_F(BrokenModel, TheValidTwinIsRead) {
  expect_same(load_model(write()), example_model());
}

TEST_F(BrokenModel, AnyMissingFieldIsNamed) {
  const auto all = facts_;
  for (const auto& [key, value] : all) {
    if (key.starts_with("provenance.")) continue;
    facts_ = all;
    facts_.erase(key);
    expect_refused({"field " + key});
  }
}

TEST_F(BrokenModel, AnyMissingTensorIsNamed) {
  const auto all = tensors_;
  for (const RawTensor& t : all) {
    tensors_ = all;
    erase(t.name);
    expect_refused({"\"" + t.name + "\""});
  }
}

TEST_F(BrokenModel, ATensorOfAnotherShapeIsRefused) {
  const auto all = tensors_;
  const std::vector<float> numbers(100);
  for (const RawTensor& t : all) {
    for (std::size_t axis = 0; axis < t.shape.size(); ++axis) {
      tensors_ = all;
      std::vector<Index>& shape = tensor(t.name).shape;
      ++shape[axis];
      const std::size_t count =
          static_cast<std::size_t>(shape[0] * (shape.size() > 1 ? shape[1] : 1));
      tensor(t.name).bytes = std::as_bytes(std::span(numbers).first(count));
      SCOPED_TRACE(t.name + " axis " + std::to_string(axis));
      expect_refused({t.name});
    }
  }
}

TEST_F(BrokenModel, ATensorOfAnotherTypeOrRankIsRefused) {
  tensor("prototypes").type = ElementType::kInt32;
  expect_refused({"prototypes", "float32", "int32"});
  tensor("prototypes").type = ElementType::kFloat32;
  tensor("prototypes").shape = {18};
  expect_refused({"prototypes", "[18]"});
}

TEST_F(BrokenModel, ATensorThatNothingExplainsIsRefused) {
  tensors_.push_back(tensor("prototypes"));
  tensors_.back().name = "prototypes2";
  expect_refused({"prototypes2"});
}

TEST_F(BrokenModel, NumbersThatAreNotFiniteAreRefused) {
  const auto all = tensors_;
  for (const RawTensor& t : all) {
    tensors_ = all;
    std::vector<float> numbers(t.bytes.size() / 4);
    numbers.back() = std::numeric_limits<float>::quiet_NaN();
    tensor(t.name).bytes = std::as_bytes(std::span(numbers));
    SCOPED_TRACE(t.name);
    expect_refused({"nan", "position"}, ErrorKind::kFormat);
  }
}

TEST_F(BrokenModel, ANewerVersionIsRefusedAsNewer) {
  facts_["format_version"] = "2";
  facts_.erase("network");  // whatever else a newer version may have changed
  expect_refused({"format_version", "at most 1", "got 2", "newer"}, ErrorKind::kUnsupported);
}

TEST_F(BrokenModel, BrokenFieldsAreNamed) {
  const struct {
    const char* key;
    const char* value;
    const char* message;
  } kCases[] = {
      {"format", "dem training state", "dem model"},
      {"format_version", "0", "at least 1"},
      {"format_version", "1.0", "whole number"},
      {"format_version", "", "whole number"},
      {"metric", "taxicab", "taxicab"},
      {"scaling", "log", "log"},
      {"scaling", "none", "scaling."},
      {"float16_unseen_embeddings", "1", "true or false"},
      {"network", "", "JSON"},
      {"network", "[]", "an object"},
      {"network", "{}", "members"},
      {"network",
       R"({"inputs":[],"hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "inputs"},
      {"network",
       R"({"inputs":5,"hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "network.inputs"},
      {"network",
       R"({"inputs":[{"space":"word","dim":-4,"gain":1}],)"
       R"("hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "inputs[0].dim"},
      {"network",
       R"({"inputs":[{"space":"word","dim":4,"gain":1e999}],)"
       R"("hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "network"},
      {"network",
       R"({"inputs":[{"space":"word","dim":4,"gain":"1"}],)"
       R"("hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "gain"},
      {"network",
       R"({"inputs":[{"space":"word","dim":4,"gain":1}],)"
       R"("hidden_dim":4611686018427387904,"feature_dim":6,"hidden_activation":"tanh"})",
       "network"},
      {"network",
       R"({"inputs":[{"space":"word","dim":4,"gain":1}],)"
       R"("hidden_dim":1000000,"feature_dim":1000000,"hidden_activation":"tanh"})",
       "fc1.weight"},
      {"network",
       R"({"inputs":[{"space":"word","dim":4,"gain":1}],)"
       R"("hidden_dim":5,"feature_dim":6,"hidden_activation":"swish"})",
       "swish"},
      {"network",
       R"({"inputs":[{"space":"image","dim":4,"gain":1},{"space":"attribute","dim":3,"gain":1}],)"
       R"("hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "image"},
      {"network",
       R"({"inputs":[{"space":"attribute","dim":4,"gain":1},{"space":"word","dim":3,"gain":1}],)"
       R"("hidden_dim":5,"feature_dim":6,"hidden_activation":"tanh"})",
       "width 4"},
      {"classes",
       R"({"names":["a","b"],"seen":[true,true],"spaces":["word","attribute"]})",
       "classes.word"},
      {"classes",
       R"({"names":["a","b","c"],"seen":[true,true],"spaces":["word","attribute"]})",
       "seen"},
      {"classes",
       R"({"names":["a","b","c"],"seen":[true,true,1],"spaces":["word","attribute"]})",
       "seen[2]"},
      {"classes",
       R"({"names":["a","b",3],"seen":[true,true,true],"spaces":["word","attribute"]})",
       "names[2]"},
      {"classes",
       R"({"names":["a","b","c"],"seen":[true,true,true],"spaces":["word"]})",
       "attribute"},
      {"classes",
       R"({"names":["a","b","c"],"seen":[true,true,true],"spaces":["word","word","attribute"]})",
       "twice"},
      {"classes", R"({"names":["a"],"seen":[true],"spaces":[],"more":1})", "members"},
  };
  const auto all = facts_;
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.key) + " = " + c.value);
    facts_ = all;
    facts_[c.key] = c.value;
    expect_refused({c.message});
  }
}

TEST_F(BrokenModel, DeepNestingIsRefusedWithoutFollowingIt) {
  facts_["network"] = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  expect_refused({"network", "an object"});
}

TEST_F(BrokenModel, OtherFilesAreCalledByTheirNames) {
  const std::string checkpoint = folder_.file("train.ckpt");
  save_mindspore_checkpoint(example_model().network, checkpoint);
  expect_error(ErrorKind::kFormat, {checkpoint, "safetensors", "MindSpore checkpoint"}, [&] {
    (void)load_model(checkpoint);
  });
  const std::string csv = folder_.write("a.csv", "1,2\n");
  expect_error(ErrorKind::kFormat, {csv, "safetensors", "CSV"}, [&] { (void)load_model(csv); });
  expect_error(ErrorKind::kIo, {"none"}, [&] { (void)load_model(folder_.file("none")); });
}

TEST(ModelFile, EveryTruncationIsRefused) {
  Model model;
  model.network = Network({.inputs = {{"a", 1, 1.0f}}, .feature_dim = 2});
  const TemporaryFolder folder;
  save_model(model, folder.file("good"));
  const std::string whole = read_bytes(folder.file("good"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string path = folder.write("cut", whole.substr(0, length));
    ASSERT_THROW((void)load_model(path), Error) << length;
  }
  EXPECT_NO_THROW((void)load_model(folder.write("cut", whole)));
}

TEST(ModelFile, AModelWhosePartsDoNotFitIsNotWritten) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const char* part, const std::function<void(Model&)>& spoil) {
    Model model = example_model();
    spoil(model);
    SCOPED_TRACE(part);
    expect_error(ErrorKind::kInvalidArgument, {part}, [&] { save_model(model, folder.file("a")); });
  };
  expect_refused("prototypes", [](Model& m) { m.prototypes = Matrix<float>(); });
  expect_refused("names", [](Model& m) {
    m.classes.names[0] =
        "ara\xe7"
        "ari";
  });
  expect_refused("seen", [](Model& m) { m.classes.seen.pop_back(); });
  expect_refused("embeddings", [](Model& m) { m.classes.embeddings.pop_back(); });
  expect_refused("attribute", [](Model& m) { m.classes.spaces[1] = "colour"; });
  expect_refused("width", [](Model& m) { m.classes.embeddings[0] = Matrix<float>(3, 5); });
  expect_refused("classes.word", [](Model& m) { m.classes.embeddings[0] = Matrix<float>(2, 4); });
  expect_refused("scaling.factor", [](Model& m) { m.scaling.factor.pop_back(); });
  expect_refused("scaling.shift", [](Model& m) { m.scaling.kind = ScalingKind::kL2; });
  expect_refused("network", [](Model& m) { m.network = Network(); });
  Model model = example_model();
  model.network.parameters()[3] = std::numeric_limits<float>::infinity();
  expect_error(ErrorKind::kNumerical, {"parameters", "position 3"}, [&] {
    save_model(model, folder.file("a"));
  });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ModelFile, AFolderThatCannotBeWrittenIsAnIoErrorAndKeepsTheOldFile) {
  const TemporaryFolder folder;
  expect_error(ErrorKind::kIo, {"missing"}, [&] {
    save_model(example_model(), folder.file("missing/model.safetensors"));
  });
  // Where a folder has the file's name the rename fails, for the superuser too.
  std::filesystem::create_directories(folder.file("model.safetensors/in_the_way"));
  expect_error(ErrorKind::kIo, {"model.safetensors"}, [&] {
    save_model(example_model(), folder.file("model.safetensors"));
  });
  EXPECT_EQ(folder.entries(), 1);
}

TEST(ModelFile, AReadOnlyFolderIsAnIoErrorAndNothingIsLeftInIt) {
  const TemporaryFolder folder;
  std::filesystem::permissions(
      folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const bool superuser = ::geteuid() == 0;  // who may write anywhere: become nobody for a while
  ASSERT_TRUE(!superuser || ::seteuid(65534) == 0);
  const std::string path = folder.file("model.safetensors");
  expect_error(ErrorKind::kIo, {path}, [&] { save_model(example_model(), path); });
  ASSERT_TRUE(!superuser || ::seteuid(0) == 0);
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ModelFile, DamagedFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  save_model(example_model(), folder.file("good"));
  testing::expect_read_or_refused(
      read_bytes(folder.file("good")), 2000, [&](const std::string& bytes) {
        (void)load_model(folder.write("a.safetensors", bytes));
      });
}

}  // namespace
}  // namespace dem
