// Scores of visual features against the prototypes of a model (dem/model/prototypes.h).
//
// Euclidean, score s_j (-|z - p_j|^2) + o_j. |z|^2 - 2 z.p + |p|^2 loses to cancellation what
// features and prototypes have in common, often most of them. With the mean prototype c taken off
// both first, y = z - c and q = p - c,
//   s (-|z - p|^2) + o = (2 s q.y - s |q|^2 + o) - s |y|^2
// is off by some units of float32 rounding of s (|y| + |q|)^2, the scale of the distances
// themselves.
//
// Cosine and dot product: u.(s p / |p|) + o with u = z / |z|, and z.(s p) + o. Such vectors v = s p
// / |p| or s p have much in common, too: with m their mean, u.v = u.(v - m) + u.m.
//
// A score is a closeness of the class less a number that all classes of a row share (|y|^2 where
// all scales are equal, -u.m). The nearest classes and the probabilities come from the closeness,
// which that number has not rounded. Probabilities are the softmax of (closeness - the row's
// largest) / T: the largest exponent is 0 before the division, so that none overflows.
//
// Only operators that OpenCV 4.6 runs with a batch chosen at run time (onnx_steps.h); a column is
// spread over a row by a product with ones.

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "exchange/onnx_graphs.h"
#include "exchange/onnx_steps.h"
#include "linalg/double_sums.h"
#include "linalg/mean_row.h"

namespace dem {
namespace {

// Values of the graph: score [n, num_classes] = closeness [n, num_classes] - shared [n, 1].
struct RowScores {
  std::string closeness;
  std::string shared;  // empty: nothing
};

// Each row less another row.
template <class T>
Matrix<float> less(MatrixView<const T> rows, std::span<const float> row) {
  Matrix<float> result = Matrix<float>::uninitialised(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    for (Index d = 0; d < rows.cols(); ++d) {
      result(c, d) =
          static_cast<float>(double{rows(c, d)} - double{row[static_cast<std::size_t>(d)]});
    }
  }
  return result;
}

class ClassifyBuilder {
 public:
  ClassifyBuilder(const Model& model,
                  const PrototypesView& prototypes,
                  const ExportOptions& options,
                  OnnxGraph& graph)
      : model_(model),
        graph_(graph),
        prototypes_(prototypes),
        reject_below_(options.reject_below),
        dim_(prototypes_.rows.cols()),
        num_classes_(prototypes_.rows.rows()),
        k_(std::min(options.top_k, num_classes_)) {}

  void build() {
    const std::string features = graph_.input(
        "features", model_.feature_dim(), "Visual features before the model's feature map");
    const std::string mapped =
        add_feature_map(graph_, model_.feature_map, features, model_.feature_dim());
    add_results(model_.metric == Metric::kEuclidean ? euclidean(mapped) : by_product(mapped));
    graph_.output("scores", onnx_pb::FLOAT, num_classes_, score_meaning());
    if (model_.temperature > 0.0f) {
      graph_.output("probabilities",
                    onnx_pb::FLOAT,
                    num_classes_,
                    "Softmax of scores / temperature over all classes");
    }
    if (rejects()) {
      graph_.flags("accepted", "Whether the first class's probability is at least reject_below");
    }
    if (k_ == 0) return;
    graph_.output("top_scores", onnx_pb::FLOAT, k_, "The highest scores, highest first");
    graph_.output("top_ids",
                  onnx_pb::INT64,
                  k_,
                  rejects() ? "Their places among the classes, counted from 0; -1 where rejected"
                            : "Their places among the classes, counted from 0");
  }

 private:
  [[nodiscard]] bool rejects() const { return reject_below_ > 0.0; }
  [[nodiscard]] std::string score_meaning() const {
    switch (model_.metric) {
      case Metric::kEuclidean:
        return "Minus the squared distance to each class's prototype";
      case Metric::kCosine:
        return "Cosine similarity to each class's prototype";
      case Metric::kDot:
        break;
    }
    return "Dot product with each class's prototype";
  }

  std::string vector(const std::string& name, std::span<const float> values) {
    return graph_.constant(name, {static_cast<Index>(values.size())}, values);
  }
  std::string filled(const std::string& name, Index rows, Index cols, float value) {
    const std::vector<float> values(static_cast<std::size_t>(rows * cols), value);
    return graph_.constant(name, {rows, cols}, values);
  }
  // Features' rows all have norm 1 already.
  [[nodiscard]] bool is_unit() const {
    const auto& steps = model_.feature_map.steps();
    const auto* last = steps.empty() ? nullptr : std::get_if<FeatureScaling>(&steps.back());
    return last != nullptr && last->kind == ScalingKind::kL2;
  }
  [[nodiscard]] bool has_one_scale() const {
    const auto& scale = prototypes_.scale;
    return std::adjacent_find(scale.begin(), scale.end(), std::not_equal_to<>()) == scale.end();
  }

  // What a row is multiplied with for each class: s p / |p| for the cosine, s p for dot products.
  [[nodiscard]] Matrix<double> directions() const {
    Matrix<double> rows(num_classes_, dim_);
    for (Index c = 0; c < num_classes_; ++c) {
      const auto p = prototypes_.rows.row(c);
      const double norm = model_.metric == Metric::kCosine ? std::sqrt(squared_norm(p)) : 1.0;
      const double factor = norm > 0.0 ? double{prototypes_.scale_of(c)} / norm : 0.0;
      for (Index d = 0; d < dim_; ++d) rows(c, d) = factor * double{prototypes_.rows(c, d)};
    }
    return rows;
  }

  RowScores by_product(const std::string& mapped) {
    const bool normalises = model_.metric == Metric::kCosine && !is_unit();
    const std::string rows = normalises ? add_unit_rows(graph_, mapped, dim_, "query") : mapped;
    const Matrix<double> all = directions();
    std::vector<float> mean = mean_row<float>(all.view());
    const std::string weight = weights("closeness.weight", less(all.view(), mean));
    const std::string closeness =
        prototypes_.offset.empty()
            ? graph_.gemm(rows, weight, "closeness")
            : graph_.gemm(rows, weight, vector("closeness.bias", prototypes_.offset), "closeness");
    for (float& value : mean) value = -value;
    const std::string opposite = graph_.constant("opposite", {1, dim_}, mean);
    return {closeness, graph_.gemm(rows, opposite, "shared")};
  }

  RowScores euclidean(const std::string& mapped) {
    const std::vector<float> centre = mean_row<float>(prototypes_.rows);
    Matrix<float> weight = less(prototypes_.rows, centre);
    std::vector<float> bias;
    for (Index c = 0; c < num_classes_; ++c) {
      const float scale = prototypes_.scale_of(c);
      bias.push_back(static_cast<float>(double{prototypes_.offset_of(c)} -
                                        double{scale} * squared_norm(weight.row(c))));
      for (float& w : weight.row(c)) w *= 2.0f * scale;
    }
    const std::string offset = graph_.apply("Sub", {mapped, vector("centre", centre)}, "offset");
    const std::string squares = graph_.apply("Mul", {offset, offset}, "offset.squares");
    const std::string sum = graph_.gemm(squares, ones_row(graph_, dim_), "offset.sum");
    const std::string product = graph_.gemm(offset,
                                            weights("closeness.weight", weight),
                                            vector("closeness.bias", bias),
                                            has_one_scale() ? "closeness" : "closeness.product");
    if (has_one_scale() && prototypes_.scale_of(0) == 1.0f) return {product, sum};
    // Minus s_j |y|^2, for each class its own or one for all.
    const Index width = has_one_scale() ? 1 : num_classes_;
    std::vector<float> scales;
    for (Index c = 0; c < width; ++c) {
      scales.push_back(has_one_scale() ? prototypes_.scale_of(c) : -prototypes_.scale_of(c));
    }
    const std::string spread =
        graph_.gemm(sum, graph_.constant("scales", {width, 1}, scales), "offset.scaled");
    if (has_one_scale()) return {product, spread};
    return {graph_.apply("Add", {product, spread}, "closeness"), ""};
  }

  void add_results(const RowScores& row) {
    if (row.shared.empty()) {
      graph_.apply("Identity", {row.closeness}, "scores");
    } else {
      subtract(row.shared, row.closeness, num_classes_, "scores");
    }
    if (model_.temperature > 0.0f) add_probabilities(row.closeness);
    if (rejects()) add_accepted();
    if (k_ == 0) return;
    const std::string ids = rejects() ? "top_ids.before" : "top_ids";
    const bool has_shared = !row.shared.empty();
    graph_.top_k(row.closeness, k_, has_shared ? "closeness.top" : "top_scores", ids);
    if (has_shared) subtract(row.shared, "closeness.top", k_, "top_scores");
    if (!rejects()) return;
    const Index none = -1;
    const std::string rejected = graph_.constant("top_ids.rejected", std::span(&none, 1));
    graph_.apply("Where", {"accepted.column", ids, rejected}, "top_ids");
  }

  // [n, 1] as "accepted.column" and [n] as "accepted". Operator set 11 has no GreaterOrEqual; what
  // is no number is neither, and rejected.
  void add_accepted() {
    const std::string first = graph_.apply("ReduceMax",
                                           {"probabilities"},
                                           "probability.first",
                                           {{"axes", {1}, true}, {"keepdims", {1}}});
    const float least = least_accepted();
    const std::string threshold = vector("reject_below", std::span(&least, 1));
    const std::string above = graph_.apply("Greater", {first, threshold}, "accepted.above");
    const std::string at = graph_.apply("Equal", {first, threshold}, "accepted.at");
    graph_.apply("Or", {above, at}, "accepted.column");
    graph_.apply("Squeeze", {"accepted.column"}, "accepted", {{"axes", {1}, true}});
  }
  // A float32 is at least this one where it is at least the threshold in double precision.
  [[nodiscard]] float least_accepted() const {
    const auto nearest = static_cast<float>(reject_below_);
    return double{nearest} < reject_below_ ? std::nextafter(nearest, 2.0f) : nearest;
  }

  void add_probabilities(const std::string& closeness) {
    const std::string largest = graph_.apply(
        "ReduceMax", {closeness}, "closeness.largest", {{"axes", {1}, true}, {"keepdims", {1}}});
    subtract(largest, closeness, num_classes_, "closeness.lag");
    const std::string temperature =
        vector("temperature", std::span<const float>(&model_.temperature, 1));
    graph_.apply("Div", {"closeness.lag", temperature}, "exponent");
    graph_.apply("Softmax", {"exponent"}, "probabilities", {{"axis", {1}}});
  }

  // result [n, width] = values [n, width] - column [n, 1]
  void subtract(const std::string& column,
                const std::string& values,
                Index width,
                const std::string& result) {
    const std::string minus = filled(result + ".minus", width, 1, -1.0f);
    const std::string spread = graph_.gemm(column, minus, result + ".spread");
    graph_.apply("Add", {values, spread}, result);
  }

  std::string weights(const std::string& name, const Matrix<float>& rows) {
    return graph_.constant(
        name, {rows.rows(), rows.cols()}, {rows.data(), static_cast<std::size_t>(rows.size())});
  }

  const Model& model_;
  OnnxGraph& graph_;
  PrototypesView prototypes_;
  double reject_below_;
  Index dim_;
  Index num_classes_;
  Index k_;
};

}  // namespace

void build_classify_graph(const Model& model,
                          const Prototypes& prototypes,
                          const ExportOptions& options,
                          OnnxGraph& graph) {
  ClassifyBuilder(model, prototypes, options, graph).build();
}

}  // namespace dem
