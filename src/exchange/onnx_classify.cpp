// Scores of visual features against the prototypes of a model.
//
// Euclidean. |x|^2 - 2 x.p + |p|^2 loses to cancellation what features and prototypes have in
// common, often most of them. With the mean prototype c taken off both first, y = x - c and
// q = p - c,
//   -|x - p|^2 = (2 q.y - |q|^2) - |y|^2
// is off by some units of float32 rounding of (|y| + |q|)^2, the scale of the distances themselves.
// The nearest classes are found by the bracket, before |y|^2, which all classes share, rounds it.
//
// Cosine. x / |x| against prototypes divided by their norms beforehand. Rows are divided by their
// largest magnitude first, so that squares neither overflow nor vanish; kTiny turns 0 / 0 into 0,
// dem's answer for a zero row, and is lost in any other sum.
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
    if (model_.metric == Metric::kCosine) {
      cosine(is_unit_ ? scaled : to_unit(scaled));
    } else {
      euclidean(scaled);
    }
    graph_.output("scores", onnx_pb::FLOAT, num_classes_, score_meaning());
    if (model_.temperature > 0.0f) {
      graph_.output("probabilities", onnx_pb::FLOAT, num_classes_, "softmax(scores / temperature)");
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

  void cosine(const std::string& unit) {
    Matrix<float> directions = model_.prototypes.clone();
    FeatureScaling{ScalingKind::kL2, {}, {}}.apply(directions);
    const std::string weight = graph_.constant("directions", {num_classes_, dim_}, all(directions));
    graph_.gemm(unit, weight, "scores");
    add_probabilities("scores");
    if (k_ > 0) graph_.top_k("scores", k_, "top_scores", "top_ids");
  }

  void euclidean(const std::string& scaled) {
    const std::vector<float> centre = mean_prototype();
    Matrix<float> weight = Matrix<float>::uninitialised(num_classes_, dim_);
    std::vector<float> bias;
    for (Index c = 0; c < num_classes_; ++c) {
      for (Index d = 0; d < dim_; ++d) {
        weight(c, d) = static_cast<float>(double{model_.prototypes(c, d)} -
                                          double{centre[static_cast<std::size_t>(d)]});
      }
      bias.push_back(static_cast<float>(-squared_norm(weight.row(c))));
      for (float& w : weight.row(c)) w *= 2.0f;
    }
    const std::string offset = graph_.apply("Sub", {scaled, vector("centre", centre)}, "offset");
    const std::string closeness =
        graph_.gemm(offset,
                    graph_.constant("closeness.weight", {num_classes_, dim_}, all(weight)),
                    vector("closeness.bias", bias),
                    "closeness");
    const std::string squares = graph_.apply("Mul", {offset, offset}, "offset.squares");
    const std::string sum = graph_.gemm(squares, ones_row(), "offset.sum");
    subtract(sum, closeness, num_classes_, "scores");
    add_probabilities(closeness);
    if (k_ == 0) return;
    graph_.top_k(closeness, k_, "closeness.top", "top_ids");
    subtract(sum, "closeness.top", k_, "top_scores");
  }

  // `values` are the scores, up to a number that the classes of a row share.
  void add_probabilities(const std::string& values) {
    if (model_.temperature <= 0.0f) return;
    const std::string divisor =
        vector("temperature", std::span<const float>(&model_.temperature, 1));
    graph_.apply("Div", {values, divisor}, "tempered");
    graph_.apply("Softmax", {"tempered"}, "probabilities", {{"axis", {1}}});
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

  [[nodiscard]] std::vector<float> mean_prototype() const {
    std::vector<float> mean;
    for (Index d = 0; d < dim_; ++d) {
      double sum = 0.0;
      for (Index c = 0; c < num_classes_; ++c) sum += double{model_.prototypes(c, d)};
      mean.push_back(static_cast<float>(sum / static_cast<double>(num_classes_)));
    }
    return mean;
  }

  static std::span<const float> all(const Matrix<float>& matrix) {
    return {matrix.data(), static_cast<std::size_t>(matrix.size())};
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
