#include "dem/model/space_join.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "dem/base/error.h"
#include "model/class_rows.h"

namespace dem {
namespace {

void check_weights(const ClassTable& classes, const std::vector<double>& weights) {
  const bool good = std::all_of(weights.begin(), weights.end(), [](double weight) {
    return std::isfinite(weight) && weight >= 0.0;
  });
  const bool some = std::any_of(weights.begin(), weights.end(), [](double w) { return w > 0.0; });
  if (good && some && weights.size() == classes.spaces.size()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("space weights: expected ",
                     classes.spaces.size(),
                     " numbers of at least 0, not all 0 (",
                     join(classes.spaces),
                     "), got ",
                     weights.empty() ? "none" : join(weights)));
}

}  // namespace

std::vector<ClassInput> SpaceJoin::inputs() const {
  std::vector<ClassInput> inputs;
  for (const Part& part : parts) inputs.push_back(part.input);
  return inputs;
}

ClassInput SpaceJoin::joined() const {
  std::vector<std::string> names;
  Index dim = 0;
  for (const Part& part : parts) {
    names.push_back(part.input.space);
    dim += part.input.dim;
  }
  return {join(names, "+"), dim};
}

Matrix<float> SpaceJoin::rows(const ClassTable& classes) const {
  Matrix<float> all = Matrix<float>::uninitialised(classes.size(), joined().dim);
  Index first = 0;
  for (const Part& part : parts) {
    const Matrix<float> units = taken_rows(part.input, true, classes);
    const double root = std::sqrt(part.weight);
    for (Index c = 0; c < units.rows(); ++c) {
      const std::span<const float> from = units.row(c);
      std::transform(from.begin(), from.end(), all.row(c).begin() + first, [root](float value) {
        return static_cast<float>(root * double{value});
      });
    }
    first += units.cols();
  }
  return all;
}

ClassTable SpaceJoin::table(const ClassTable& classes) const {
  ClassTable table{classes.names, classes.seen, {joined().space}, {}};
  table.embeddings.push_back(rows(classes));
  return table;
}

std::string SpaceJoin::to_string() const {
  std::vector<std::string> texts;
  for (const Part& part : parts) texts.push_back(concat(part.input.space, " x ", part.weight));
  return join(texts, " + ");
}

SpaceJoin join_of(const ClassTable& classes, const std::vector<double>& weights) {
  check_weights(classes, weights);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  SpaceJoin joined;
  for (std::size_t s = 0; s < weights.size(); ++s) {
    if (weights[s] == 0.0) continue;
    joined.parts.push_back({{classes.spaces[s], classes.embeddings[s].cols()}, weights[s] / sum});
  }
  return joined;
}

}  // namespace dem
