// Training steps at the sizes of the published data, with the recipe that runs in the reference.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>

#include "dem/dem.h"
#include "step_case.h"
#include "workload.h"

namespace dem::bench {
namespace {

constexpr std::uint64_t kSeed = 1000;

struct Data {
  Matrix<float> features;
  std::vector<ClassId> labels;
  std::vector<Index> rows;
  ClassTable classes;
};

Matrix<float> uniform_matrix(Index rows, Index cols, float top, std::minstd_rand& generator) {
  Matrix<float> matrix = Matrix<float>::uninitialised(rows, cols);
  std::uniform_real_distribution<float> uniform(0.0f, top);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = uniform(generator);
  return matrix;
}

// Sizes are what matters: uniform numbers in the ranges of the real ones.
std::shared_ptr<Data> make_data(const StepCase& c) {
  auto data = std::make_shared<Data>();
  std::minstd_rand generator(1);
  data->features = uniform_matrix(c.images, kFeatureDim, 1.0f, generator);
  for (Index i = 0; i < c.images; ++i) {
    data->labels.push_back(static_cast<ClassId>(i % c.classes));
    data->rows.push_back(i);
  }
  data->classes.names.assign(static_cast<std::size_t>(c.classes), "");
  data->classes.seen.assign(static_cast<std::size_t>(c.classes), true);
  for (const std::string& space : input_spaces(c.mode)) {
    const bool word = space == "word";
    data->classes.spaces.push_back(space);
    data->classes.embeddings.push_back(uniform_matrix(
        c.classes, word ? kWordDim : c.attribute_dim, word ? 0.06f : 1.0f, generator));
  }
  return data;
}

void train_once(const Data& data, const Recipe& recipe, const Network& initial) {
  Network network = initial.clone();
  TrainingSet set{data.features, data.labels, data.rows, {}};
  for (const Matrix<float>& embeddings : data.classes.embeddings) {
    set.class_embeddings.push_back(embeddings);
  }
  const TrainSummary summary = train(network, set, recipe, kSeed, {});
  if (summary.steps != recipe.network->max_steps) throw std::runtime_error("a run ended early");
}

// A run is a whole call of train(), with all that it prepares before the first step.
Prepared prepare(const StepCase& c, Precision precision, const Options& options) {
  const std::shared_ptr<Data> data = make_data(c);
  Recipe recipe = make_recipe("mindspore", c.dataset, c.mode);
  recipe.network->batch_size = c.batch_size;
  recipe.network->precision = precision;
  recipe.network->max_steps =
      std::max<Index>(1, static_cast<Index>(options.fraction * static_cast<double>(c.steps)));
  const auto initial =
      std::make_shared<Network>(recipe.network->network_spec(data->classes, kFeatureDim));
  initialise(*initial, *recipe.network, {}, kSeed);
  return {[data, recipe, initial] { train_once(*data, recipe, *initial); },
          static_cast<double>(recipe.network->max_steps),
          0.0};
}

}  // namespace

std::vector<Workload> step_workloads() {
  std::vector<Workload> workloads;
  for (const Precision precision : {Precision::kFloat32, Precision::kBf16}) {
    if (!is_available(precision)) continue;
    const char* kind = precision == Precision::kFloat32 ? "step/" : "bf16-step/";
    for (const StepCase& c : kStepCases) {
      workloads.push_back(
          {concat_name(kind, c),
           std::string(c.dataset) + " " + std::string(to_string(c.mode)) + ", batches of " +
               std::to_string(c.batch_size) + " from " + std::to_string(c.images) + " images",
           "steps",
           [c, precision](const Options& options) { return prepare(c, precision, options); }});
    }
  }
  return workloads;
}

}  // namespace dem::bench
