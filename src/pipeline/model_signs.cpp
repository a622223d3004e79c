#include "dem/pipeline/model_signs.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "dem/pipeline/evaluate.h"
#include "linalg/picked_rows.h"

namespace dem {
namespace {

constexpr Index kMostImages = 4096;

// Training images held here, spread evenly over the list.
std::vector<Index> sampled_rows(const Dataset& dataset) {
  std::vector<Index> held;
  for (const Index row : dataset.split.trainval) {
    if (dataset.feature_row(row) >= 0) held.push_back(row);
  }
  const auto all = static_cast<Index>(held.size());
  if (all <= kMostImages || dataset.visual_features.rows() == 0) return held;
  std::vector<Index> rows;
  for (Index i = 0; i < kMostImages; ++i) rows.push_back(held[at(i * all / kMostImages)]);
  return rows;
}

// [classes with images, dim]
Matrix<double> class_means(MatrixView<const float> features, const std::vector<ClassId>& labels) {
  std::vector<ClassId> classes = labels;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  Matrix<double> means(static_cast<Index>(classes.size()), features.cols());
  std::vector<double> counts(classes.size());
  for (Index i = 0; i < features.rows(); ++i) {
    const auto place =
        std::lower_bound(classes.begin(), classes.end(), labels[at(i)]) - classes.begin();
    counts[at(place)] += 1.0;
    const std::span<const float> x = features.row(i);
    for (std::size_t d = 0; d < x.size(); ++d) means.row(place)[d] += double{x[d]};
  }
  for (Index c = 0; c < means.rows(); ++c) {
    for (double& value : means.row(c)) value /= counts[at(c)];
  }
  return means;
}

// [cols]: the variance of each column.
template <typename T>
std::vector<double> column_variances(const Matrix<T>& rows) {
  std::vector<double> mean(at(rows.cols())), variance(at(rows.cols()));
  const auto count = static_cast<double>(rows.rows());
  for (Index i = 0; i < rows.rows(); ++i) {
    for (std::size_t d = 0; d < mean.size(); ++d) mean[d] += double{rows.row(i)[d]} / count;
  }
  for (Index i = 0; i < rows.rows(); ++i) {
    for (std::size_t d = 0; d < mean.size(); ++d) {
      const double from_mean = double{rows.row(i)[d]} - mean[d];
      variance[d] += from_mean * from_mean / count;
    }
  }
  return variance;
}

double spread_of(const std::vector<double>& variances) {
  double sum = 0.0;
  for (const double variance : variances) sum += variance;
  return std::sqrt(sum);
}

// Columns without spread where class means have some.
Index count_dead(const std::vector<double>& prototypes, const std::vector<double>& means) {
  const double largest = *std::max_element(means.begin(), means.end());
  Index dead = 0;
  for (std::size_t d = 0; d < means.size(); ++d) {
    const bool means_differ = means[d] > 1e-6 * largest;
    dead += means_differ && prototypes[d] <= 1e-12 * means[d] ? 1 : 0;
  }
  return dead;
}

bool ends_in_relu(const ClassMap& map) {
  const Network* network = map.network();
  return network != nullptr && network->spec().output_activation == Activation::kRelu;
}

double share_below_zero(MatrixView<const float> features) {
  Index below = 0;
  for (Index i = 0; i < features.rows(); ++i) {
    for (const float value : features.row(i)) below += value < 0.0f ? 1 : 0;
  }
  return static_cast<double>(below) / static_cast<double>(features.rows() * features.cols());
}

std::string percent_text(double share) {
  return concat(std::round(1000.0 * share) / 10.0, " %");
}

}  // namespace

ModelSigns model_signs(const Model& model, const Dataset& dataset) {
  const Prototypes prototypes = evaluated_prototypes(model, dataset);
  ModelSigns signs;
  signs.num_outputs = prototypes.rows.cols();
  const std::vector<Index> rows = sampled_rows(dataset);
  if (rows.empty() || dataset.visual_features.rows() == 0) return signs;
  std::vector<Index> places;
  std::vector<ClassId> labels;
  for (const Index row : rows) {
    places.push_back(dataset.feature_row(row));
    labels.push_back(dataset.labels[at(row)]);
  }
  const Matrix<float> features =
      model.feature_map.mapped(picked_rows<float, Index>(dataset.visual_features.view(), places));
  if (ends_in_relu(model.class_map)) signs.unreachable = share_below_zero(features);
  const bool by_distance = model.metric == Metric::kEuclidean && prototypes.scale.empty();
  if (!by_distance || features.cols() != prototypes.rows.cols()) return signs;
  const std::vector<double> of_prototypes = column_variances(prototypes.rows);
  const std::vector<double> of_means = column_variances(class_means(features, labels));
  signs.num_dead = count_dead(of_prototypes, of_means);
  signs.prototype_spread = spread_of(of_prototypes);
  signs.mean_spread = spread_of(of_means);
  return signs;
}

std::vector<std::string> ModelSigns::sentences() const {
  constexpr double kManyDead = 0.1, kNarrow = 0.25, kManyUnreachable = 0.1;
  std::vector<std::string> lines;
  if (static_cast<double>(num_dead) > kManyDead * static_cast<double>(num_outputs)) {
    lines.push_back(concat(num_dead,
                           " of ",
                           num_outputs,
                           " outputs are the same for every class, where the images of the "
                           "classes differ"));
  }
  if (prototype_spread < kNarrow * mean_spread) {
    lines.push_back(concat("the prototypes lie within ",
                           static_cast<float>(prototype_spread),
                           " of their mean, the mean features of the classes within ",
                           static_cast<float>(mean_spread),
                           ": the model hardly tells classes apart"));
  }
  if (unreachable > kManyUnreachable) {
    lines.push_back(concat(percent_text(unreachable),
                           " of the features are below 0, which the ReLU at the end of the network "
                           "cannot reach"));
  }
  return lines;
}

std::string crowding_sentence(const EvaluationResult& result, const Dataset& dataset) {
  const auto hubness = result.hubness.find(result.metric);
  if (hubness == result.hubness.end() || hubness->second.n1_hubs.empty()) return "";
  const Hub& first = hubness->second.n1_hubs[0];
  Index largest = 0;
  for (const ClassScore& score : result.per_class) {
    if (score.zero_shot) largest = std::max(largest, score.samples);
  }
  constexpr double kTimes = 3.0, kLeast = 0.3;
  const auto images = static_cast<double>(result.num_test_unseen);
  const auto taken = static_cast<double>(first.images);
  if (taken < kLeast * images || taken < kTimes * static_cast<double>(largest)) return "";
  return concat(first.images,
                " of ",
                result.num_test_unseen,
                " unseen test images go to \"",
                dataset.classes.names[at(first.class_id)],
                "\"");
}

}  // namespace dem
