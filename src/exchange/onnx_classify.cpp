// Scores of visual features against the prototypes of a model.
//
// Euclidean. |x|^2 - 2 x.p + |p|^2 loses to cancellation what features and prototypes have in
// common, often most of them. With the mean prototype c taken off both first, y = x - c and
// q = p - c,
//   -|x - p|^2 = (2 q.y - |q|^2) - |y|^2
// is off by some units of float32 rounding of (|y| + |q|)^2, the scale of the distances themselves.
//
// Cosine. x / |x| against prototypes divided by their norms beforehand. Rows are divided by their
// largest magnitude first, so that squares neither overflow nor vanish; kTiny turns 0 / 0 into 0,
// dem's answer for a zero row, and is lost in any other sum. Directions of prototypes, too, have
// much in common: with u = x / |x|, v = p / |p| and m the mean direction, u.v = u.(v - m) + u.m.
//
// Either way a score is a closeness of the class less a number that all classes of a row share. The
// nearest classes and the probabilities come from the closeness, which that number has not rounded.
// Probabilities are the softmax of (closeness - the row's largest) / T: the largest exponent is 0
// before the division, so that none overflows.
//
// Only operators that OpenCV 4.6 runs with a batch chosen at run time: constants subtracted from
// rows are vectors, sums over a row are products with ones, and a column is spread over a row by a
// product with ones as well.
#include <algorithm>
#include <cmath>
#include <limits>

#include "exchange/onnx_graphs.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr float kTiny = std::numeric_limits<float>::min();

// Values of the graph: score [n, num_classes] = closeness [n, num_classes] - shared [n, 1].
struct RowScores {
  std::string closeness;
  std::string shared;
};

template <class T>
std::vector<float> mean_row(const Matrix<T>& rows) {
  std::vector<float> mean;
  for (Index d = 0; d < rows.cols(); ++d) {
    double sum = 0.0;
    for (Index c = 0; c < rows.rows(); ++c) sum += double{rows(c, d)};
    mean.push_back(static_cast<float>(sum / static_cast<double>(rows.rows())));
  }
  return mean;
}

// Each row less another row.
template <class T>
Matrix<float> less(const Matrix<T>& rows, std::span<const float> row) {
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
  ClassifyBuilder(const Model& model, Index top_k, OnnxGraph& graph)
      : model_(model),
        graph_(graph),
        dim_(model.prototypes.cols()),
        num_classes_(model.prototypes.rows()),
        k_(std::min(top_k, num_classes_)) {}

  void build() {
    const std::string features =
        graph_.input("features", dim_, "Visual features before the model's scaling");
    const std::string scaled = scale(features);
    add_results(model_.metric == Metric::kCosine ? cosine(is_unit_ ? scaled : to_unit(scaled))
                                                 : euclidean(scaled));
    graph_.output("scores", onnx_pb::FLOAT, num_classes_, score_meaning());
    if (model_.temperature > 0.0f) {
      graph_.output("probabilities",
                    onnx_pb::FLOAT,
                    num_classes_,
                    "Softmax of scores / temperature over all classes");
    }
    if (k_ == 0) return;
    graph_.output("top_scores", onnx_pb::FLOAT, k_, "The highest scores, highest first");
    graph_.output("top_ids", onnx_pb::INT64, k_, "Their classes, counted from 0");
  }

 private:
  [[nodiscard]] std::string score_meaning() const {
    return model_.metric == Metric::kCosine
               ? "Cosine similarity to each class's prototype"
               : "Minus the squared distance to each class's prototype";
  }

  std::string vector(const std::string& name, std::span<const float> values) {
    return graph_.constant(name, {static_cast<Index>(values.size())}, values);
  }
  std::string filled(const std::string& name, Index rows, Index cols, float value) {
    const std::vector<float> values(static_cast<std::size_t>(rows * cols), value);
    return graph_.constant(name, {rows, cols}, values);
  }
  std::string ones_row() {
    if (ones_row_.empty()) ones_row_ = filled("ones", 1, dim_, 1.0f);
    return ones_row_;
  }

  std::string scale(const std::string& features) {
    const FeatureScaling& scaling = model_.scaling;
    switch (scaling.kind) {
      case ScalingKind::kNone:
        return features;
      case ScalingKind::kL2:
        return to_unit(features);
      case ScalingKind::kMinMax:
      case ScalingKind::kStandard:
        break;
    }
    const std::string shifted =
        graph_.apply("Sub", {features, vector("scaling.shift", scaling.shift)}, "shifted");
    return graph_.apply("Mul", {shifted, vector("scaling.factor", scaling.factor)}, "scaled");
  }

  // Rows divided by their norms.
  std::string to_unit(const std::string& rows) {
    is_unit_ = true;
    const std::string tiny = vector("tiny", std::span<const float>(&kTiny, 1));
    const std::string magnitude = graph_.apply("Abs", {rows}, "magnitude");
    const std::string largest =
        graph_.apply("ReduceMax", {magnitude}, "largest", {{"axes", {1}, true}, {"keepdims", {1}}});
    const std::string divisor = graph_.apply("Add", {largest, tiny}, "largest.divisor");
    const std::string moderate = graph_.apply("Div", {rows, divisor}, "moderate");
    const std::string squares = graph_.apply("Mul", {moderate, moderate}, "moderate.squares");
    const std::string sum = graph_.gemm(squares, ones_row(), tiny, "moderate.sum");
    const std::string norm = graph_.apply("Sqrt", {sum}, "norm");
    return graph_.apply("Div", {moderate, norm}, "unit");
  }

  RowScores cosine(const std::string& unit) {
    Matrix<double> directions(num_classes_, dim_);
    for (Index c = 0; c < num_classes_; ++c) {
      const double norm = std::sqrt(squared_norm(model_.prototypes.row(c)));
      for (Index d = 0; d < dim_; ++d) {
        directions(c, d) = norm > 0.0 ? double{model_.prototypes(c, d)} / norm : 0.0;
      }
    }
    std::vector<float> mean = mean_row(directions);
    const Matrix<float> offsets = less(directions, mean);
    const std::string closeness =
        graph_.gemm(unit, weights("closeness.weight", offsets), "closeness");
    for (float& value : mean) value = -value;
    const std::string opposite = graph_.constant("opposite", {1, dim_}, mean);
    return {closeness, graph_.gemm(unit, opposite, "shared")};
  }

  RowScores euclidean(const std::string& scaled) {
    const std::vector<float> centre = mean_row(model_.prototypes);
    Matrix<float> weight = less(model_.prototypes, centre);
    std::vector<float> bias;
    for (Index c = 0; c < num_classes_; ++c) {
      bias.push_back(static_cast<float>(-squared_norm(weight.row(c))));
      for (float& w : weight.row(c)) w *= 2.0f;
    }
    const std::string offset = graph_.apply("Sub", {scaled, vector("centre", centre)}, "offset");
    const std::string closeness = graph_.gemm(
        offset, weights("closeness.weight", weight), vector("closeness.bias", bias), "closeness");
    const std::string squares = graph_.apply("Mul", {offset, offset}, "offset.squares");
    return {closeness, graph_.gemm(squares, ones_row(), "shared")};
  }

  void add_results(const RowScores& row) {
    subtract(row.shared, row.closeness, num_classes_, "scores");
    if (model_.temperature > 0.0f) add_probabilities(row.closeness);
    if (k_ == 0) return;
    graph_.top_k(row.closeness, k_, "closeness.top", "top_ids");
    subtract(row.shared, "closeness.top", k_, "top_scores");
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
  Index dim_;
  Index num_classes_;
  Index k_;
  bool is_unit_ = false;
  std::string ones_row_;
};

}  // namespace

void build_classify_graph(const Model& model, Index top_k, OnnxGraph& graph) {
  ClassifyBuilder(model, top_k, graph).build();
}

}  // namespace dem
