// Model files of which one thing is broken.
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <memory>
#include <stdexcept>

#include "dem/exchange/model_file.h"
#include "exchange/example_models.h"
#include "exchange/same_model.h"
#include "io/safetensors.h"
#include "support/files.h"

namespace dem {
namespace {

using test::example_model;
using test::example_models;
using test::expect_error;
using test::expect_same;
using test::TemporaryFolder;

// A file of an example model, taken apart so that a test can break one thing.
class BrokenModel : public ::testing::Test {
 protected:
  BrokenModel() { take_apart(example_model()); }

  void take_apart(const Model& model) {
    save_model(model, folder_.file("good"));
    file_ = std::make_unique<SafetensorsFile>(folder_.file("good"));
    tensors_.clear();
    facts_.clear();
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
  for (const Model& model : example_models()) {
    take_apart(model);
    expect_same(load_model(write()), model);
  }
}

TEST_F(BrokenModel, AnyMissingFieldIsNamed) {
  for (const Model& model : example_models()) {
    take_apart(model);
    const auto all = facts_;
    for (const auto& [key, value] : all) {
      if (key.starts_with("provenance.") || key == "temperature" || key == "gamma") continue;
      facts_ = all;
      facts_.erase(key);
      // Without it there is a space "word+attribute", which no class is described in.
      expect_refused({key == "space_join"       ? "word+attribute"
                      : key == "hub_correction" ? "class_map.bank"
                                                : "field " + key});
    }
  }
}

TEST_F(BrokenModel, CurvesOfRejectionThatCannotBeAreRefused) {
  facts_["temperature"] = "0.5";
  const auto curve =
      [](const std::string& images, const std::string& candidates, const std::string& points) {
        return "{\"images\":" + images + ",\"candidates\":" + candidates + ",\"points\":" + points +
               "}";
      };
  const std::string points = "[[0.1,0.5,1.0],[0.4,0.75,0.5]]";
  facts_["rejection"] = curve("100", "[10,12]", points);
  EXPECT_EQ(load_model(write()).rejection.at_precision(0.6).threshold, 0.4);  // the valid twin
  const struct {
    std::string text;
    std::string_view named;
  } cases[] = {{"{}", "the members images, candidates, points"},
               {"[]", "expected an object, got array"},
               {"{", "expected JSON"},
               {curve("-1", "[10,12]", points), "images: expected a whole number"},
               {curve("100", "[10]", points), "candidates: expected two numbers"},
               {curve("100", "[12,10]", points), "no fewer at most than at least"},
               {curve("100", "[10,12]", "[]"), "points: expected at least one point"},
               {curve("100", "[10,12]", "[[0.1,0.5]]"), "points[0]: expected three numbers"},
               {curve("100", "[10,12]", "[[0.1,\"x\",1]]"), "points[0][1]: expected a number"},
               {curve("100", "[10,12]", "[[0.1,2,1]]"), "shares of 0 .. 1"},
               {curve("100", "[10,12]", "[[0.4,0.5,1],[0.1,0.6,0.5]]"), "thresholds"}};
  for (const auto& [text, named] : cases) {
    facts_["rejection"] = text;
    expect_refused({"field rejection", named});
  }
  facts_["rejection"] = curve("100", "[10,12]", points);
  facts_.erase("temperature");
  expect_refused({"rejection: expected a temperature"});
}

TEST_F(BrokenModel, AnyMissingTensorIsNamed) {
  for (const Model& model : example_models()) {
    take_apart(model);
    const auto all = tensors_;
    for (const RawTensor& t : all) {
      if (t.name.starts_with("prototypes.")) continue;  // absent: 1 or 0 each
      tensors_ = all;
      erase(t.name);
      expect_refused({"\"" + t.name + "\""});
    }
  }
}

TEST_F(BrokenModel, ATensorOfAnotherShapeIsRefused) {
  const std::vector<double> numbers(100, 1.0);
  for (const Model& model : example_models()) {
    take_apart(model);
    const auto all = tensors_;
    for (const RawTensor& t : all) {
      for (std::size_t axis = 0; axis < t.shape.size(); ++axis) {
        // A space that no map takes may have any width.
        if (t.name == "classes.word" && axis == 1 && model.class_map.network() == nullptr) continue;
        tensors_ = all;
        std::vector<Index>& shape = tensor(t.name).shape;
        ++shape[axis];
        const std::size_t count =
            static_cast<std::size_t>(shape[0] * (shape.size() > 1 ? shape[1] : 1));
        tensor(t.name).bytes =
            std::as_bytes(std::span(numbers)).first(count * element_size(t.type));
        SCOPED_TRACE(t.name + " axis " + std::to_string(axis));
        // Of a scaling's two, either may be the one that does not fit.
        expect_refused({t.name.ends_with(".shift") ? "feature_map.0." : t.name});
      }
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
  for (const Model& model : example_models()) {
    take_apart(model);
    const auto all = tensors_;
    for (const RawTensor& t : all) {
      tensors_ = all;
      std::vector<float> numbers(t.bytes.size() / 4, 1.0f);
      numbers.back() = std::numeric_limits<float>::quiet_NaN();
      std::vector<double> doubles(t.bytes.size() / 8, 1.0);
      doubles.back() = std::numeric_limits<double>::quiet_NaN();
      tensor(t.name).bytes = t.type == ElementType::kFloat64 ? std::as_bytes(std::span(doubles))
                                                             : std::as_bytes(std::span(numbers));
      SCOPED_TRACE(t.name);
      expect_refused({"nan", "position"}, ErrorKind::kFormat);
    }
  }
}

TEST_F(BrokenModel, ANewerVersionIsRefusedAsNewer) {
  facts_["format_version"] = "3";
  facts_.erase("class_map");  // whatever else a newer version may have changed
  expect_refused({"format_version", "at most 2", "got 3", "newer"}, ErrorKind::kUnsupported);
}

TEST_F(BrokenModel, ScalesAboveZeroAloneAreRead) {
  take_apart(test::linear_model());
  for (const float scale : {0.0f, -0.5f}) {
    const std::vector<float> scales = {1.0f, scale, 2.0f};
    tensor("prototypes.scale").bytes = std::as_bytes(std::span(scales));
    expect_refused({"prototypes.scale", "above 0"});
  }
}

std::string map_of_network(const std::string& network) {
  return R"({"kind":"network","float16_unseen_embeddings":true,"network":)" + network + "}";
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
      {"metric", "dot product", "dot product"},
      {"feature_map", "", "JSON"},
      {"feature_map", "{}", "feature_map: expected a list"},
      {"feature_map", "[]", "feature_map.0."},
      {"feature_map", R"([{"kind":"l2"}])", "feature_map.0."},
      {"feature_map", "[5]", "feature_map[0]"},
      {"feature_map", R"([{"kind":7}])", "feature_map[0].kind"},
      {"feature_map", R"([{"kind":"log"}])", "log"},
      {"feature_map", R"([{"kind":"standard","more":1}])", "feature_map[0]"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"minmax"}])", "feature_map.1.shift"},
      {"feature_map", R"([{"kind":"affine","in":6,"out":6}])", "feature_map.0.weight"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"affine","in":6}])", "feature_map[1]"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"affine","in":6,"out":-1}])", "[1].out"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"power","exponent":0}])", "1.exponent"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"power","exponent":-0.5}])", "1.exponent"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"power","exponent":"1"}])", "[1].exponent"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"power","exponent":1e99}])", "[1].exponent"},
      {"feature_map", R"([{"kind":"standard"},{"kind":"power"}])", "feature_map[1]"},
      {"class_map", "", "JSON"},
      {"class_map", "[]", "network, linear, identity, kernel or mlp"},
      {"class_map", R"({"kind":"forest"})", "network, linear, identity, kernel or mlp"},
      {"class_map", R"({"kind":"kernel"})", "the members kind, space, dim"},
      {"class_map", R"({"kind":"network"})", "members"},
      {"class_map", R"({"kind":"linear","space":"attribute","dim":3,"unit_rows":true})", "members"},
      {"class_map", R"({"kind":"identity","space":"attribute","dim":3})", "members"},
      {"class_map",
       R"({"kind":"linear","space":"attribute","dim":3,"unit_rows":true,"prototype_dim":6})",
       "class_map.weight"},
      {"class_map",
       R"({"kind":"identity","space":"attribute","dim":3,"unit_rows":true})",
       "fc1.bias"},
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
       "field class_map"},
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
    const bool is_network = std::string_view(c.key) == "network";  // a part of the class map
    facts_[is_network ? "class_map" : c.key] = is_network ? map_of_network(c.value) : c.value;
    expect_refused({c.message});
  }
}

TEST_F(BrokenModel, DeepNestingIsRefusedWithoutFollowingIt) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const auto all = facts_;
  facts_["class_map"] = deep;
  expect_refused({"field class_map", "network, linear, identity, kernel or mlp"});
  facts_["class_map"] = map_of_network(deep);
  expect_refused({"class_map.network", "an object"});
  facts_ = all;
  facts_["feature_map"] = deep;
  expect_refused({"feature_map[0]"});
  std::string maps = "[]";
  for (int i = 0; i < 5; ++i) maps = R"([{"kind":"side_by_side","maps":[)" + maps + "]}]";
  facts_["feature_map"] = maps;
  expect_refused({"maps[0][0].maps[0][0]", "at most 4 deep"});
}

// Of the kernel model's class map or feature map, some text put for another.
TEST_F(BrokenModel, BrokenPartsOfAKernelModelAreNamed) {
  const struct {
    const char* key;
    const char* from;
    const char* to;
    const char* message;
  } kCases[] = {
      {"class_map", R"("dim":3)", R"("dim":4)", "class_map.support"},
      {"class_map", R"("dim":3)", R"("dim":0)", "class_map.support"},
      {"class_map", R"("kind":"centred")", R"("kind":"cubic")", "class_map.kernel: kernel"},
      {"class_map", R"("kind":"centred")", R"("kind":"linear")", "class_map.centre"},
      {"class_map", R"("scale":)", R"("scale":-)", "kernel.scale: expected a finite number above"},
      {"class_map", R"("scale":)", R"("size":)", "class_map.kernel: expected the members"},
      {"class_map", R"("coordinates":4)", R"("coordinates":5)", "class_map.coefficients"},
      {"class_map", R"("coordinates":4)", R"("coordinates":-4)", "class_map.coordinates"},
      {"class_map", R"("feature_dim":5)", R"("feature_dim":6)", "class_map.basis"},
      {"class_map", R"("nearest":2)", R"("nearest":3)", "hub.nearest: expected a number of 1 .. 2"},
      {"class_map", R"("nearest":2)", R"("nearest":0)", "hub.nearest: expected a number of 1 .. 2"},
      {"class_map", R"("hub":{"weight":)", R"("hub":{"weight":-)", "hub.weight: expected"},
      {"class_map", R"("hub":)", R"("hubs":)", "and maybe hub, gaussian, unit_prototypes"},
      {"class_map", R"("hub":{)", R"("hub":{"more":1,)", "class_map.hub: expected the members"},
      {"class_map", R"("weight":0.125)", R"("weight":0)", "gaussian.weight: expected"},
      {"class_map", R"("weight":0.125)", R"("weight":1e99)", "gaussian.weight: expected"},
      {"class_map", R"("ridge":)", R"("ridge":-)", "gaussian.ridge: expected"},
      {"class_map", R"("unit_variance":0.7)", R"("unit_variance":0)", "gaussian.unit_variance"},
      {"class_map", R"("strength":)", R"("strength":-)", "gaussian.strength: expected"},
      {"class_map", R"("exponent":)", R"("exponent":-)", "gaussian.exponent: expected"},
      {"class_map", R"("ridge":)", R"("share":true,"ridge":)", "class_map.gaussian.share"},
      {"class_map", R"("ridge":)", R"("share":1,"ridge":)", "true or false"},
      {"class_map", R"("ridge":)", R"("log_determinant":-1,"ridge":)", "gaussian.log_determinant"},
      {"class_map", R"("space":)", R"("unit_prototypes":0,"space":)", "true or false"},
      {"class_map", R"("feature_dim":5)", R"("feature_dim":0)", "class_map.basis"},
      {"class_map", R"("classes":["zebra",)", R"("classes":[)", "class_map.support"},
      {"class_map", R"(["zebra",)", R"([7,)", "class_map.classes[0]"},
      {"class_map", R"("space":"attribute")", R"("space":"word")", "word"},
      {"feature_map", R"({"kind":"with_squares"})", R"({"kind":"l2"})", "expected 13 dimensions"},
      {"feature_map", R"("with_squares")", R"("with_cubes")", "with_cubes"},
      {"feature_map", R"("in":6,"out":4)", R"("in":5,"out":4)", "feature_map.1.1.0.weight"},
      {"feature_map", R"("maps":[)", R"("maps":7,"more":[)", "the members kind, maps"},
      {"feature_map", R"("maps":[)", R"("maps":[7,)", "feature_map[1].maps[0]"},
      {"feature_map", R"("maps":[)", R"("maps":[[],)", "feature_map.1.1"},
      {"gamma", "0.5", "more", "gamma"},
      {"gamma", "0.5", "1e99", "gamma"},
  };
  take_apart(test::kernel_model());
  const auto all = facts_;
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    facts_ = all;
    std::string& text = facts_[c.key];
    const auto place = text.find(c.from);
    ASSERT_NE(place, std::string::npos) << text;
    text.replace(place, std::string_view(c.from).size(), c.to);
    expect_refused({c.message});
  }
}

// Of the class map of layers, some text put for another.
TEST_F(BrokenModel, BrokenPartsOfAnMlpAreNamed) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } kCases[] = {
      {R"("dim":3)", R"("dim":4)", "class_map.0.weight"},
      {R"("unit_rows":true)", R"("unit_rows":1)", "class_map.unit_rows"},
      {R"("out":4)", R"("out":5)", "class_map.0.weight"},
      {R"("out":4)", R"("out":-4)", "class_map.layers[0].out"},
      {R"("out":4)", R"("out":9000000000000000000)", "class_map.0.weight"},
      {R"("out":4)", R"("in":4)", "the members out, activation"},
      {R"("tanh")", R"("sine")", "class_map.layers[1]"},
      {R"("layers":[)", R"("layers":[7,)", "class_map.layers[0]"},
      {R"("layers":[)", R"("layers":[{"out":3,"activation":"relu"},)", "class_map.0.weight"},
      {R"("layers":[)", R"("layers":[],"more":[)", "members"},
      {R"("space":"attribute")", R"("space":"word")", "word"},
  };
  take_apart(test::mlp_model());
  const auto all = facts_;
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    facts_ = all;
    std::string& text = facts_["class_map"];
    const auto place = text.find(c.from);
    ASSERT_NE(place, std::string::npos) << text;
    text.replace(place, std::string_view(c.from).size(), c.to);
    expect_refused({c.message});
  }
  facts_ = all;
  std::string& text = facts_["class_map"];
  text = text.substr(0, text.find('[')) + "[]}";
  expect_refused({"class_map.layers", "at least one layer"});
}

// Of the spaces that are joined.
TEST_F(BrokenModel, BrokenPartsOfAJoinAreNamed) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } kCases[] = {
      {R"("weight":0.25)", R"("weight":0.5)", "weights of sum 1, got 1.25"},
      {R"("weight":0.25)", R"("weight":-0.25)", "a finite number above 0"},
      {R"("weight":0.25)", R"("weight":"0.25")", "space_join[0].weight"},
      {R"("weight":0.25)", R"("gain":0.25)", "the members space, dim, weight"},
      {R"("dim":4)", R"("dim":5)", "a class map that takes word+attribute, 8 wide"},
      {R"("dim":4)", R"("dim":9000000000000000000)", "space join: dim"},
      {R"("space":"word")", R"("space":"attribute")", "each space once"},
      {R"("space":"word")", R"("space":"sketch")", "sketch+attribute"},
      {"[{", "[7,{", "space_join[0]"},
  };
  take_apart(test::joined_model());
  const auto all = facts_;
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    facts_ = all;
    std::string& text = facts_["space_join"];
    const auto place = text.find(c.from);
    ASSERT_NE(place, std::string::npos) << text;
    text.replace(place, std::string_view(c.from).size(), c.to);
    expect_refused({c.message});
  }
  for (const auto& [text, message] :
       {std::pair{"[]", "at least one space"}, {"{}", "space_join"}}) {
    facts_["space_join"] = text;
    expect_refused({message});
  }
}

// Of maps side by side and of a hub correction.
TEST_F(BrokenModel, BrokenPartsOfAnEnsembleAreNamed) {
  const struct {
    const char* key;
    const char* from;
    const char* to;
    const char* message;
  } kCases[] = {
      {"class_map", R"("weight":0.5)", R"("weight":0)", "class map: weight"},
      {"class_map", R"("weight":0.5)", R"("weight":"0.5")", "class_map.members[0].weight"},
      {"class_map", R"("weight":0.5)", R"("share":0.5)", "the members map, metric, weight"},
      {"class_map", R"("metric":"cosine")", R"("metric":"hamming")", "class_map.members[0].metric"},
      {"class_map", R"("centred":true)", R"("centred":1)", "class_map.members[2].centred"},
      {"class_map", R"("centred":true)", R"("centred":false)", "class_map.2.midpoint"},
      {"class_map", R"("kind":"linear")", R"("kind":"side_by_side")", "class_map.members[2].map"},
      {"class_map", R"("members":[)", R"("members":[7,)", "class_map.members[0]"},
      {"class_map", R"("weight":0.25,"space_join")", R"("weight":-0.25,"space_join")", "above 0"},
      {"metric", "dot", "euclidean", "metric: expected dot"},
  };
  take_apart(test::ensemble_model());
  const auto all = facts_;
  for (const auto& c : kCases) {
    SCOPED_TRACE(std::string(c.from) + " -> " + c.to);
    facts_ = all;
    std::string& text = facts_[c.key];
    const auto place = text.find(c.from);
    ASSERT_NE(place, std::string::npos) << text;
    text.replace(place, std::string_view(c.from).size(), c.to);
    expect_refused({c.message});
  }
  facts_ = all;
  facts_["class_map"] = R"({"kind":"side_by_side","members":[]})";
  expect_refused({"at least one member"});
  facts_ = all;
  facts_["hub_correction"] = R"({"metric":"dot","weight":1,"nearest":1,"bank":4})";
  expect_refused({"class_map.bank"});
}

TEST_F(BrokenModel, BrokenPartsOfAHubCorrectionAreNamed) {
  const struct {
    const char* text;
    const char* message;
  } kCases[] = {
      {R"({"metric":"dot","weight":0.3,"nearest":2,"bank":4})",
       "hub correction: metric: expected cosine"},
      {R"({"metric":"cosine","weight":0,"nearest":2,"bank":4})", "hub correction: weight"},
      {R"({"metric":"cosine","weight":-1,"nearest":2,"bank":4})", "hub correction: weight"},
      {R"({"metric":"cosine","weight":0.3,"nearest":0,"bank":4})", "a number of 1 .. 4"},
      {R"({"metric":"cosine","weight":0.3,"nearest":5,"bank":4})", "a number of 1 .. 4"},
      {R"({"metric":"cosine","weight":0.3})", "the members metric, weight, nearest, bank"},
      {R"({"metric":"cosine","weight":0.3,"nearest":2,"bank":5})", "class_map.bank"},
      {"[]", "hub_correction"},
      {"{", "hub_correction"},
  };
  take_apart(test::corrected_model());
  const auto all = facts_;
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.text);
    facts_ = all;
    facts_["hub_correction"] = c.text;
    expect_refused({c.message});
  }
  facts_ = all;
  facts_.erase("hub_correction");
  expect_refused({"class_map.bank"});
}

TEST_F(BrokenModel, NumbersOfAKernelMapBeyondTheirRangeAreRefused) {
  const struct {
    const char* name;
    float value;
    const char* message;
  } kCases[] = {{"class_map.support", 7.0f, "a norm of 1 or 0"},
                {"class_map.hub.seen", 0.5f, "a norm of 1 or 0"},
                {"class_map.gaussian.residual", -0.5f, "at least 0"},
                {"class_map.gaussian.own_variance", 0.0f, "above 0"}};
  take_apart(test::kernel_model());
  const auto all = tensors_;
  for (const auto& c : kCases) {
    tensors_ = all;
    std::vector<float> numbers(tensor(c.name).bytes.size() / 4, 1.0f);
    numbers[0] = c.value;
    tensor(c.name).bytes = std::as_bytes(std::span(numbers));
    expect_refused({c.name, c.message});
  }
}

TEST_F(BrokenModel, ACentreOfAnotherTypeIsRefused) {
  take_apart(test::kernel_model());
  tensor("class_map.centre").type = ElementType::kFloat32;
  tensor("class_map.centre").shape = {6};
  expect_refused({"class_map.centre", "float64", "float32"});
}

}  // namespace
}  // namespace dem
