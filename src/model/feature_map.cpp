#include "dem/model/feature_map.h"

#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/parallel.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"

namespace dem {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

// The width that a step takes; 0: any.
Index input_of(const FeatureMap::Step& step) {
  return std::visit(
      Overloaded{[](const FeatureScaling& s) { return static_cast<Index>(s.shift.size()); },
                 [](const PowerMap&) { return Index{0}; },
                 [](const AffineMap& map) { return map.weight.cols(); }},
      step);
}

// The width that it gives; 0: the one it took.
Index output_of(const FeatureMap::Step& step) {
  const auto* affine = std::get_if<AffineMap>(&step);
  return affine != nullptr ? affine->weight.rows() : 0;
}

std::string text_of(const FeatureMap::Step& step) {
  return std::visit(
      Overloaded{[](const FeatureScaling& s) { return std::string(to_string(s.kind)); },
                 [](const PowerMap& power) { return "power " + shortest_text(power.exponent); },
                 [](const AffineMap& map) {
                   return concat("affine ", map.weight.cols(), " -> ", map.weight.rows());
                 }},
      step);
}

void copy_rows(MatrixView<const float> from, MatrixView<float> to) {
  if (from.data() == to.data()) return;
  for (Index i = 0; i < from.rows(); ++i) {
    std::copy(from.row(i).begin(), from.row(i).end(), to.row(i).begin());
  }
}

void raise(const PowerMap& power, MatrixView<float> values) {
  constexpr Index kGrain = 64;
  parallel_for(values.rows(), kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      for (float& value : values.row(i)) {
        value = std::copysign(std::pow(std::abs(value), power.exponent), value);
      }
    }
  });
}

void apply_affine(const AffineMap& map, MatrixView<const float> from, MatrixView<float> to) {
  for (Index i = 0; i < to.rows(); ++i) {
    std::copy(map.bias.begin(), map.bias.end(), to.row(i).begin());
  }
  gemm(Transpose::kNo, Transpose::kYes, 1.0f, from, map.weight, 1.0f, to);
}

void apply_in_place(const FeatureMap::Step& step, MatrixView<float> values) {
  if (const auto* scaling = std::get_if<FeatureScaling>(&step)) return scaling->apply(values);
  raise(std::get<PowerMap>(step), values);
}

FeatureMap::Step clone_of(const FeatureMap::Step& step) {
  if (const auto* affine = std::get_if<AffineMap>(&step)) {
    return AffineMap{affine->weight.clone(), affine->bias};
  }
  if (const auto* power = std::get_if<PowerMap>(&step)) return *power;
  return std::get<FeatureScaling>(step);
}

}  // namespace

FeatureMap::FeatureMap(FeatureScaling scaling) {
  if (scaling.kind != ScalingKind::kNone) add(std::move(scaling));
}

void FeatureMap::add(Step step) {
  steps_.push_back(std::move(step));
}

FeatureMap FeatureMap::clone() const {
  FeatureMap copy;
  for (const Step& step : steps_) copy.add(clone_of(step));
  return copy;
}

Index FeatureMap::output_dim(Index input_dim) const {
  Index width = input_dim;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Index expected = input_of(steps_[i]);
    if (expected > 0 && expected != width) {
      throw Error(ErrorKind::kShapeMismatch,
                  concat("feature map: step ",
                         i + 1,
                         " (",
                         text_of(steps_[i]),
                         "): expected ",
                         expected,
                         " feature dimensions, got ",
                         width));
    }
    if (const Index out = output_of(steps_[i]); out > 0) width = out;
  }
  return width;
}

Index FeatureMap::input_dim(Index output_dim) const {
  for (const Step& step : steps_) {
    if (const Index width = input_of(step); width > 0) return width;
  }
  return output_dim;
}

// Steps that keep the width work in place: on `out` where no affine map follows, else on a copy.
void FeatureMap::apply(MatrixView<const float> features, MatrixView<float> out) const {
  const Index width = output_dim(features.cols());
  if (out.rows() != features.rows() || out.cols() != width) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("feature map: expected room for [",
                       features.rows(),
                       ", ",
                       width,
                       "], got [",
                       out.rows(),
                       ", ",
                       out.cols(),
                       "]"));
  }
  auto affine_left = std::count_if(steps_.begin(), steps_.end(), [](const Step& step) {
    return std::holds_alternative<AffineMap>(step);
  });
  Matrix<float> scratch;
  MatrixView<float> current = out;
  if (affine_left > 0) {
    scratch = Matrix<float>::uninitialised(features.rows(), features.cols());
    current = scratch;
  }
  copy_rows(features, current);
  for (const Step& step : steps_) {
    const auto* affine = std::get_if<AffineMap>(&step);
    if (affine == nullptr) {
      apply_in_place(step, current);
      continue;
    }
    const bool is_last = --affine_left == 0;
    Matrix<float> next;
    if (!is_last) next = Matrix<float>::uninitialised(out.rows(), affine->weight.rows());
    const MatrixView<float> to = is_last ? out : next.view();
    apply_affine(*affine, current, to);
    scratch = std::move(next);
    current = to;
  }
}

Matrix<float> FeatureMap::mapped(MatrixView<const float> features) const {
  Matrix<float> out = Matrix<float>::uninitialised(features.rows(), output_dim(features.cols()));
  apply(features, out);
  return out;
}

std::string FeatureMap::to_string() const {
  std::vector<std::string> texts;
  for (const Step& step : steps_) texts.push_back(text_of(step));
  return texts.empty() ? "none" : join(texts, " then ");
}

}  // namespace dem
