#include "dem/model/kernel_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "dem/model/feature_map.h"
#include "support/files.h"
#include "support/random_kernel_map.h"

namespace dem {
namespace {

using test::expect_error;
using test::KernelMapSizes;
using Vector = std::vector<double>;

constexpr KernelKind kKinds[] = {
    KernelKind::kLinear, KernelKind::kCentred, KernelKind::kQuartic, KernelKind::kGaussian};

double product(const Vector& a, const Vector& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Vector unit(std::span<const float> row) {
  Vector values(row.begin(), row.end());
  const double norm = std::sqrt(product(values, values));
  for (double& value : values) value /= norm > 0.0 ? norm : 1.0;
  return values;
}

Vector row_of(const Matrix<float>& rows, Index i) {
  return {rows.row(i).begin(), rows.row(i).end()};
}

Vector times(const Vector& row, const Matrix<float>& matrix) {
  Vector out(at(matrix.cols()));
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j) out[at(j)] += row[at(i)] * double{matrix(i, j)};
  }
  return out;
}

// The kernel as its comment has it.
double naive_kernel(const Kernel& kernel, const Vector& a, const Vector& b) {
  double centred = 0.0, distance = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double c = kernel.centre.empty() ? 0.0 : kernel.centre[i];
    centred += (a[i] - c) * (b[i] - c);
    distance += (a[i] - b[i]) * (a[i] - b[i]);
  }
  if (kernel.kind == KernelKind::kCentred) return centred * kernel.scale;
  if (kernel.kind == KernelKind::kQuartic) return std::pow((1.0 + product(a, b)) / 2.0, 4);
  if (kernel.kind == KernelKind::kGaussian) return std::exp(-kernel.scale * distance);
  return product(a, b);
}

// A class by plain loops: known as support class `own`, or by its description alone (own -1).
class NaiveClass {
 public:
  NaiveClass(const KernelMap& map, std::span<const float> description, Index own)
      : map_(map), own_(own), unit_(unit(description)) {
    for (Index s = 0; s < map.support.rows(); ++s) {
      kernel_.push_back(naive_kernel(map.kernel, unit_, row_of(map.support, s)));
    }
  }

  // Of features y of unit length and coordinates z.
  [[nodiscard]] double score(const Vector& y, const Vector& z) const {
    Vector f(at(map_.basis.rows()));  // without p: zeros do
    if (map_.basis.cols() > 0) {
      f = own_ < 0 ? times(kernel_, map_.coefficients) : row_of(map_.own, own_);
    }
    const Vector p = times(f, map_.basis);
    const double norm = map_.unit_prototypes ? std::sqrt(product(p, p)) : 1.0;
    double score = norm > 0.0 ? product(y, p) / norm : 0.0;
    if (map_.hub) score -= double{map_.hub->weight} * hub(f);
    if (map_.gaussian) score += double{map_.gaussian->weight} * gaussian(z);
    return score;
  }

 private:
  [[nodiscard]] double hub(const Vector& f) const {
    Vector cosines;
    for (Index s = 0; s < map_.hub->seen.rows(); ++s) {
      if (s == own_) continue;
      cosines.push_back(product(f, row_of(map_.hub->seen, s)) / std::sqrt(product(f, f)));
    }
    std::sort(cosines.begin(), cosines.end(), std::greater<>());
    cosines.resize(std::min(cosines.size(), at(map_.hub->nearest)));
    double sum = 0.0;
    for (const double value : cosines) sum += value;
    return cosines.empty() ? 0.0 : sum / static_cast<double>(cosines.size());
  }

  // The density's exponent as it is usually written, but for what no class changes.
  [[nodiscard]] double gaussian(const Vector& z) const {
    const GaussianTerm& term = *map_.gaussian;
    const Vector mean = own_ < 0 ? times(kernel_, term.coefficients) : row_of(term.own_mean, own_);
    double sum = 0.0;
    for (std::size_t j = 0; j < mean.size(); ++j) {
      const double variance = own_ < 0 ? predictive_variance(j)
                                       : double{term.own_variance(own_, static_cast<Index>(j))};
      sum -= (z[j] - mean[j]) * (z[j] - mean[j]) / (2.0 * variance);
      sum -= term.log_determinant * std::log(variance) / 2.0;
    }
    return sum;
  }

  [[nodiscard]] double predictive_variance(std::size_t j) const {
    const GaussianTerm& term = *map_.gaussian;
    const Vector explained = times(kernel_, term.root);
    double left = naive_kernel(map_.kernel, unit_, unit_) + term.ridge;
    for (std::size_t k = 0; k < explained.size(); ++k) {
      const double share = term.share.empty()
                               ? 1.0
                               : double{term.share(static_cast<Index>(k), static_cast<Index>(j))};
      left -= explained[k] * explained[k] * share;
    }
    const double v = std::pow(std::max(left, 1e-9) / term.unit_variance, term.exponent);
    return 1.0 + term.strength * v * double{term.residual[j]};
  }

  const KernelMap& map_;
  Index own_;
  Vector unit_;
  Vector kernel_;
};

// Classes of which every third is a support class, by another length of its description; every
// third has the name of one and another description; the others have names of their own.
struct Classes {
  Matrix<float> descriptions;
  std::vector<std::string> names;
  std::vector<Index> own;

  Classes(const KernelMap& map, Index count, Rng& rng)
      : descriptions(test::normal_matrix(count, map.input.dim, 1.0, rng)) {
    for (Index c = 0; c < count; ++c) {
      const Index s = c % map.support.rows();
      own.push_back(c % 3 == 0 ? s : -1);
      names.push_back(c % 3 == 2 ? "new" : map.names[at(s)]);
      if (own.back() < 0) continue;
      for (Index d = 0; d < map.input.dim; ++d) descriptions(c, d) = 3.0f * map.support(s, d);
    }
  }
};

void expect_as_by_plain_loops(const KernelMap& map, Index count, Rng& rng) {
  const Classes classes(map, count, rng);
  const Prototypes got = map.prototypes(classes.descriptions, classes.names);
  ASSERT_EQ(got.rows.rows(), count);
  ASSERT_EQ(got.rows.cols(), map.prototype_dim());
  ASSERT_EQ(got.offset.empty(), !map.hub && !map.gaussian);
  EXPECT_TRUE(got.scale.empty());
  const Index d = map.basis.cols(), q = map.basis.rows();
  for (Index c = 0; c < count; ++c) {
    const Vector y = unit(test::normal_matrix(1, d, 1.0, rng).row(0));
    const Vector z = row_of(test::normal_matrix(1, q, 1.5, rng), 0);
    Vector features = y;
    if (map.gaussian) {
      features.insert(features.end(), z.begin(), z.end());
      for (const double value : z) features.push_back(value * value);
    }
    const double score = product(features, row_of(got.rows, c)) + double{got.view().offset_of(c)};
    const double expected =
        NaiveClass(map, classes.descriptions.row(c), classes.own[at(c)]).score(y, z);
    // Some roundings of sums of a few numbers below 10.
    EXPECT_NEAR(score, expected, 2e-5 * (1.0 + std::abs(expected))) << c;
  }
}

TEST(KernelMap, ScoresAreThoseOfTheFormulas) {
  Rng rng(1, Purpose::kSynthetic);
  for (const KernelKind kind : kKinds) {
    for (const bool hub : {false, true}) {
      for (const bool gaussian : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << to_string(kind) << (hub ? ", hub" : "") << (gaussian ? ", gaussian" : ""));
        const KernelMapSizes sizes;
        KernelMap map = test::random_kernel_map(kind, sizes, rng);
        if (hub) map.hub = test::random_hub(sizes, rng);
        if (gaussian) map.gaussian = test::random_gaussian(sizes, rng);
        expect_as_by_plain_loops(map, 13, rng);
      }
    }
  }
}

// Prototypes for distances, variances a coordinate, the logarithm of the determinant.
TEST(KernelMap, PartsOfItsTermsMayDiffer) {
  Rng rng(11, Purpose::kSynthetic);
  for (const KernelKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    const KernelMapSizes sizes;
    KernelMap map = test::random_kernel_map(kind, sizes, rng);
    map.unit_prototypes = false;
    expect_as_by_plain_loops(map, 13, rng);
    map.gaussian = test::random_gaussian(sizes, rng);
    map.gaussian->log_determinant = 0.7;
    expect_as_by_plain_loops(map, 13, rng);
    map.gaussian->share = test::positive_matrix(sizes.support, sizes.coordinates, rng);
    expect_as_by_plain_loops(map, 13, rng);
    expect_as_by_plain_loops(map.clone(), 700, rng);
  }
}

// A score that is the Gaussian term alone.
TEST(KernelMap, AGaussianTermMayStandAlone) {
  Rng rng(12, Purpose::kSynthetic);
  const KernelMapSizes sizes;
  KernelMap map = test::random_gaussian_map(KernelKind::kGaussian, sizes, rng);
  EXPECT_EQ(map.prototype_dim(), 2 * sizes.coordinates);
  expect_as_by_plain_loops(map, 13, rng);
  expect_as_by_plain_loops(map.clone(), 300, rng);
}

// Beyond one block of classes and one of support classes; one of everything.
TEST(KernelMap, AnySizesDo) {
  Rng rng(2, Purpose::kSynthetic);
  for (const KernelMapSizes sizes : {KernelMapSizes{3, 300, 5, 4},
                                     KernelMapSizes{2, 1, 1, 1},
                                     KernelMapSizes{7, 2, 2, 8},
                                     KernelMapSizes{40, 257, 30, 30}}) {
    for (const KernelKind kind : {KernelKind::kGaussian, KernelKind::kCentred}) {
      KernelMap map = test::random_kernel_map(kind, sizes, rng);
      const double few = std::sqrt(static_cast<double>(sizes.support));
      map.coefficients = test::normal_matrix(sizes.support, sizes.coordinates, 1.0 / few, rng);
      map.hub = test::random_hub(sizes, rng);
      map.gaussian = test::random_gaussian(sizes, rng);
      map.gaussian->coefficients =
          test::normal_matrix(sizes.support, sizes.coordinates, 1.0 / few, rng);
      // Of a kernel of few features the root has as many columns.
      const Index rank = std::min(sizes.dim, sizes.support);
      map.gaussian->root = test::normal_matrix(sizes.support, rank, 0.1 / few, rng);
      expect_as_by_plain_loops(map, 1, rng);
      expect_as_by_plain_loops(map, 900, rng);
    }
  }
}

TEST(KernelMap, NoClassesGiveNoPrototypes) {
  Rng rng(3, Purpose::kSynthetic);
  const KernelMap map = test::random_kernel_map(KernelKind::kLinear, {}, rng);
  EXPECT_EQ(map.prototypes(Matrix<float>(0, 6), {}).rows.rows(), 0);
}

// A zero description has a zero unit row: a linear kernel makes it a zero prototype, and no NaN.
TEST(KernelMap, AZeroDescriptionStaysZero) {
  Rng rng(4, Purpose::kSynthetic);
  const KernelMapSizes sizes;
  KernelMap map = test::random_kernel_map(KernelKind::kLinear, sizes, rng);
  map.hub = test::random_hub(sizes, rng);
  map.gaussian = test::random_gaussian(sizes, rng);
  const std::string name = "nothing";
  const Prototypes got = map.prototypes(Matrix<float>(1, sizes.dim), std::span(&name, 1));
  for (Index d = 0; d < sizes.features; ++d) EXPECT_EQ(got.rows(0, d), 0.0f);
  EXPECT_EQ(got.offset, std::vector<float>{0.0f});
}

// 1e-6 an element is one class's description, more is another's.
TEST(KernelMap, ASupportClassHasItsUnitRowUpToRounding) {
  Rng rng(5, Purpose::kSynthetic);
  const KernelMap map = test::random_kernel_map(KernelKind::kCentred, {}, rng);
  const auto prototype_at = [&](float shift) {
    Matrix<float> description = map.support.clone();
    description(2, 0) += shift;
    return map.prototypes(description, map.names);
  };
  const Prototypes own = prototype_at(0.0f), near = prototype_at(5e-7f), far = prototype_at(1e-4f);
  EXPECT_EQ(row_of(near.rows, 2), row_of(own.rows, 2));
  EXPECT_NE(row_of(far.rows, 2), row_of(own.rows, 2));
  EXPECT_EQ(row_of(far.rows, 1), row_of(own.rows, 1));
}

TEST(KernelMap, KernelsAreWhatTheySay) {
  Rng rng(6, Purpose::kSynthetic);
  const KernelMapSizes sizes;
  for (const KernelKind kind : kKinds) {
    const KernelMap map = test::random_kernel_map(kind, sizes, rng);
    Matrix<double> rows(5, sizes.dim), others(3, sizes.dim);
    for (Index i = 0; i < rows.size() - sizes.dim; ++i) rows.data()[i] = 0.4 * rng.normal();
    for (Index i = 0; i < others.size(); ++i) others.data()[i] = 0.4 * rng.normal();
    const Matrix<double> between = map.kernel.between(rows, others);
    const Vector itself = map.kernel.with_itself(rows);
    const auto row = [](const Matrix<double>& m, Index i) {
      return Vector(m.row(i).begin(), m.row(i).end());
    };
    for (Index i = 0; i < 5; ++i) {
      for (Index j = 0; j < 3; ++j) {
        EXPECT_NEAR(between(i, j), naive_kernel(map.kernel, row(rows, i), row(others, j)), 1e-13)
            << to_string(kind) << i << j;
      }
      EXPECT_NEAR(itself[at(i)], naive_kernel(map.kernel, row(rows, i), row(rows, i)), 1e-13)
          << to_string(kind) << i;
    }
  }
}

TEST(KernelMap, NamesOfKernelsReadBack) {
  for (const KernelKind kind : kKinds) EXPECT_EQ(kernel_kind_from_string(to_string(kind)), kind);
  expect_error(ErrorKind::kInvalidArgument, {"centred", "polynomial"}, [] {
    (void)kernel_kind_from_string("polynomial");
  });
}

TEST(KernelMap, ThreadsDoNotChangeABit) {
  Rng rng(7, Purpose::kSynthetic);
  const KernelMapSizes sizes{40, 300, 30, 50};
  KernelMap map = test::random_kernel_map(KernelKind::kGaussian, sizes, rng);
  map.hub = test::random_hub(sizes, rng);
  map.gaussian = test::random_gaussian(sizes, rng);
  const Classes classes(map, 600, rng);
  std::vector<Prototypes> results;
  for (const int threads : {1, 2, 5}) {
    set_num_threads(threads);
    results.push_back(map.prototypes(classes.descriptions, classes.names));
  }
  set_num_threads(0);
  for (const Prototypes& other : results) {
    EXPECT_EQ(other.offset, results[0].offset);
    EXPECT_TRUE(std::equal(
        other.rows.data(), other.rows.data() + other.rows.size(), results[0].rows.data()));
  }
}

TEST(KernelMap, CloneIsDeep) {
  Rng rng(8, Purpose::kSynthetic);
  const KernelMapSizes sizes;
  KernelMap map = test::random_kernel_map(KernelKind::kCentred, sizes, rng);
  map.hub = test::random_hub(sizes, rng);
  map.gaussian = test::random_gaussian(sizes, rng);
  const Classes classes(map, 11, rng);
  const KernelMap copy = map.clone();
  EXPECT_NE(copy.support.data(), map.support.data());
  EXPECT_NE(copy.hub->seen.data(), map.hub->seen.data());
  EXPECT_NE(copy.gaussian->root.data(), map.gaussian->root.data());
  const Prototypes a = map.prototypes(classes.descriptions, classes.names);
  const Prototypes b = copy.prototypes(classes.descriptions, classes.names);
  EXPECT_EQ(a.offset, b.offset);
  for (Index c = 0; c < 11; ++c) EXPECT_EQ(row_of(a.rows, c), row_of(b.rows, c));
}

// Of two classes with one name each has its own prototype, and twins of one row too, in their
// order.
TEST(KernelMap, TellsClassesOfOneNameApart) {
  Rng rng(10, Purpose::kSynthetic);
  for (const bool twins : {false, true}) {
    KernelMap map = test::random_kernel_map(KernelKind::kLinear, {}, rng);
    map.names[1] = map.names[0];
    if (twins) {
      std::copy(map.support.row(0).begin(), map.support.row(0).end(), map.support.row(1).begin());
    }
    const Prototypes got = map.prototypes(map.support, map.names);
    for (Index c = 0; c < 2; ++c) {
      Matrix<double> own(1, map.basis.cols());
      double squared = 0.0;
      for (Index j = 0; j < own.cols(); ++j) {
        for (Index k = 0; k < map.own.cols(); ++k) {
          own(0, j) += double{map.own(c, k)} * double{map.basis(k, j)};
        }
        squared += own(0, j) * own(0, j);
      }
      for (Index j = 0; j < own.cols(); ++j) {
        EXPECT_NEAR(got.rows(c, j), own(0, j) / std::sqrt(squared), 1e-5) << c << twins;
      }
    }
  }
}

TEST(KernelMap, RefusesDescriptionsOfAnotherShape) {
  Rng rng(9, Purpose::kSynthetic);
  const KernelMap map = test::random_kernel_map(KernelKind::kLinear, {}, rng);
  const std::vector<std::string> names = {"a", "b"};
  for (const auto& shape : {std::pair{2, 5}, std::pair{3, 6}}) {
    const Matrix<float> descriptions(shape.first, shape.second);
    expect_error(ErrorKind::kShapeMismatch, {"[2, 6] descriptions"}, [&] {
      (void)map.prototypes(descriptions, names);
    });
  }
}

}  // namespace
}  // namespace dem
