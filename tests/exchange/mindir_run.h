// Runs the graph of a MINDIR file with plain loops in double, for tests; holds every node to the
// shape that the file states.
#pragma once

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exchange/mindir_reader.h"

namespace dem::test {

class MindirRun {
 public:
  // The output for inputs by plain name ("att"), each of the shape that the file declares.
  [[nodiscard]] static std::vector<double> run(
      const MindirFile& file, const std::map<std::string, std::vector<double>>& feeds) {
    std::map<std::string, MindirTensor> values;
    for (const MindirTensor& input : file.inputs) {
      MindirTensor value = input;
      value.values = feeds.at(MindirFile::plain(input.name));
      require(value.values.size() == elements(input.shape), "a feed of the declared shape");
      values[input.name] = value;
    }
    for (const MindirTensor& parameter : file.parameters) values[parameter.name] = parameter;
    for (const MindirNode& node : file.nodes) {
      if (auto value = execute(node, values)) values[node.key] = *value;
    }
    return values.at(file.output).values;
  }

 private:
  // Nothing for a monad or a tuple, which no tensor depends on.
  static std::optional<MindirTensor> execute(const MindirNode& node,
                                             const std::map<std::string, MindirTensor>& values) {
    const std::string& op = node.op_type;
    if (op == "Constant") {
      if (node.attributes[0].tensors.empty()) return std::nullopt;
      return node.attributes[0].tensors[0];
    }
    if (op == "MakeTuple" || op == "UpdateState") return std::nullopt;
    const MindirTensor& x = values.at(node.inputs.at(0));
    MindirTensor result = x;
    if (op == "Load" || op == "Depend") {
      require(node.inputs.size() == 2 && !values.contains(node.inputs[1]), "a monad");
      if (op == "Depend") require(node.attribute("side_effect_propagate").number == 1, "1");
    } else if (op == "MatMul") {
      result = product(node, x, values.at(node.inputs.at(1)));
    } else if (op == "ReLU") {
      for (double& v : result.values) v = v > 0.0 ? v : 0.0;
    } else if (op == "Tanh") {
      for (double& v : result.values) v = std::tanh(v);
    } else {
      combine(node, values.at(node.inputs.at(1)), result);
    }
    require(result.shape == node.attributes[0].tensors[0].shape, "the shape of " + node.key);
    return result;
  }

  // x [n, k] times the transpose of w [m, k].
  static MindirTensor product(const MindirNode& node,
                              const MindirTensor& x,
                              const MindirTensor& w) {
    for (const char* name : {"transpose_a", "transpose_x1"}) {
      require(node.attribute(name).number == 0, "x as it is");
    }
    for (const char* name : {"transpose_b", "transpose_x2"}) {
      require(node.attribute(name).number == 1, "w transposed");
    }
    require(x.shape.size() == 2 && w.shape.size() == 2 && x.shape[1] == w.shape[1], "[n,k] [m,k]");
    MindirTensor result;
    result.shape = {x.shape[0], w.shape[0]};
    const auto width = static_cast<std::size_t>(x.shape[1]);
    for (std::size_t i = 0; i < x.values.size(); i += width) {
      for (std::size_t j = 0; j < w.values.size(); j += width) {
        double sum = 0.0;
        for (std::size_t k = 0; k < width; ++k) sum += x.values[i + k] * w.values[j + k];
        result.values.push_back(sum);
      }
    }
    return result;
  }

  // BiasAdd, Add and Mul: y is of the same shape, a row, or a scalar.
  static void combine(const MindirNode& node, const MindirTensor& y, MindirTensor& result) {
    const bool is_bias = node.op_type == "BiasAdd";
    require(is_bias || node.op_type == "Add" || node.op_type == "Mul", "a known operator");
    if (is_bias) {
      require(y.shape == Shape{result.shape.at(1)}, "a bias of the row's width");
      require(node.attribute("format").text == "NCHW", "NCHW");
    } else {
      require(y.shape.empty() || y.shape == result.shape, "equal shapes or a scalar");
    }
    for (std::size_t i = 0; i < result.values.size(); ++i) {
      const double other = y.values[i % y.values.size()];
      result.values[i] =
          node.op_type == "Mul" ? result.values[i] * other : result.values[i] + other;
    }
  }
};

}  // namespace dem::test
