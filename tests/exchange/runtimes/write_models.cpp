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
#include "exchange/runtimes/manifest.h"
#include "exchange/runtimes/models.h"
#include "exchange/runtimes/oracles.h"
#include "support/random_matrix.h"

namespace {

using dem::Index;
using dem::Matrix;
using dem::MatrixView;
using dem::Model;
using dem::test::kFeatureDim;
using dem::test::kNumClasses;
using dem::test::model_of;
using dem::test::Oracle;
using dem::test::set_scaling;
using dem::test::Writer;
using nlohmann::json;

constexpr Index kTopK = 5;
constexpr Index kFarDims = 24;

json embed_run(Writer& writer, const dem::Network& network, Index batch, dem::Rng& rng) {
  std::vector<Matrix<float>> inputs;
  json written = json::array();
  for (const dem::NetworkInput& input : network.spec().inputs) {
    inputs.push_back(dem::test::normal_matrix(batch, input.dim, 1.0, rng));
    written.push_back(
        writer.tensor(input.space == "attribute" ? "att" : input.space, inputs.back()));
  }
  const std::vector<MatrixView<const float>> views(inputs.begin(), inputs.end());
  return {
      {"inputs", written},
      {"outputs",
       {writer.judged(
           "prototypes", network.forward(views), dem::test::embed_tolerance(network, inputs))}}};
}

json embed_case(
    Writer& writer, const Model& model, const std::string& mode, Index fixed, dem::Rng& rng) {
  const std::string name = fixed == 0 ? mode + "_any.onnx" : dem::concat(mode, "_", fixed, ".onnx");
  dem::export_onnx(model, {.batch_size = fixed}, writer.path(name));
  json runs = json::array();
  for (const Index batch : {1, 5, 1000}) {
    if (fixed == 0 || fixed == batch) runs.push_back(embed_run(writer, model.network, batch, rng));
  }
  return {{"model", name}, {"graph", "embed"}, {"batch", fixed}, {"opencv", true}, {"runs", runs}};
}

// Half of all rows repeat those that ought to give trouble: zeros, a prototype itself, numbers far
// from one (where a norm is taken), a far place.
Matrix<float> features_of(const Model& model, Index batch, dem::Rng& rng) {
  Matrix<float> features = dem::test::normal_matrix(batch, kFeatureDim, 1.0, rng);
  const bool normalised =
      model.metric == dem::Metric::kCosine || model.scaling.kind == dem::ScalingKind::kL2;
  for (Index i = 0; i < batch; ++i) {
    const Index kind = batch == 1 ? 4 : i % 8;
    const auto prototype = model.prototypes.row(i % kNumClasses);
    float* row = features.row(i).data();
    for (std::size_t d = 0; d < prototype.size(); ++d) {
      row[d] = std::abs(row[d]) + prototype[d];
      if (kind == 0) row[d] = 0.0f;
      if (kind == 1) row[d] = prototype[d];
      if (kind == 2 && normalised && model.scaling.shift.empty()) row[d] *= 1e-30f;
      if (kind == 3 && normalised && model.scaling.shift.empty()) row[d] *= 1e30f;
    }
    if (kind == 5) {
      for (float& value : features.row(i).last(kFarDims)) value += 30000.0f;
    }
  }
  return features;
}

// dem's own probabilities, whose sums over classes may be in float32, are these within a
// thousandth.
void require_dem_agrees(const Model& model,
                        MatrixView<const float> features,
                        const Matrix<float>& probabilities) {
  const dem::Prediction all = dem::Predictor(model, {.top_k = kNumClasses}).predict(features);
  for (Index i = 0; i < features.rows(); ++i) {
    for (Index j = 0; j < kNumClasses; ++j) {
      const auto expected = double{probabilities(i, all.classes(i, j))};
      const auto got = double{all.probabilities(i, j)};
      if (std::abs(got - expected) <= 1e-3 * expected + 1e-30) continue;
      throw std::runtime_error(
          dem::concat("dem's probability, row ", i, ": expected ", expected, ", got ", got));
    }
  }
}

json classify_run(Writer& writer, const Model& model, Index batch, dem::Rng& rng) {
  const Matrix<float> features = features_of(model, batch, rng);
  Matrix<float> scaled = features.clone();
  model.scaling.apply(scaled);
  const Oracle oracle(model);
  Matrix<float> scores(batch, kNumClasses);
  Matrix<float> probabilities(batch, kNumClasses);
  std::vector<double> tolerance, softmax_tolerance;
  for (Index i = 0; i < batch; ++i) {
    const std::vector<double> exact = oracle.scores(scaled.row(i));
    const std::vector<double> softmax = oracle.probabilities(exact);
    std::copy(exact.begin(), exact.end(), scores.row(i).begin());
    std::copy(softmax.begin(), softmax.end(), probabilities.row(i).begin());
    tolerance.push_back(oracle.score_tolerance(scaled.row(i)));
    softmax_tolerance.push_back(oracle.probability_tolerance(scaled.row(i), exact));
  }
  require_dem_agrees(model, features, probabilities);
  const Matrix<std::int32_t> nearest =
      dem::nearest_prototypes(scaled, model.prototypes, kTopK, model.metric);
  Matrix<float> best(batch, kTopK);
  for (Index i = 0; i < batch; ++i) {
    for (Index j = 0; j < kTopK; ++j) best(i, j) = scores(i, nearest(i, j));
  }
  return {{"inputs", {writer.tensor("features", features)}},
          {"outputs",
           {writer.judged("scores", scores, tolerance),
            writer.judged("probabilities", probabilities, softmax_tolerance),
            writer.judged("top_scores", best, tolerance),
            writer.tensor("top_ids", scores)}}};
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
  model.scaling = {};
  model.metric = dem::Metric::kEuclidean;
  model.temperature = 1e-36f;
  add_classify_cases(writer, model, "word_euclidean_none_cold", 0, rng, manifest);
  for (Index c = 0; c < kNumClasses; ++c) {
    const std::span<float> prototype = model.prototypes.row(c);
    for (float& value : prototype) value += 1000.0f;
    std::fill(prototype.end() - kFarDims, prototype.end(), 1000.0f);
  }
  model.temperature = 500.0f;
  add_classify_cases(writer, model, "word_euclidean_none_shifted", 0, rng, manifest);
  model.metric = dem::Metric::kCosine;
  model.temperature = 2e-6f;
  add_classify_cases(writer, model, "word_cosine_none_shifted", 0, rng, manifest);
}

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
        set_scaling(model, kind, rng);
        const std::string name =
            mode + "_" + std::string(to_string(metric)) + "_" + std::string(to_string(kind));
        for (const Index fixed : {0, 5}) {
          if (fixed > 0 && kind != dem::ScalingKind::kNone) continue;
          add_classify_cases(writer, model, name, fixed, rng, manifest);
        }
      }
    }
    if (mode == "word") add_extreme_cases(writer, model, rng, manifest);
  }
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
