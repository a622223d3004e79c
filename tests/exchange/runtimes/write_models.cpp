// write_models FOLDER: exported models with inputs and what dem makes of them, for the runtimes
// that check_*.py, .js and .cpp drive. manifest.h has the files.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "dem/dem.h"
#include "exchange/runtimes/expected.h"
#include "exchange/runtimes/manifest.h"
#include "exchange/runtimes/models.h"
#include "exchange/runtimes/oracles.h"
#include "support/random_matrix.h"

namespace {

using dem::Index;
using dem::Matrix;
using dem::MatrixView;
using dem::Model;
using dem::test::Expected;
using dem::test::expected_of;
using dem::test::kFarDims;
using dem::test::kFeatureDim;
using dem::test::kNumClasses;
using dem::test::kTopK;
using dem::test::model_of;
using dem::test::scaling_of;
using dem::test::Writer;
using nlohmann::json;

// What the class map makes of descriptions, with a tolerance a row.
json prototypes_of(Writer& writer,
                   const dem::ClassMap& map,
                   const std::vector<Matrix<float>>& inputs) {
  if (map.network() != nullptr) {
    const std::vector<MatrixView<const float>> views(inputs.begin(), inputs.end());
    return writer.judged("prototypes",
                         map.network()->forward(views),
                         dem::test::embed_tolerance(*map.network(), inputs));
  }
  Matrix<float> prototypes(inputs[0].rows(), map.prototype_dim());
  std::vector<double> tolerance;
  for (Index i = 0; i < prototypes.rows(); ++i) {
    std::vector<std::span<const float>> rows;
    for (const Matrix<float>& input : inputs) rows.push_back(input.row(i));
    const auto expected = dem::test::embedded(map, rows);
    std::copy(expected.values.begin(), expected.values.end(), prototypes.row(i).begin());
    double largest = 0.0;  // and what rounding to a file adds
    for (const double value : expected.values) largest = std::max(largest, std::abs(value));
    tolerance.push_back(*std::max_element(expected.errors.begin(), expected.errors.end()) +
                        dem::test::kUnit * largest);
  }
  return writer.judged("prototypes", prototypes, tolerance);
}

// Of a map with offsets what dem makes of them, which tests/model checks: some units of rounding of
// sums of some hundred products.
std::vector<json> summed_outputs(Writer& writer,
                                 const dem::ClassMap& map,
                                 const std::vector<Matrix<float>>& inputs) {
  constexpr double kRelative = 1e-5;
  dem::ClassTable classes;
  for (Index c = 0; c < inputs[0].rows(); ++c) {
    classes.names.push_back(dem::concat("new ", c));
    classes.seen.push_back(false);
  }
  classes.spaces = map.spaces();
  for (const Matrix<float>& input : inputs) classes.embeddings.push_back(input.clone());
  const dem::Prototypes expected = map.mapped(classes);
  std::vector<double> of_rows, of_offsets;
  Matrix<float> offsets(classes.size(), 1);
  for (Index c = 0; c < classes.size(); ++c) {
    double largest = 1.0;
    for (const float value : std::as_const(expected.rows).row(c)) {
      largest = std::max(largest, std::abs(double{value}));
    }
    of_rows.push_back(kRelative * largest);
    if (expected.offset.empty()) continue;
    offsets(c, 0) = expected.offset[static_cast<std::size_t>(c)];
    of_offsets.push_back(kRelative * (10.0 + std::abs(double{offsets(c, 0)})));
  }
  std::vector<json> outputs = {writer.judged("prototypes", expected.rows, of_rows)};
  if (!expected.offset.empty()) outputs.push_back(writer.judged("offsets", offsets, of_offsets));
  return outputs;
}

bool is_summed(const dem::ClassMap& map) {
  return map.hub_correction() || std::holds_alternative<dem::MapsSideBySide>(map.kind());
}

json embed_run(Writer& writer, const dem::ClassMap& map, Index batch, dem::Rng& rng) {
  std::vector<Matrix<float>> inputs;
  json written = json::array();
  for (const dem::ClassInput& input : map.inputs()) {
    inputs.push_back(dem::test::normal_matrix(batch, input.dim, 1.0, rng));
    if (batch > 1) {
      for (float& value : inputs.back().row(1)) value = 0.0f;
    }
    written.push_back(
        writer.tensor(input.space == "attribute" ? "att" : input.space, inputs.back()));
  }
  if (is_summed(map))
    return {{"inputs", written}, {"outputs", summed_outputs(writer, map, inputs)}};
  return {{"inputs", written}, {"outputs", {prototypes_of(writer, map, inputs)}}};
}

json embed_case(
    Writer& writer, const Model& model, const std::string& mode, Index fixed, dem::Rng& rng) {
  const std::string name = fixed == 0 ? mode + "_any.onnx" : dem::concat(mode, "_", fixed, ".onnx");
  dem::export_onnx(model, {.batch_size = fixed}, writer.path(name));
  json runs = json::array();
  for (const Index batch : {1, 5, 1000}) {
    if (fixed == 0 || fixed == batch) {
      runs.push_back(embed_run(writer, model.class_map, batch, rng));
    }
  }
  const bool opencv = !is_summed(model.class_map);  // which has no TopK
  return {
      {"model", name}, {"graph", "embed"}, {"batch", fixed}, {"opencv", opencv}, {"runs", runs}};
}

json run_of(Writer& writer, const Expected& expected) {
  return {{"inputs", {writer.tensor("features", expected.features)}},
          {"outputs",
           {writer.judged("scores", expected.scores, expected.tolerance),
            writer.judged("probabilities", expected.probabilities, expected.softmax_tolerance),
            writer.judged("top_scores", expected.best, expected.tolerance),
            writer.tensor("top_ids", expected.scores)}}};
}

json classify_run(Writer& writer, const Model& model, Index batch, dem::Rng& rng) {
  const Expected expected = expected_of(model, dem::test::features_of(model, batch, rng));
  require_dem_agrees(model, expected);
  return run_of(writer, expected);
}

// Some classes of a model, in another order than it has them.
const std::vector<dem::ClassId> kSomeClasses = {31, 4, 18, 7, 25, 0, 12};

// A model of these alone: what a graph of them must be.
Model model_of_some(const Model& model) {
  Model some = model.clone();
  some.prototypes = dem::candidate_prototypes(model.prototypes, kSomeClasses);
  some.classes = {{}, {}, model.classes.spaces, {}};
  for (const Matrix<float>& all : model.classes.embeddings) {
    Matrix<float> rows(some.prototypes.rows.rows(), all.cols());
    for (Index i = 0; i < rows.rows(); ++i) {
      const auto from = all.row(kSomeClasses[static_cast<std::size_t>(i)]);
      std::copy(from.begin(), from.end(), rows.row(i).begin());
    }
    some.classes.embeddings.push_back(std::move(rows));
  }
  for (const dem::ClassId id : kSomeClasses) {
    some.classes.names.push_back(model.classes.names[static_cast<std::size_t>(id)]);
    some.classes.seen.push_back(model.classes.seen[static_cast<std::size_t>(id)]);
  }
  return some;
}

// 1 where a row is accepted, 0 where it is rejected, 0.5 where rounding decides.
json accepted_rows(Writer& writer, const Expected& expected, double reject_below) {
  Matrix<float> accepted(expected.features.rows(), 1);
  for (Index i = 0; i < accepted.rows(); ++i) {
    const auto row = expected.probabilities.row(i);
    const double lead = double{*std::max_element(row.begin(), row.end())} - reject_below;
    const double unsure =
        expected.softmax_tolerance[static_cast<std::size_t>(i)] + dem::test::kUnit;
    accepted(i, 0) = std::abs(lead) <= unsure ? 0.5f : lead > 0.0 ? 1.0f : 0.0f;
  }
  json entry = writer.tensor("accepted", accepted);
  entry["shape"] = {accepted.rows()};
  return entry;
}

// Graphs of some classes, which reject rows or do not.
void add_some_classes_cases(
    Writer& writer, const Model& model, const std::string& name, dem::Rng& rng, json& manifest) {
  const Model some = model_of_some(model);
  for (const double reject_below : {0.0, 0.55}) {
    const bool rejects = reject_below > 0.0;
    json entry{{"model", dem::concat("some_", rejects ? "reject_" : "", name, ".onnx")},
               {"graph", "classify"},
               {"batch", 0},
               {"opencv", false},
               {"classes", some.classes.names},
               {"reject_below", reject_below}};
    for (const Index batch : {1, 5, 1000}) {
      const Expected expected = expected_of(some, dem::test::features_of(some, batch, rng));
      require_dem_agrees(model, expected, kSomeClasses);
      entry["runs"].push_back(run_of(writer, expected));
      if (!rejects) continue;
      entry["runs"].back()["outputs"].push_back(accepted_rows(writer, expected, reject_below));
    }
    dem::export_onnx(model,
                     {.graph = dem::ExportGraph::kClassify,
                      .top_k = kTopK,
                      .candidates = kSomeClasses,
                      .reject_below = reject_below},
                     writer.path(entry["model"]));
    manifest.push_back(entry);
  }
}

// Two models, with and without the nearest classes, on the same features.
void add_classify_cases(Writer& writer,
                        const Model& model,
                        const std::string& name,
                        Index fixed,
                        dem::Rng& rng,
                        json& manifest) {
  json entry{{"graph", "classify"}, {"batch", fixed}, {"opencv", false}};
  for (const Index batch : {1, 5, 1000}) {
    if (fixed == 0 || fixed == batch) {
      entry["runs"].push_back(classify_run(writer, model, batch, rng));
    }
  }
  for (const Index k : {kTopK, Index{0}}) {
    entry["model"] = dem::concat(name, k > 0 ? "" : "_scores", fixed > 0 ? "_5" : "", ".onnx");
    if (k == 0) {
      entry["opencv"] = true;
      for (json& run : entry["runs"]) {
        run["outputs"] = json::array({run["outputs"][0], run["outputs"][1]});
      }
    }
    dem::export_onnx(model,
                     {.graph = dem::ExportGraph::kClassify, .batch_size = fixed, .top_k = k},
                     writer.path(entry["model"]));
    manifest.push_back(entry);
  }
}

// Prototypes with most of themselves in common, and all of it in the last dimensions, where some
// features lie far away: distances, and similarities, of a row are alike up to a thousandth or
// less, and what rounds them rounds probabilities beyond tolerance. So does |x|^2 - 2 x.p + |p|^2.
// The first has distances that overflow when they are divided by the temperature.
void add_extreme_cases(Writer& writer, Model& model, dem::Rng& rng, json& manifest) {
  model.feature_map = {};
  model.metric = dem::Metric::kEuclidean;
  model.temperature = 1e-36f;
  add_classify_cases(writer, model, "word_euclidean_none_cold", 0, rng, manifest);
  for (Index c = 0; c < kNumClasses; ++c) {
    const std::span<float> prototype = model.prototypes.rows.row(c);
    for (float& value : prototype) value += 1000.0f;
    std::fill(prototype.end() - kFarDims, prototype.end(), 1000.0f);
  }
  model.temperature = 500.0f;
  add_classify_cases(writer, model, "word_euclidean_none_shifted", 0, rng, manifest);
  model.metric = dem::Metric::kCosine;
  model.temperature = 2e-6f;
  add_classify_cases(writer, model, "word_cosine_none_shifted", 0, rng, manifest);
}

// A name tells metric and steps to check_onnx.py.
std::string name_of(const std::string& what, const Model& model) {
  std::string steps;
  for (const dem::FeatureMap::Step& step : model.feature_map.steps()) {
    if (!steps.empty()) steps += "-";
    const auto* scaling = std::get_if<dem::FeatureScaling>(&step);
    steps += scaling != nullptr                               ? to_string(scaling->kind)
             : std::holds_alternative<dem::PowerMap>(step)    ? "power"
             : std::holds_alternative<dem::WithSquares>(step) ? "with_squares"
             : std::holds_alternative<dem::SideBySide>(step)  ? "side_by_side"
                                                              : "affine";
  }
  return dem::concat(what, "_", to_string(model.metric), "_", steps.empty() ? "none" : steps);
}

// Class maps of the other kinds, feature maps of several steps, scales and offsets.
class OtherKinds {
 public:
  OtherKinds(Writer& writer, dem::Rng& rng, json& manifest)
      : writer_(writer), rng_(rng), manifest_(manifest) {}

  void write() {
    write_embeddings();
    write_ensembles();
    write_maps();
    write_scales();
  }

 private:
  void write_embeddings() {
    const auto add = [&](const std::string& name, dem::ClassMap map) {
      const Model model = model_of(std::move(map), name, rng_);
      for (const Index fixed : {0, 5}) {
        manifest_.push_back(embed_case(writer_, model, name, fixed, rng_));
      }
    };
    for (const bool unit_rows : {false, true}) {
      const std::string ending = unit_rows ? "_unit" : "";
      add("linear" + ending, dem::test::linear_of(unit_rows, rng_));
      add("identity" + ending, dem::test::identity_of(unit_rows));
    }
    add("three_inputs", dem::test::wide_network_of(rng_));
    add("joined", dem::test::joined_of(rng_));
    for (const bool unit_rows : {false, true}) {
      add(unit_rows ? "mlp_unit" : "mlp", dem::test::mlp_of(unit_rows, rng_));
    }
  }

  // A model of members, of classes described by 85 attributes.
  Model ensemble_of(bool by_distance, bool with_kernel) {
    Model model = model_of(dem::test::identity_of(true), "ensemble", rng_);
    dem::FoldedMembers folded =
        dem::fold_members(dem::test::members_of(by_distance, with_kernel, rng_), model.classes);
    model.feature_map = std::move(folded.feature_map);
    model.class_map = std::move(folded.class_map);
    model.metric = folded.metric;
    model.temperature = 1.0f;
    model.gamma = 0.5f;
    model.update_prototypes();
    return model;
  }

  void write_ensembles() {
    for (const bool by_distance : {false, true}) {
      const std::string name = by_distance ? "ensemble_by_distance" : "ensemble";
      const Model model = ensemble_of(by_distance, false);
      for (const Index fixed : {0, 5}) {
        manifest_.push_back(embed_case(writer_, model, name, fixed, rng_));
      }
      classify(name, ensemble_of(by_distance, !by_distance));
    }
    for (const dem::Metric metric :
         {dem::Metric::kEuclidean, dem::Metric::kCosine, dem::Metric::kDot}) {
      Model model = model_of(dem::test::linear_of(true, rng_), "corrected", rng_);
      model.metric = metric;
      model.class_map.set_hub_correction(
          dem::test::hubs_of(metric, model.class_map.prototype_dim(), rng_));
      model.update_prototypes();
      const std::string name = dem::concat("corrected_", to_string(metric));
      manifest_.push_back(embed_case(writer_, model, name, 0, rng_));
    }
  }

  void classify(const std::string& what, const Model& model, Index fixed = 0) {
    add_classify_cases(writer_, model, name_of(what, model), fixed, rng_, manifest_);
  }

  void write_maps() {
    Model linear = model_of(dem::test::linear_of(true, rng_), "linear", rng_);
    linear.metric = dem::Metric::kDot;
    linear.temperature = 3.0f;
    classify("linear", linear);
    dem::FeatureScaling centred = scaling_of(dem::ScalingKind::kStandard, rng_);
    std::fill(centred.factor.begin(), centred.factor.end(), 1.0f);
    linear.feature_map = dem::FeatureMap(std::move(centred));
    for (const Index fixed : {0, 5}) classify("linear", linear, fixed);

    Model identity = model_of(dem::test::identity_of(true), "identity", rng_);
    identity.metric = dem::Metric::kCosine;
    identity.temperature = 0.05f;
    identity.feature_map.add(dem::test::affine_of(85, kFeatureDim, rng_));
    classify("identity", identity);
    identity.feature_map = dem::FeatureMap(scaling_of(dem::ScalingKind::kStandard, rng_));
    identity.feature_map.add(dem::PowerMap{0.5f});
    identity.feature_map.add(dem::test::affine_of(200, kFeatureDim, rng_));
    identity.feature_map.add(dem::test::l2());
    identity.feature_map.add(dem::test::affine_of(85, 200, rng_));
    classify("identity", identity);
    identity.metric = dem::Metric::kEuclidean;
    identity.temperature = 0.5f;
    classify("identity", identity);

    Model kernel = model_of(dem::test::kernel_of(rng_), "kernel", rng_);
    kernel.gamma = 0.3f;
    kernel.update_prototypes();
    kernel.metric = dem::Metric::kDot;
    kernel.temperature = 0.05f;
    kernel.feature_map = dem::test::kernel_features(rng_);
    for (const Index fixed : {0, 5}) classify("kernel", kernel, fixed);
    write_kernels_by_distance_and_gaussian();

    Model mlp = model_of(dem::test::mlp_of(true, rng_), "mlp", rng_);
    mlp.gamma = 0.1f;
    mlp.update_prototypes();
    mlp.metric = dem::Metric::kCosine;
    mlp.temperature = 0.05f;
    mlp.feature_map = dem::FeatureMap(scaling_of(dem::ScalingKind::kStandard, rng_));
    classify("mlp", mlp);

    for (const float exponent : {0.5f, 2.0f}) {
      linear.metric = dem::Metric::kEuclidean;
      linear.temperature = 50.0f;
      linear.feature_map = dem::FeatureMap();
      linear.feature_map.add(dem::PowerMap{exponent});
      classify(exponent < 1.0f ? "root" : "square", linear);
      linear.metric = dem::Metric::kCosine;
      linear.temperature = 0.05f;
      linear.feature_map.add(dem::test::l2());
      classify(exponent < 1.0f ? "root" : "square", linear);
    }
  }

  void write_kernels_by_distance_and_gaussian() {
    Model distance = model_of(dem::test::kernel_by_distance_of(rng_), "kernel_by_distance", rng_);
    distance.temperature = 5.0f;
    distance.feature_map.add(dem::test::affine_of(60, kFeatureDim, rng_));
    classify("kernel_by_distance", distance);
    Model gaussian = model_of(dem::test::gaussian_of(rng_), "gaussian", rng_);
    gaussian.metric = dem::Metric::kDot;
    gaussian.temperature = 1.0f;
    gaussian.feature_map.add(dem::test::affine_of(20, kFeatureDim, rng_));
    gaussian.feature_map.add(dem::WithSquares{});
    classify("gaussian", gaussian);
  }

  void write_scales() {
    Model model = model_of("att", rng_);
    for (const dem::Metric metric :
         {dem::Metric::kEuclidean, dem::Metric::kCosine, dem::Metric::kDot}) {
      model.metric = metric;
      const double spread = metric == dem::Metric::kCosine ? 0.1 : 100.0;
      model.temperature = metric == dem::Metric::kCosine ? 0.05f : 50.0f;
      for (const bool normalised : {false, true}) {
        model.feature_map = dem::FeatureMap(normalised ? dem::test::l2() : dem::FeatureScaling{});
        model.prototypes.scale.clear();
        dem::test::set_offsets(model, spread, rng_);
        classify("offset", model);
        model.prototypes.scale.assign(static_cast<std::size_t>(kNumClasses), 1.75f);
        classify("one_scale", model);
        model.prototypes.scale.clear();
        dem::test::set_scales(model, rng_);
        for (const Index fixed : {0, 5}) classify("scale_offset", model, fixed);
        add_some_classes_cases(writer_, model, name_of("scale_offset", model), rng_, manifest_);
        model.prototypes.offset.clear();
        classify("scale", model);
        model.prototypes.scale.clear();
        add_some_classes_cases(writer_, model, name_of("plain", model), rng_, manifest_);
      }
    }
  }

  Writer& writer_;
  dem::Rng& rng_;
  json& manifest_;
};

void write_all(Writer& writer) {
  dem::Rng rng(1, dem::Purpose::kSynthetic);
  json manifest = json::array();
  for (const std::string mode : {"att", "word", "fusion", "fusion_tanh"}) {
    Model model = model_of(mode, rng);
    for (const Index fixed : {0, 1, 5, 1000}) {
      if (fixed > 0 && mode == "fusion_tanh") continue;
      manifest.push_back(embed_case(writer, model, mode, fixed, rng));
    }
    if (mode == "fusion_tanh") continue;
    for (const dem::Metric metric : {dem::Metric::kEuclidean, dem::Metric::kCosine}) {
      for (const dem::ScalingKind kind : {dem::ScalingKind::kNone,
                                          dem::ScalingKind::kMinMax,
                                          dem::ScalingKind::kStandard,
                                          dem::ScalingKind::kL2}) {
        model.metric = metric;
        model.temperature = metric == dem::Metric::kCosine ? 0.05f : 50.0f;
        model.feature_map = dem::FeatureMap(scaling_of(kind, rng));
        const std::string name = name_of(mode, model);
        for (const Index fixed : {0, 5}) {
          if (fixed > 0 && kind != dem::ScalingKind::kNone) continue;
          add_classify_cases(writer, model, name, fixed, rng, manifest);
        }
      }
    }
    if (mode == "word") add_extreme_cases(writer, model, rng, manifest);
  }
  OtherKinds(writer, rng, manifest).write();
  writer.finish(manifest);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: write_models FOLDER\n", stderr);
    return 2;
  }
  try {
    Writer writer(argv[1]);
    write_all(writer);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_models: %s\n", error.what());
    return 1;
  }
  return 0;
}
