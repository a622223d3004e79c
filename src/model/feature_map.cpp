#include "dem/model/feature_map.h"

#include <algorithm>
#include <cmath>
#include <span>

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

// The width that the first of the maps to say so takes; 0: any.
Index input_of_any(std::span<const FeatureMap> maps) {
  for (const FeatureMap& map : maps) {
    if (const Index width = map.input_dim(0); width > 0) return width;
  }
  return 0;
}

// The width that a step takes; 0: any.
Index input_of(const FeatureMap::Step& step) {
  return std::visit(
      Overloaded{[](const FeatureScaling& s) { return static_cast<Index>(s.shift.size()); },
                 [](const PowerMap&) { return Index{0}; },
                 [](const AffineMap& map) { return map.weight.cols(); },
                 [](const WithSquares&) { return Index{0}; },
                 [](const SideBySide& side_by_side) { return input_of_any(side_by_side.maps); }},
      step);
}

Index sum_of_widths(Index one, Index other) {
  Index sum = 0;
  if (!__builtin_add_overflow(one, other, &sum)) return sum;
  throw Error(ErrorKind::kShapeMismatch, "feature map: too wide to count its dimensions");
}

// The width behind which a step gives `width`, which it may not; output_dim() then differs.
Index input_before(const FeatureMap::Step& step, Index width) {
  if (const Index own = input_of(step); own > 0) return own;
  return width / std::max<Index>(1, dem::output_dim(step, 1));
}

std::string text_of(const FeatureMap::Step& step) {
  return std::visit(
      Overloaded{[](const FeatureScaling& s) { return std::string(to_string(s.kind)); },
                 [](const PowerMap& power) { return "power " + shortest_text(power.exponent); },
                 [](const AffineMap& map) {
                   return concat("affine ", map.weight.cols(), " -> ", map.weight.rows());
                 },
                 [](const WithSquares&) { return std::string("with squares"); },
                 [](const SideBySide& side_by_side) {
                   std::vector<std::string> texts;
                   for (const FeatureMap& map : side_by_side.maps) texts.push_back(map.to_string());
                   return concat("(", join(texts, " | "), ")");
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

void add_squares(MatrixView<const float> from, MatrixView<float> to) {
  constexpr Index kGrain = 64;
  parallel_for(to.rows(), kGrain, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      const std::span<const float> z = from.row(i);
      const auto squares = std::copy(z.begin(), z.end(), to.row(i).begin());
      std::transform(z.begin(), z.end(), squares, [](float value) { return value * value; });
    }
  });
}

void apply_side_by_side(const SideBySide& step,
                        MatrixView<const float> from,
                        MatrixView<float> to) {
  Index first = 0;
  for (const FeatureMap& map : step.maps) {
    const Index width = map.output_dim(from.cols());
    map.apply(from, MatrixView<float>(to.data() + first, to.rows(), width, to.stride()));
    first += width;
  }
}

// Whether a step gives another width, or may: such a step reads one matrix and writes another.
bool reshapes(const FeatureMap::Step& step) {
  return !std::holds_alternative<FeatureScaling>(step) && !std::holds_alternative<PowerMap>(step);
}

void apply_reshaping(const FeatureMap::Step& step,
                     MatrixView<const float> from,
                     MatrixView<float> to) {
  if (const auto* affine = std::get_if<AffineMap>(&step)) return apply_affine(*affine, from, to);
  if (const auto* maps = std::get_if<SideBySide>(&step)) return apply_side_by_side(*maps, from, to);
  add_squares(from, to);
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
  if (std::holds_alternative<WithSquares>(step)) return WithSquares{};
  if (const auto* side_by_side = std::get_if<SideBySide>(&step)) {
    SideBySide copy;
    for (const FeatureMap& map : side_by_side->maps) copy.maps.push_back(map.clone());
    return copy;
  }
  return std::get<FeatureScaling>(step);
}

}  // namespace

Index output_dim(const FeatureMap::Step& step, Index input_dim) {
  if (const auto* affine = std::get_if<AffineMap>(&step)) return affine->weight.rows();
  if (std::holds_alternative<WithSquares>(step)) return sum_of_widths(input_dim, input_dim);
  const auto* side_by_side = std::get_if<SideBySide>(&step);
  if (side_by_side == nullptr) return input_dim;
  Index sum = 0;
  for (const FeatureMap& map : side_by_side->maps)
    sum = sum_of_widths(sum, map.output_dim(input_dim));
  return sum;
}

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
    width = dem::output_dim(steps_[i], width);
  }
  return width;
}

Index FeatureMap::input_dim(Index output_dim) const {
  Index width = output_dim;
  for (std::size_t i = steps_.size(); i > 0; --i) width = input_before(steps_[i - 1], width);
  return width;
}

// Steps that keep the width work in place: on `out` where no step follows that gives another, else
// on a copy.
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
  auto left = std::count_if(steps_.begin(), steps_.end(), reshapes);
  Matrix<float> scratch;
  MatrixView<float> current = out;
  if (left > 0) {
    scratch = Matrix<float>::uninitialised(features.rows(), features.cols());
    current = scratch;
  }
  copy_rows(features, current);
  for (const Step& step : steps_) {
    if (!reshapes(step)) {
      apply_in_place(step, current);
      continue;
    }
    const bool is_last = --left == 0;
    Matrix<float> next;
    if (!is_last) {
      next = Matrix<float>::uninitialised(out.rows(), dem::output_dim(step, current.cols()));
    }
    const MatrixView<float> to = is_last ? out : next.view();
    apply_reshaping(step, current, to);
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
