// A kernel that is a product g(u) . g(u') needs no kernel values: k(u, support) C = g(u)
// (g(support)' C), and what stands in brackets [dim, q] is made once, so that a class costs what a
// linear map does, however many support classes there are. Of other kernels, classes go through in
// blocks, and the support classes' descriptions in blocks of those, so that beside the result no
// more than some matrices [kBlock, support classes] and [kBlock, prototype_dim] are held. Kernel
// values are taken in double, where the differences that a centred or a Gaussian kernel is made of
// keep their digits, and then rounded for products in float32.
//
// Why a dot product does for the Gaussian term: with variances of each class its own,
//   -(z_j - m_j)^2 / (2 v_j) = z_j m_j / v_j - z_j^2 / (2 v_j) - m_j^2 / (2 v_j)
// is linear in (z_j, z_j^2), and its last part is a number of the class.
#include "dem/model/kernel_map.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/at.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "linalg/blas.h"
#include "linalg/double_sums.h"
#include "linalg/picked_rows.h"
#include "model/mean_of_largest.h"

namespace dem {
namespace {

constexpr Index kBlock = 256;
constexpr Index kPredicted = kNoneLeftOut;

Matrix<double> in_double(MatrixView<const float> rows) {
  Matrix<double> out = Matrix<double>::uninitialised(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    std::copy(rows.row(i).begin(), rows.row(i).end(), out.row(i).begin());
  }
  return out;
}

// Rows divided by their norms; a zero row stays zero.
template <typename T>
void normalise(MatrixView<T> rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    double sum = 0.0;
    for (const T value : rows.row(i)) sum += double{value} * double{value};
    const double norm = sum > 0.0 ? std::sqrt(sum) : 1.0;
    for (T& value : rows.row(i)) value = static_cast<T>(double{value} / norm);
  }
}

Matrix<double> unit_rows(MatrixView<const float> rows) {
  Matrix<double> units = in_double(rows);
  normalise(units.view());
  return units;
}

Matrix<float> product(MatrixView<const float> a, MatrixView<const float> b) {
  Matrix<float> out = Matrix<float>::uninitialised(a.rows(), b.cols());
  gemm(Transpose::kNo, Transpose::kNo, 1.0f, a, b, 0.0f, out);
  return out;
}

bool is_row(std::span<const double> unit, std::span<const float> support) {
  constexpr double kSame = 1e-6;
  return std::equal(unit.begin(), unit.end(), support.begin(), [](double a, float b) {
    return std::abs(a - double{b}) <= kSame;
  });
}

// Where each class stands among the support classes; kPredicted: nowhere. Names may come more than
// once (ImageNet has two cranes); classes of the same name and row are taken in their order.
std::vector<Index> support_places(const KernelMap& map,
                                  MatrixView<const float> descriptions,
                                  std::span<const std::string> names) {
  struct Place {
    Index support;
    bool taken;
  };
  std::multimap<std::string_view, Place> places;
  for (std::size_t s = 0; s < map.names.size(); ++s) {
    places.emplace(map.names[s], Place{static_cast<Index>(s), false});
  }
  std::vector<Index> found(names.size(), kPredicted);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto [first, last] = places.equal_range(names[c]);
    if (first == last) continue;
    const Matrix<double> unit = unit_rows(descriptions.row_block(static_cast<Index>(c), 1));
    for (auto entry = first; entry != last; ++entry) {
      Place& place = entry->second;
      if (!is_row(unit.row(0), map.support.row(place.support))) continue;
      if (found[c] != kPredicted && place.taken) continue;
      found[c] = place.support;
      if (place.taken) continue;  // unless there is another one
      place.taken = true;
      break;
    }
  }
  return found;
}

// Some classes on their way.
struct Block {
  std::vector<Index> classes;  // rows of the table
  std::vector<Index> places;   // among the support classes, or kPredicted
  Matrix<float> f;             // [n, q]
  Matrix<float> mean;          // [n, q] of the Gaussian term, where there is one
  Matrix<float> variance;      // likewise
};

// g(support)' times some columns of the support classes [S, q], in double and rounded. [dim, q]
Matrix<float> folded(const Kernel& kernel,
                     MatrixView<const float> support,
                     MatrixView<const float> columns) {
  Matrix<double> sum(support.cols(), columns.cols());
  for (Index first = 0; first < support.rows(); first += kBlock) {
    const Index count = std::min(kBlock, support.rows() - first);
    const Matrix<double> factors = kernel.factors(in_double(support.row_block(first, count)));
    const Matrix<double> some = in_double(columns.row_block(first, count));
    gemm(Transpose::kYes, Transpose::kNo, 1.0, factors, some, 1.0, sum.view());
  }
  Matrix<float> out = Matrix<float>::uninitialised(sum.rows(), sum.cols());
  std::transform(sum.data(), sum.data() + sum.size(), out.data(), [](double value) {
    return static_cast<float>(value);
  });
  return out;
}

class Builder {
 public:
  Builder(const KernelMap& map, MatrixView<const float> descriptions)
      : map_(map),
        descriptions_(descriptions),
        folds_(map.kernel.is_product() && map.input.dim < map.support.rows()) {
    const Index count = descriptions.rows();
    result_.rows = Matrix<float>::uninitialised(count, map.prototype_dim());
    if (map.hub || map.gaussian) result_.offset.assign(at(count), 0.0f);
  }

  Prototypes build(std::span<const Index> places) {
    Block known, predicted;
    for (std::size_t c = 0; c < places.size(); ++c) {
      const bool is_known = places[c] != kPredicted;
      Block& block = is_known ? known : predicted;
      block.classes.push_back(static_cast<Index>(c));
      block.places.push_back(places[c]);
      if (block.classes.size() == kBlock) is_known ? recall(block) : predict(block);
    }
    recall(known);
    predict(predicted);
    return std::move(result_);
  }

 private:
  // Support classes, by what is kept of them.
  void recall(Block& block) {
    if (block.classes.empty()) return;
    if (has_p()) block.f = picked_rows<float, Index>(map_.own, block.places);
    if (map_.gaussian) {
      block.mean = picked_rows<float, Index>(map_.gaussian->own_mean, block.places);
      block.variance = picked_rows<float, Index>(map_.gaussian->own_variance, block.places);
    }
    write(block);
  }

  // The others, from their descriptions.
  void predict(Block& block) {
    if (block.classes.empty()) return;
    fold_once();
    const Matrix<double> units = unit_rows(picked_rows<float, Index>(descriptions_, block.classes));
    const Matrix<float> values = folds_ ? factors_of(units) : to_support(units);
    if (has_p()) block.f = product(values, folds_ ? coefficients_ : map_.coefficients);
    if (map_.gaussian) {
      block.mean = product(values, folds_ ? means_ : map_.gaussian->coefficients);
      block.variance = variances(units, product(values, folds_ ? root_ : map_.gaussian->root));
    }
    write(block);
  }

  void fold_once() {
    if (!folds_ || has_folded_) return;
    has_folded_ = true;
    const auto fold = [&](const Matrix<float>& columns) {
      return folded(map_.kernel, map_.support, columns);
    };
    if (has_p()) coefficients_ = fold(map_.coefficients);
    if (!map_.gaussian) return;
    means_ = fold(map_.gaussian->coefficients);
    root_ = fold(map_.gaussian->root);
  }

  [[nodiscard]] Matrix<float> factors_of(MatrixView<const double> units) const {
    const Matrix<double> factors = map_.kernel.factors(units);
    Matrix<float> out = Matrix<float>::uninitialised(factors.rows(), factors.cols());
    std::transform(factors.data(), factors.data() + factors.size(), out.data(), [](double value) {
      return static_cast<float>(value);
    });
    return out;
  }

  [[nodiscard]] Matrix<float> to_support(MatrixView<const double> units) const {
    const Index count = map_.support.rows();
    Matrix<float> values = Matrix<float>::uninitialised(units.rows(), count);
    for (Index first = 0; first < count; first += kBlock) {
      const MatrixView<const float> some =
          map_.support.view().row_block(first, std::min(kBlock, count - first));
      const Matrix<double> kernel = map_.kernel.between(units, in_double(some));
      for (Index i = 0; i < kernel.rows(); ++i) {
        std::transform(kernel.row(i).begin(),
                       kernel.row(i).end(),
                       values.row(i).begin() + first,
                       [](double value) { return static_cast<float>(value); });
      }
    }
    return values;
  }

  [[nodiscard]] Matrix<float> variances(MatrixView<const double> units,
                                        Matrix<float> in_root) const {
    const GaussianTerm& term = *map_.gaussian;
    const Matrix<double> explained = explained_variances(std::move(in_root));
    const std::vector<double> itself = map_.kernel.with_itself(units);
    Matrix<float> out = Matrix<float>::uninitialised(units.rows(), map_.basis.rows());
    for (Index i = 0; i < out.rows(); ++i) {
      const double alone = itself[at(i)] + term.ridge;
      double factor = 0.0;
      for (Index j = 0; j < out.cols(); ++j) {
        if (j < explained.cols()) factor = predictive_factor(alone - explained(i, j));
        out(i, j) = static_cast<float>(1.0 + factor * double{term.residual[at(j)]});
      }
    }
    return out;
  }

  // strength v^exponent
  [[nodiscard]] double predictive_factor(double left) const {
    constexpr double kLeast = 1e-9;
    const GaussianTerm& term = *map_.gaussian;
    return term.strength * std::pow(std::max(left, kLeast) / term.unit_variance, term.exponent);
  }

  // What the support classes take off the variance, of k(u, support) root [n, r]: [n, q], or [n, 1]
  // where it is the same for all coordinates.
  [[nodiscard]] Matrix<double> explained_variances(Matrix<float> parts) const {
    const Matrix<float>& share = map_.gaussian->share;
    if (share.empty()) {
      Matrix<double> sums(parts.rows(), 1);
      for (Index i = 0; i < parts.rows(); ++i) sums(i, 0) = squared_norm(parts.row(i));
      return sums;
    }
    for (Index i = 0; i < parts.size(); ++i) parts.data()[i] *= parts.data()[i];
    return in_double(product(parts, share));
  }

  [[nodiscard]] bool has_p() const { return map_.basis.cols() > 0; }

  // Puts a block's prototypes where they belong, and empties it.
  void write(Block& block) {
    if (has_p()) {
      Matrix<float> p = product(block.f, map_.basis);
      if (map_.unit_prototypes) normalise(p.view());
      for (Index i = 0; i < p.rows(); ++i) {
        std::copy(p.row(i).begin(), p.row(i).end(), row_of(block, i).begin());
      }
    }
    if (map_.hub) add_hub_term(block);
    if (map_.gaussian) add_gaussian_term(block);
    block = {};
  }

  [[nodiscard]] std::span<float> row_of(const Block& block, Index i) {
    return result_.rows.row(block.classes[at(i)]);
  }

  [[nodiscard]] float& offset_of(const Block& block, Index i) {
    return result_.offset[at(block.classes[at(i)])];
  }

  void add_hub_term(Block& block) {
    const HubTerm& hub = *map_.hub;
    normalise(block.f.view());
    Matrix<float> cosines = Matrix<float>::uninitialised(block.f.rows(), hub.seen.rows());
    gemm(Transpose::kNo, Transpose::kYes, 1.0f, block.f, hub.seen, 0.0f, cosines);
    constexpr Index kGrain = 16;
    parallel_for(cosines.rows(), kGrain, [&](Index first, Index last) {
      for (Index i = first; i < last; ++i) {
        const double closeness = mean_of_largest(cosines.row(i), block.places[at(i)], hub.nearest);
        offset_of(block, i) -= static_cast<float>(double{hub.weight} * closeness);
      }
    });
  }

  void add_gaussian_term(const Block& block) {
    const double weight = double{map_.gaussian->weight};
    const Index q = block.mean.cols();
    for (Index i = 0; i < block.mean.rows(); ++i) {
      const std::span<float> row = row_of(block, i).last(2 * at(q));
      double norm = 0.0, determinant = 0.0;
      for (Index j = 0; j < q; ++j) {
        const double mean = double{block.mean(i, j)};
        const double variance = double{block.variance(i, j)};
        const double precision = weight / variance;
        row[at(j)] = static_cast<float>(mean * precision);
        row[at(q + j)] = static_cast<float>(-0.5 * precision);
        norm += mean * mean * precision;
        determinant += std::log(variance);
      }
      norm += weight * map_.gaussian->log_determinant * determinant;
      offset_of(block, i) -= static_cast<float>(0.5 * norm);
    }
  }

  const KernelMap& map_;
  MatrixView<const float> descriptions_;
  bool folds_;  // whether kernel values are left out
  bool has_folded_ = false;
  Matrix<float> coefficients_, means_, root_;  // then: folded, once a class is to be predicted
  Prototypes result_;
};

HubTerm clone_of(const HubTerm& term) {
  return {term.weight, term.nearest, term.seen.clone()};
}

GaussianTerm clone_of(const GaussianTerm& term) {
  return {term.weight,
          term.ridge,
          term.unit_variance,
          term.strength,
          term.exponent,
          term.root.clone(),
          term.residual,
          term.coefficients.clone(),
          term.own_mean.clone(),
          term.own_variance.clone(),
          term.share.clone(),
          term.log_determinant};
}

}  // namespace

KernelMap KernelMap::clone() const {
  KernelMap copy{
      input, kernel, names, support.clone(), coefficients.clone(), own.clone(), basis.clone()};
  if (hub) copy.hub = clone_of(*hub);
  if (gaussian) copy.gaussian = clone_of(*gaussian);
  copy.unit_prototypes = unit_prototypes;
  return copy;
}

Index KernelMap::prototype_dim() const {
  return basis.cols() + (gaussian ? 2 * basis.rows() : 0);
}

Prototypes KernelMap::prototypes(MatrixView<const float> descriptions,
                                 std::span<const std::string> class_names) const {
  if (descriptions.cols() != input.dim ||
      descriptions.rows() != static_cast<Index>(class_names.size())) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("kernel map: expected [",
                       class_names.size(),
                       ", ",
                       input.dim,
                       "] descriptions, got [",
                       descriptions.rows(),
                       ", ",
                       descriptions.cols(),
                       "]"));
  }
  return Builder(*this, descriptions).build(support_places(*this, descriptions, class_names));
}

}  // namespace dem
