#include "dem/exchange/model_file.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "exchange/example_models.h"
#include "exchange/same_model.h"
#include "io/safetensors.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::example_model;
using test::example_models;
using test::expect_error;
using test::expect_same;
using test::read_bytes;
using test::same_bits;
using test::TemporaryFolder;

void set_scaling(Model& model, FeatureScaling scaling) {
  model.feature_map = FeatureMap(std::move(scaling));
}

TEST(ModelFile, EveryFieldOfAModelRoundTrips) {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  for (const Model& model : example_models()) {
    SCOPED_TRACE(model.class_map.to_string());
    save_model(model, path);
    expect_same(load_model(path), model);
  }
}

TEST(ModelFile, TemperatureAndNamesOfDimensionsRoundTrip) {
  const TemporaryFolder folder;
  Model model = example_model();
  model.temperature = 0.1f;
  model.rejection = {{{0.1, 1.0 / 3.0, 1.0}, {0.25, 0.75, 0.1}}, 120, 10, 12};
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
  const RejectionCurve curve{{{0.1, 0.5, 1.0}}, 120, 10, 12};
  refused("rejection: expected a temperature with it", [&](Model& m) { m.rejection = curve; });
  refused("rejection curve: expected images, got 0", [&](Model& m) {
    m.temperature = 1.0f;
    m.rejection = curve;
    m.rejection.num_images = 0;
  });
  refused("2 spaces", [](Model& m) { m.classes.dimension_names = {{}}; });
  refused("attribute: expected 3 names, got 2", [](Model& m) {
    m.classes.dimension_names = {{}, {"a", "b"}};
  });
}

TEST(ModelFile, SavingWhatWasLoadedGivesTheSameBytes) {
  const TemporaryFolder folder;
  for (const Model& model : example_models()) {
    save_model(model, folder.file("1"));
    save_model(load_model(folder.file("1")), folder.file("2"));
    EXPECT_EQ(read_bytes(folder.file("1")), read_bytes(folder.file("2")));
  }
}

TEST(ModelFile, BytesInMemoryAreThoseOfTheFile) {
  const TemporaryFolder folder;
  for (const Model& model : example_models()) {
    SCOPED_TRACE(model.class_map.to_string());
    save_model(model, folder.file("a"));
    const std::string bytes = model_to_bytes(model);
    EXPECT_EQ(bytes, read_bytes(folder.file("a")));
    expect_same(model_from_bytes(std::as_bytes(std::span(bytes))), model);
  }
}

TEST(ModelFile, BytesThatAreNoModelAreRefused) {
  std::string bytes = model_to_bytes(example_model());
  expect_error(ErrorKind::kFormat, {"model in memory"}, [&] {
    (void)model_from_bytes(std::as_bytes(std::span(bytes)).first(bytes.size() - 1));
  });
  expect_error(ErrorKind::kFormat, {"model in memory"}, [] { (void)model_from_bytes({}); });
  Model model = example_model();
  model.prototypes.rows = Matrix<float>();
  expect_error(ErrorKind::kInvalidArgument, {"prototypes"}, [&] { (void)model_to_bytes(model); });
}

// A step that one after it undoes, one that widens, two affine maps next to each other.
TEST(ModelFile, LongChainsOfFeatureMapsRoundTrip) {
  const TemporaryFolder folder;
  Model model = test::identity_model();
  model.feature_map = FeatureMap();
  model.feature_map.add(PowerMap{2.0f});
  model.feature_map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  model.feature_map.add(AffineMap{test::filled_matrix(9, 4, 1.0f), test::filled_vector(9, 2.0f)});
  model.feature_map.add(AffineMap{test::filled_matrix(3, 9, 3.0f), test::filled_vector(3, 4.0f)});
  model.feature_map.add(
      FeatureScaling{ScalingKind::kMinMax, {0.5f, -1.0f, 0.0f}, {1.0f, 2.0f, 0.25f}});
  model.feature_map.add(PowerMap{1e-3f});
  save_model(model, folder.file("a"));
  const Model loaded = load_model(folder.file("a"));
  expect_same(loaded, model);
  EXPECT_EQ(loaded.feature_dim(), 4);
}

TEST(ModelFile, EveryOutputActivationAndManyInputsRoundTrip) {
  const TemporaryFolder folder;
  for (const Activation activation : {Activation::kIdentity, Activation::kTanh}) {
    Model model = example_model();
    test::set_network(
        model,
        test::example_network(
            {.inputs = {{"word", 4, 1.0f}, {"attribute", 3, 0.5f}, {"sketch", 2, -2.0f}},
             .hidden_dim = 5,
             .feature_dim = 6,
             .hidden_activation = Activation::kIdentity,
             .output_activation = activation}));
    model.classes.spaces.emplace_back("sketch");
    model.classes.embeddings.push_back(test::filled_matrix(3, 2, 1.5f));
    save_model(model, folder.file("a"));
    expect_same(load_model(folder.file("a")), model);
  }
}

TEST(ModelFile, EveryKindOfScalingMetricAndNetworkRoundTrips) {
  const TemporaryFolder folder;
  for (const ScalingKind kind :
       {ScalingKind::kNone, ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2}) {
    for (const Activation activation :
         {Activation::kRelu, Activation::kTanh, Activation::kScaledTanh}) {
      Model model = example_model();
      NetworkSpec spec = test::fusion_spec();
      spec.hidden_activation = activation;
      spec.inputs.pop_back();
      if (kind == ScalingKind::kL2) spec.hidden_dim = 0;
      test::set_network(model, test::example_network(spec), false);
      model.metric = Metric::kEuclidean;
      FeatureScaling scaling = test::example_scaling();
      scaling.kind = kind;
      if (kind == ScalingKind::kNone || kind == ScalingKind::kL2) scaling = {kind, {}, {}};
      set_scaling(model, std::move(scaling));
      save_model(model, folder.file("a"));
      expect_same(load_model(folder.file("a")), model);
    }
  }
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
                                      "feature_map.0.factor float32 [6]",
                                      "feature_map.0.shift float32 [6]",
                                      "prototypes float32 [3, 6]"}));
  const std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  EXPECT_EQ(facts.at("format"), "dem model");
  EXPECT_EQ(facts.at("format_version"), "2");
  EXPECT_EQ(facts.at("metric"), "cosine");
  EXPECT_EQ(facts.at("feature_map"), R"([{"kind":"standard"}])");
  EXPECT_EQ(facts.at("provenance.recipe"), "gbu");
  const auto map = nlohmann::json::parse(facts.at("class_map"));
  EXPECT_EQ(map.at("kind"), "network");
  EXPECT_EQ(map.at("float16_unseen_embeddings"), true);
  EXPECT_EQ(map.at("network").at("inputs").at(1).at("space"), "attribute");
  EXPECT_EQ(nlohmann::json::parse(facts.at("classes")).at("seen").at(1), false);
}

TEST(ModelFile, OtherKindsAreNamedAsDocumented) {
  const TemporaryFolder folder;
  save_model(test::linear_model(), folder.file("a"));
  const SafetensorsFile linear(folder.file("a"));
  std::vector<std::string> shapes;
  for (const ArrayInfo& info : linear.arrays()) shapes.push_back(info.name + " " + to_string(info));
  EXPECT_EQ(shapes,
            (std::vector<std::string>{"class_map.bias float32 [5]",
                                      "class_map.weight float32 [5, 3]",
                                      "classes.attribute float32 [3, 3]",
                                      "feature_map.1.bias float32 [5]",
                                      "feature_map.1.weight float32 [5, 6]",
                                      "prototypes float32 [3, 5]",
                                      "prototypes.offset float32 [3]",
                                      "prototypes.scale float32 [3]"}));
  std::map<std::string, std::string> facts(linear.metadata().begin(), linear.metadata().end());
  EXPECT_EQ(facts.at("metric"), "dot");
  EXPECT_EQ(facts.at("class_map"),
            R"({"kind":"linear","space":"attribute","dim":3,"unit_rows":true,"prototype_dim":5})");
  EXPECT_EQ(facts.at("feature_map"),
            R"([{"kind":"l2"},{"kind":"affine","in":6,"out":5},{"kind":"l2"}])");
  save_model(test::identity_model(), folder.file("b"));
  const SafetensorsFile identity(folder.file("b"));
  facts = {identity.metadata().begin(), identity.metadata().end()};
  EXPECT_EQ(facts.at("class_map"),
            R"({"kind":"identity","space":"attribute","dim":3,"unit_rows":false})");
  const auto steps = nlohmann::json::parse(facts.at("feature_map"));
  EXPECT_EQ(steps.at(1).at("kind"), "power");
  EXPECT_EQ(steps.at(1).at("exponent").get<float>(), 0.3f);
  EXPECT_EQ(identity.find("class_map.weight"), nullptr);
}

TEST(ModelFile, ParametersAreTheLayersOfTheNetwork) {
  const Model model = example_model();
  const TemporaryFolder folder;
  save_model(model, folder.file("a"));
  const auto file = ArrayFile::open(folder.file("a"));
  const Network& network = *model.class_map.network();
  for (Index i = 0; i < network.num_layers(); ++i) {
    const std::string name = "fc" + std::to_string(i + 1) + ".weight";
    EXPECT_TRUE(same_bits(read_matrix(*file, file->require(name), 0), network.layer(i).weight))
        << name;
  }
}

TEST(ModelFile, OtherFilesAreCalledByTheirNames) {
  const TemporaryFolder folder;
  const std::string checkpoint = folder.file("train.ckpt");
  save_mindspore_checkpoint(*example_model().class_map.network(), checkpoint);
  expect_error(ErrorKind::kFormat, {checkpoint, "safetensors", "MindSpore checkpoint"}, [&] {
    (void)load_model(checkpoint);
  });
  const std::string csv = folder.write("a.csv", "1,2\n");
  expect_error(ErrorKind::kFormat, {csv, "safetensors", "CSV"}, [&] { (void)load_model(csv); });
  expect_error(ErrorKind::kIo, {"none"}, [&] { (void)load_model(folder.file("none")); });
}

TEST(ModelFile, AModelWhosePartsDoNotFitIsNotWritten) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const char* part, const std::function<void(Model&)>& spoil) {
    Model model = example_model();
    spoil(model);
    SCOPED_TRACE(part);
    expect_error(ErrorKind::kInvalidArgument, {part}, [&] { save_model(model, folder.file("a")); });
  };
  expect_refused("prototypes", [](Model& m) { m.prototypes.rows = Matrix<float>(); });
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
  expect_refused("feature_map.0.factor", [](Model& m) {
    FeatureScaling scaling = test::example_scaling();
    scaling.factor.pop_back();
    set_scaling(m, std::move(scaling));
  });
  expect_refused("feature_map.0.shift", [](Model& m) {
    FeatureScaling scaling = test::example_scaling();
    scaling.kind = ScalingKind::kL2;
    set_scaling(m, std::move(scaling));
  });
  expect_refused("network", [](Model& m) { m.class_map = ClassMap(); });
  expect_refused("prototypes.scale", [](Model& m) { m.prototypes.scale = {1.0f, 1.0f}; });
  expect_refused("prototypes.scale", [](Model& m) { m.prototypes.scale = {1.0f, 0.0f, 1.0f}; });
  expect_refused("prototypes.offset", [](Model& m) { m.prototypes.offset = {1.0f}; });
  Network network = test::example_network(test::fusion_spec());
  network.parameters()[3] = std::numeric_limits<float>::infinity();
  Model model = example_model();
  test::set_network(model, std::move(network));
  expect_error(ErrorKind::kNumerical, {"parameters", "position 3"}, [&] {
    save_model(model, folder.file("a"));
  });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ModelFile, AModelWhoseMapsDoNotFitIsNotWritten) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const char* part, const std::function<void(Model&)>& spoil) {
    Model model = test::linear_model();
    spoil(model);
    SCOPED_TRACE(part);
    expect_error(ErrorKind::kInvalidArgument, {part}, [&] { save_model(model, folder.file("a")); });
  };
  const auto affine = [](Index out, Index in, Index bias) {
    return AffineMap{test::filled_matrix(out, in, 1.0f), test::filled_vector(bias, 2.0f)};
  };
  const auto linear = [](Index out, Index in, Index bias) {
    return ClassMap(LinearMap{{"attribute", 3},
                              true,
                              test::filled_matrix(out, in, 1.0f),
                              test::filled_vector(bias, 2.0f)});
  };
  expect_refused("step 4 (affine 4 -> 5)", [&](Model& m) { m.feature_map.add(affine(5, 4, 5)); });
  expect_refused("feature_map: expected 5", [&](Model& m) { m.feature_map.add(affine(4, 5, 4)); });
  expect_refused("feature_map.3.bias", [&](Model& m) { m.feature_map.add(affine(5, 5, 4)); });
  expect_refused("feature_map.3.weight", [&](Model& m) { m.feature_map.add(AffineMap{}); });
  expect_refused("feature_map.3.exponent", [](Model& m) { m.feature_map.add(PowerMap{-1.0f}); });
  expect_refused("feature_map.3.exponent", [](Model& m) {
    m.feature_map.add(PowerMap{std::numeric_limits<float>::infinity()});
  });
  expect_refused("feature_map.3.shift", [](Model& m) {
    m.feature_map.add(FeatureScaling{ScalingKind::kMinMax, {}, {}});
  });
  expect_refused("class_map.weight", [&](Model& m) { m.class_map = linear(5, 4, 5); });
  expect_refused("class_map.bias", [&](Model& m) { m.class_map = linear(5, 3, 6); });
  expect_refused("weight", [&](Model& m) { m.class_map = linear(0, 3, 0); });
  expect_refused("feature_map: expected 4", [&](Model& m) { m.class_map = linear(4, 3, 4); });
  expect_refused("sketch", [](Model& m) { m.class_map = ClassMap(IdentityMap{{"sketch", 5}}); });
  expect_refused("width 5", [](Model& m) {
    m.class_map = ClassMap(IdentityMap{{"attribute", 5}});
  });
  expect_refused("dim", [](Model& m) { m.class_map = ClassMap(IdentityMap{{"attribute", 0}}); });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(ModelFile, AJoinThatDoesNotFitIsNotWritten) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const char* part, SpaceJoin join) {
    Model model = test::joined_model();
    model.class_map.set_join(std::move(join));
    SCOPED_TRACE(part);
    expect_error(ErrorKind::kInvalidArgument, {"space join", part}, [&] {
      save_model(model, folder.file("a"));
    });
  };
  const SpaceJoin good = *test::joined_model().class_map.join();
  ASSERT_EQ(good.parts.size(), 2u);
  expect_refused("at least one space", {});
  SpaceJoin join = good;
  join.parts[1].weight = -0.75;
  expect_refused("weight: expected a finite number above 0, got -0.75", join);
  join.parts[1].weight = 0.5;
  expect_refused("weights of sum 1, got 0.75", join);
  join = good;
  join.parts[1].input = join.parts[0].input;
  expect_refused("each space once", join);
  join = good;
  std::swap(join.parts[0], join.parts[1]);
  expect_refused("a class map that takes", join);
  join = good;
  ++join.parts[0].input.dim;
  expect_refused("a class map that takes", join);
  Model network = test::example_model();
  network.class_map.set_join(good);
  expect_error(ErrorKind::kInvalidArgument, {"space join", "network"}, [&] {
    save_model(network, folder.file("a"));
  });
  EXPECT_EQ(folder.entries(), 0);
}

// A kernel map of every kind, with and without its terms.
TEST(ModelFile, EveryKindOfKernelMapRoundTrips) {
  const TemporaryFolder folder;
  for (const KernelKind kind : {KernelKind::kLinear, KernelKind::kQuartic, KernelKind::kGaussian}) {
    for (const bool hub : {false, true}) {
      Model model = test::kernel_model();
      KernelMap map = test::example_kernel_map();
      map.kernel = {kind, {}, 0.1 + 0.2};
      if (!hub) map.hub.reset();
      map.gaussian.reset();
      model.class_map = ClassMap(std::move(map));
      model.feature_map = FeatureMap();
      model.prototypes.rows = test::filled_matrix(3, 5, 8.0f);
      model.gamma = 0.0f;
      save_model(model, folder.file("a"));
      expect_same(load_model(folder.file("a")), model);
    }
  }
}

// Prototypes for distances, and a score that is a Gaussian term alone.
TEST(ModelFile, KernelMapsOfOtherScoresRoundTrip) {
  const TemporaryFolder folder;
  Model model = test::kernel_model();
  KernelMap map = test::example_kernel_map();
  map.unit_prototypes = false;
  map.hub.reset();
  map.gaussian->log_determinant = 0.1;
  model.class_map = ClassMap(map.clone());
  save_model(model, folder.file("a"));
  expect_same(load_model(folder.file("a")), model);
  map.unit_prototypes = true;
  map.gaussian->share = map.gaussian->own_variance.clone();
  map.coefficients = Matrix<float>();
  map.own = Matrix<float>();
  map.basis = Matrix<float>(4, 0);
  model.class_map = ClassMap(std::move(map));
  model.feature_map = FeatureMap();
  model.feature_map.add(AffineMap{test::filled_matrix(4, 6, 6.0f), test::filled_vector(4, 7.0f)});
  model.feature_map.add(WithSquares{});
  model.prototypes.rows = test::filled_matrix(3, 8, 8.0f);
  save_model(model, folder.file("b"));
  expect_same(load_model(folder.file("b")), model);
  const SafetensorsFile file(folder.file("b"));
  const std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  const auto json = nlohmann::json::parse(facts.at("class_map"));
  EXPECT_EQ(json.at("feature_dim"), 0);
  EXPECT_EQ(json.at("gaussian").at("share"), true);
  EXPECT_EQ(json.at("gaussian").at("log_determinant"), 0.1);
  EXPECT_FALSE(json.contains("unit_prototypes"));
}

TEST(ModelFile, AKernelModelIsNamedAsDocumented) {
  const TemporaryFolder folder;
  save_model(test::kernel_model(), folder.file("a"));
  const SafetensorsFile file(folder.file("a"));
  std::vector<std::string> shapes;
  for (const ArrayInfo& info : file.arrays()) shapes.push_back(info.name + " " + to_string(info));
  EXPECT_EQ(shapes,
            (std::vector<std::string>{"class_map.centre float64 [3]",
                                      "class_map.basis float32 [4, 5]",
                                      "class_map.coefficients float32 [2, 4]",
                                      "class_map.gaussian.coefficients float32 [2, 4]",
                                      "class_map.gaussian.own_mean float32 [2, 4]",
                                      "class_map.gaussian.own_variance float32 [2, 4]",
                                      "class_map.gaussian.residual float32 [4]",
                                      "class_map.gaussian.root float32 [2, 2]",
                                      "class_map.hub.seen float32 [2, 4]",
                                      "class_map.own float32 [2, 4]",
                                      "class_map.support float32 [2, 3]",
                                      "classes.attribute float32 [3, 3]",
                                      "feature_map.1.0.0.bias float32 [5]",
                                      "feature_map.1.0.0.weight float32 [5, 6]",
                                      "feature_map.1.1.0.bias float32 [4]",
                                      "feature_map.1.1.0.weight float32 [4, 6]",
                                      "prototypes float32 [3, 13]",
                                      "prototypes.offset float32 [3]"}));
  const std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  EXPECT_EQ(facts.at("gamma"), "0.5");
  EXPECT_EQ(facts.at("feature_map"),
            R"([{"kind":"l2"},{"kind":"side_by_side","maps":[)"
            R"([{"kind":"affine","in":6,"out":5},{"kind":"l2"}],)"
            R"([{"kind":"affine","in":6,"out":4},{"kind":"with_squares"}]]}])");
  const auto map = nlohmann::json::parse(facts.at("class_map"));
  EXPECT_EQ(map.at("kernel").at("kind"), "centred");
  EXPECT_EQ(map.at("kernel").at("scale").get<double>(), 4.0 / 3.0);
  EXPECT_EQ(map.at("coordinates"), 4);
  EXPECT_EQ(map.at("feature_dim"), 5);
  EXPECT_EQ(map.at("hub").at("nearest"), 2);
  EXPECT_EQ(map.at("gaussian").at("weight"), 0.125);
  EXPECT_EQ(map.at("classes").at(0), "zebra");
}

TEST(ModelFile, AnMlpModelWhosePartsDoNotFitIsNotWritten) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const char* part, const std::function<void(MlpMap&)>& spoil) {
    Model model = test::mlp_model();
    MlpMap map = std::get<MlpMap>(model.class_map.clone().kind()).clone();
    spoil(map);
    model.class_map = ClassMap(std::move(map));
    expect_error(ErrorKind::kInvalidArgument, {part}, [&] { save_model(model, folder.file("a")); });
  };
  expect_refused("layers: expected at least one", [](MlpMap& m) { m.layers.clear(); });
  expect_refused("class_map.0.weight: expected at least one row",
                 [](MlpMap& m) { m.layers[0].weight = Matrix<float>(); });
  expect_refused("class_map.1.weight: expected [2, 4]",
                 [](MlpMap& m) { m.layers[1].weight = Matrix<float>(2, 3); });
  expect_refused("class_map.2.bias: expected 6", [](MlpMap& m) { m.layers[2].bias.pop_back(); });
  expect_refused("feature_map: expected 2", [](MlpMap& m) { m.layers.pop_back(); });
  Model model = test::mlp_model();
  MlpMap map = std::get<MlpMap>(model.class_map.kind()).clone();
  map.layers[1].weight(1, 3) = std::numeric_limits<float>::quiet_NaN();
  model.class_map = ClassMap(std::move(map));
  expect_error(ErrorKind::kNumerical, {"class_map.1.weight: row 1", "nan"}, [&] {
    save_model(model, folder.file("a"));
  });
}

TEST(ModelFile, AKernelModelWhosePartsDoNotFitIsNotWritten) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const char* part, const std::function<void(KernelMap&)>& spoil) {
    Model model = test::kernel_model();
    KernelMap map = test::example_kernel_map();
    spoil(map);
    model.class_map = ClassMap(std::move(map));
    expect_error(ErrorKind::kInvalidArgument, {part}, [&] { save_model(model, folder.file("a")); });
  };
  const Matrix<float> small = test::filled_units(1, 1, 1.0f);
  expect_refused("classes: expected at least one", [](KernelMap& m) { m.names.clear(); });
  expect_refused("UTF-8", [](KernelMap& m) { m.names[1] = "\xff"; });
  expect_refused("class_map.support", [](KernelMap& m) { m.names.emplace_back("more"); });
  expect_refused("class_map.support", [&](KernelMap& m) { m.support = small.clone(); });
  expect_refused("class_map.coefficients", [&](KernelMap& m) { m.coefficients = small.clone(); });
  expect_refused("class_map.own", [&](KernelMap& m) { m.own = small.clone(); });
  expect_refused("class_map.basis", [](KernelMap& m) { m.basis = Matrix<float>(); });
  expect_refused("class_map.centre", [](KernelMap& m) { m.kernel.centre.pop_back(); });
  expect_refused("class_map.centre", [](KernelMap& m) { m.kernel.kind = KernelKind::kQuartic; });
  expect_refused("kernel.scale", [](KernelMap& m) { m.kernel.scale = 0.0; });
  expect_refused("hub.weight", [](KernelMap& m) { m.hub->weight = 0.0f; });
  expect_refused("class_map.hub.seen", [&](KernelMap& m) { m.hub->seen = small.clone(); });
  expect_refused("gaussian.root", [&](KernelMap& m) { m.gaussian->root = small.clone(); });
  expect_refused("gaussian.residual", [](KernelMap& m) { m.gaussian->residual.pop_back(); });
  expect_refused("gaussian.own_mean", [&](KernelMap& m) { m.gaussian->own_mean = small.clone(); });
  expect_refused("gaussian.own_variance",
                 [](KernelMap& m) { m.gaussian->own_variance(1, 2) = 0.0f; });
  expect_refused("gaussian.share", [&](KernelMap& m) { m.gaussian->share = small.clone(); });
  expect_refused("gaussian.share",
                 [](KernelMap& m) { m.gaussian->share = test::filled_matrix(2, 4, 4.0f); });
  expect_refused("gaussian.log_determinant",
                 [](KernelMap& m) { m.gaussian->log_determinant = -1.0; });
  expect_refused("class_map.basis", [](KernelMap& m) { m.basis = Matrix<float>(4, 0); });
  expect_refused("class_map.coefficients", [](KernelMap& m) {
    m.hub.reset();
    m.basis = Matrix<float>(4, 0);
  });
  expect_refused("feature_map: expected 5", [](KernelMap& m) { m.gaussian.reset(); });
  Model model = test::kernel_model();
  model.gamma = std::numeric_limits<float>::infinity();
  expect_error(
      ErrorKind::kInvalidArgument, {"gamma"}, [&] { save_model(model, folder.file("a")); });
  model = test::kernel_model();
  model.feature_map.add(SideBySide{});
  expect_error(ErrorKind::kInvalidArgument, {"feature_map.2: expected a map"}, [&] {
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
  for (const Model& model : example_models()) {
    test::expect_read_or_refused(model_to_bytes(model), 2000, [&](const std::string& bytes) {
      (void)load_model(folder.write("a.safetensors", bytes));
    });
  }
}

}  // namespace
}  // namespace dem
