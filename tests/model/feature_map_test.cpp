#include "dem/model/feature_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

Matrix<float> matrix(Index rows, Index cols, std::vector<float> values) {
  Matrix<float> m(rows, cols);
  std::copy(values.begin(), values.end(), m.data());
  return m;
}

std::vector<float> values_of(MatrixView<const float> m) {
  std::vector<float> values;
  for (Index i = 0; i < m.rows(); ++i) {
    values.insert(values.end(), m.row(i).begin(), m.row(i).end());
  }
  return values;
}

AffineMap random_affine(Index out, Index in, Rng& rng) {
  AffineMap map{test::normal_matrix(out, in, 0.5, rng), std::vector<float>(at(out))};
  test::fill_normal(map.bias, 1.0, rng);
  return map;
}

FeatureScaling l2() {
  return {ScalingKind::kL2, {}, {}};
}

// A row after the steps, by their definitions in double.
std::vector<double> naive(const FeatureMap& map, std::span<const float> row) {
  std::vector<double> z(row.begin(), row.end());
  for (const FeatureMap::Step& step : map.steps()) {
    if (const auto* affine = std::get_if<AffineMap>(&step)) {
      std::vector<double> out(affine->bias.begin(), affine->bias.end());
      for (std::size_t i = 0; i < out.size(); ++i) {
        for (std::size_t j = 0; j < z.size(); ++j) {
          out[i] += double{affine->weight(static_cast<Index>(i), static_cast<Index>(j))} * z[j];
        }
      }
      z = out;
    } else if (const auto* power = std::get_if<PowerMap>(&step)) {
      for (double& v : z) v = std::copysign(std::pow(std::abs(v), double{power->exponent}), v);
    } else if (std::holds_alternative<WithSquares>(step)) {
      const std::size_t width = z.size();
      for (std::size_t j = 0; j < width; ++j) z.push_back(z[j] * z[j]);
    } else if (const auto* side_by_side = std::get_if<SideBySide>(&step)) {
      const std::vector<float> taken(z.begin(), z.end());
      z.clear();
      for (const FeatureMap& each : side_by_side->maps) {
        const std::vector<double> out = naive(each, taken);
        z.insert(z.end(), out.begin(), out.end());
      }
    } else {
      const auto& scaling = std::get<FeatureScaling>(step);
      double norm = 0.0;
      for (const double v : z) norm += v * v;
      norm = norm > 0.0 ? std::sqrt(norm) : 1.0;
      for (std::size_t j = 0; j < z.size(); ++j) {
        z[j] = scaling.shift.empty()
                   ? z[j] / norm
                   : (z[j] - double{scaling.shift[j]}) * double{scaling.factor[j]};
      }
    }
  }
  return z;
}

TEST(FeatureMap, WithoutStepsIsTheIdentity) {
  const FeatureMap map;
  EXPECT_TRUE(map.is_identity());
  EXPECT_TRUE(FeatureMap(FeatureScaling{}).is_identity());
  EXPECT_EQ(map.to_string(), "none");
  EXPECT_EQ(map.output_dim(7), 7);
  EXPECT_EQ(map.input_dim(7), 7);
  const Matrix<float> x = matrix(2, 2, {1.0f, -2.0f, 0.0f, 3.5f});
  EXPECT_EQ(values_of(map.mapped(x)), values_of(x));
}

// x = (3, -4): |x| = 5, x / |x| = (0.6, -0.8); roots (sqrt 3, -2); W x + b = (3 + 8 + 1, 0.5).
TEST(FeatureMap, EachStepIsWhatItSays) {
  const Matrix<float> x = matrix(1, 2, {3.0f, -4.0f});
  EXPECT_EQ(values_of(FeatureMap(l2()).mapped(x)), (std::vector<float>{0.6f, -0.8f}));
  FeatureMap power;
  power.add(PowerMap{0.5f});
  EXPECT_EQ(values_of(power.mapped(x)), (std::vector<float>{std::sqrt(3.0f), -2.0f}));
  EXPECT_EQ(power.to_string(), "power 0.5");
  FeatureMap affine;
  affine.add(AffineMap{matrix(2, 2, {1.0f, -2.0f, 0.0f, 0.0f}), {1.0f, 0.5f}});
  EXPECT_EQ(values_of(affine.mapped(x)), (std::vector<float>{12.0f, 0.5f}));
  EXPECT_FALSE(affine.is_identity());
}

TEST(FeatureMap, APowerKeepsZerosAndSigns) {
  for (const float exponent : {0.25f, 1.0f, 3.0f}) {
    FeatureMap map;
    map.add(PowerMap{exponent});
    const std::vector<float> z = values_of(map.mapped(matrix(1, 4, {0.0f, -0.0f, -16.0f, 16.0f})));
    EXPECT_EQ(z[0], 0.0f);
    EXPECT_FALSE(std::signbit(z[0]));
    EXPECT_EQ(z[1], 0.0f);
    EXPECT_EQ(z[2], -z[3]);
    EXPECT_FLOAT_EQ(z[3], std::pow(16.0f, exponent));
  }
}

// 0.7f is 0.699999988.
TEST(FeatureMap, APowerIsWrittenInItsShortestDigits) {
  const struct {
    float exponent;
    const char* text;
  } kCases[] = {{0.7f, "power 0.7"},
                {0.1f, "power 0.1"},
                {2.0f, "power 2"},
                {std::nextafter(0.7f, 1.0f), "power 0.70000005"},
                {1e-20f, "power 1e-20"}};
  for (const auto& c : kCases) {
    FeatureMap map;
    map.add(PowerMap{c.exponent});
    EXPECT_EQ(map.to_string(), c.text);
    EXPECT_EQ(std::stof(map.to_string().substr(6)), c.exponent) << c.text;
  }
}

struct Chain {
  const char* text;
  FeatureMap map;
};

template <typename... Steps>
FeatureMap of(Steps... steps) {
  FeatureMap map;
  (map.add(std::move(steps)), ...);
  return map;
}

SideBySide joined(FeatureMap one, FeatureMap other) {
  SideBySide maps;
  maps.maps.push_back(std::move(one));
  maps.maps.push_back(std::move(other));
  return maps;
}

// Features of 6 dimensions; with no affine map, with one first, in the middle and last, with two
// and three; with squares, and with maps side by side, themselves of such.
std::vector<Chain> chains(Rng& rng) {
  std::vector<Chain> all;
  const auto add = [&](const char* text, auto... steps) {
    all.push_back({text, {}});
    (all.back().map.add(std::move(steps)), ...);
  };
  const FeatureScaling standard{ScalingKind::kStandard,
                                {0.5f, -1.0f, 0.0f, 2.0f, 1.0f, 0.25f},
                                {1.0f, 2.0f, 0.5f, 1.0f, 1.5f, 3.0f}};
  add("standard then l2 then power 0.5", standard, l2(), PowerMap{0.5f});
  add("affine 6 -> 4 then l2", random_affine(4, 6, rng), l2());
  add("l2 then affine 6 -> 4 then l2", l2(), random_affine(4, 6, rng), l2());
  add("power 2 then affine 6 -> 6", PowerMap{2.0f}, random_affine(6, 6, rng));
  add("standard then affine 6 -> 9 then power 0.75 then affine 9 -> 6",
      standard,
      random_affine(9, 6, rng),
      PowerMap{0.75f},
      random_affine(6, 9, rng));
  add("affine 6 -> 2 then affine 2 -> 8", random_affine(2, 6, rng), random_affine(8, 2, rng));
  add("affine 6 -> 3 then l2 then affine 3 -> 5 then affine 5 -> 4 then l2",
      random_affine(3, 6, rng),
      l2(),
      random_affine(5, 3, rng),
      random_affine(4, 5, rng),
      l2());
  add("affine 6 -> 3 then with squares", random_affine(3, 6, rng), WithSquares{});
  add("l2 then with squares then affine 12 -> 2", l2(), WithSquares{}, random_affine(2, 12, rng));
  add("l2 then (affine 6 -> 4 then l2 | affine 6 -> 3 then with squares)",
      l2(),
      joined(of(random_affine(4, 6, rng), l2()), of(random_affine(3, 6, rng), WithSquares{})));
  add("standard then (none | (l2 | power 2) then with squares) then affine 30 -> 4 then l2",
      standard,
      joined(FeatureMap(), of(joined(of(l2()), of(PowerMap{2.0f})), WithSquares{})),
      random_affine(4, 30, rng),
      l2());
  return all;
}

TEST(FeatureMap, ChainsAgreeWithTheirDefinitionInDouble) {
  Rng rng(1, Purpose::kSynthetic);
  for (const auto& [text, map] : chains(rng)) {
    EXPECT_EQ(map.to_string(), text);
    EXPECT_EQ(map.input_dim(map.output_dim(6)), 6) << text;
    for (const Index rows : {0, 1, 70}) {
      const Matrix<float> x = test::normal_matrix(rows, 6, 1.0, rng);
      const Matrix<float> z = map.mapped(x);
      ASSERT_EQ(z.rows(), rows) << text;
      ASSERT_EQ(z.cols(), map.output_dim(6)) << text;
      for (Index i = 0; i < rows; ++i) {
        const std::vector<double> expected = naive(map, x.row(i));
        for (Index d = 0; d < z.cols(); ++d) {
          // Some roundings of numbers below 20; roots of numbers near 0 magnify them.
          EXPECT_NEAR(z(i, d), expected[at(d)], 2e-5) << text << ", row " << i << ", " << d;
        }
      }
    }
  }
}

TEST(FeatureMap, WorksOnWindowsAndLeavesTheRestAlone) {
  Rng rng(2, Purpose::kSynthetic);
  for (const auto& [text, map] : chains(rng)) {
    const Matrix<float> wide = test::normal_matrix(5, 9, 1.0, rng);
    const MatrixView<const float> window(wide.data() + 2, 5, 6, 9);
    Matrix<float> copy(5, 6);
    for (Index i = 0; i < 5; ++i) {
      std::copy(window.row(i).begin(), window.row(i).end(), copy.row(i).begin());
    }
    const Index width = map.output_dim(6);
    Matrix<float> out(5, width + 3);
    for (Index i = 0; i < out.size(); ++i) out.data()[i] = 77.0f;
    const MatrixView<float> part(out.data() + 1, 5, width, width + 3);
    map.apply(window, part);
    EXPECT_EQ(values_of(part), values_of(map.mapped(copy))) << text;
    for (Index i = 0; i < 5; ++i) {
      EXPECT_EQ(out(i, 0), 77.0f) << text;
      EXPECT_EQ(out(i, width + 1), 77.0f) << text;
      EXPECT_EQ(out(i, width + 2), 77.0f) << text;
    }
  }
}

TEST(FeatureMap, MayWorkInPlaceWhereTheWidthsAgree) {
  Rng rng(3, Purpose::kSynthetic);
  int tried = 0;
  for (const auto& [text, map] : chains(rng)) {
    if (map.output_dim(6) != 6) continue;
    ++tried;
    Matrix<float> x = test::normal_matrix(33, 6, 1.0, rng);
    const Matrix<float> expected = map.mapped(x);
    map.apply(x, x);
    EXPECT_EQ(values_of(x), values_of(expected)) << text;
  }
  EXPECT_EQ(tried, 4);
}

TEST(FeatureMap, FeaturesStayAsTheyWere) {
  Rng rng(4, Purpose::kSynthetic);
  for (const auto& [text, map] : chains(rng)) {
    const Matrix<float> x = test::normal_matrix(4, 6, 1.0, rng);
    const std::vector<float> before = values_of(x);
    (void)map.mapped(x);
    EXPECT_EQ(values_of(x), before) << text;
  }
}

TEST(FeatureMap, ThreadsDoNotChangeABit) {
  Rng rng(5, Purpose::kSynthetic);
  const Matrix<float> x = test::normal_matrix(3000, 200, 1.0, rng);
  FeatureMap map(l2());
  map.add(random_affine(150, 200, rng));
  map.add(PowerMap{0.5f});
  map.add(random_affine(170, 150, rng));
  map.add(l2());
  std::vector<std::vector<float>> results;
  for (const int threads : {1, 2, 5}) {
    set_num_threads(threads);
    results.push_back(values_of(map.mapped(x)));
  }
  set_num_threads(0);
  EXPECT_EQ(results[1], results[0]);
  EXPECT_EQ(results[2], results[0]);
}

TEST(FeatureMap, CloneIsDeep) {
  Rng rng(6, Purpose::kSynthetic);
  FeatureMap map(l2());
  map.add(random_affine(4, 6, rng));
  FeatureMap copy = map.clone();
  EXPECT_EQ(copy.to_string(), map.to_string());
  EXPECT_NE(std::get<AffineMap>(copy.steps()[1]).weight.data(),
            std::get<AffineMap>(map.steps()[1]).weight.data());
  const Matrix<float> x = test::normal_matrix(3, 6, 1.0, rng);
  EXPECT_EQ(values_of(copy.mapped(x)), values_of(map.mapped(x)));
  copy.add(PowerMap{2.0f});
  EXPECT_EQ(map.steps().size(), 2u);
}

TEST(FeatureMap, SaysWhichStepDoesNotFit) {
  Rng rng(7, Purpose::kSynthetic);
  FeatureMap map(l2());
  map.add(random_affine(4, 6, rng));
  map.add(FeatureScaling{ScalingKind::kMinMax, {0.0f, 0.0f, 0.0f}, {1.0f, 1.0f, 1.0f}});
  expect_error(ErrorKind::kShapeMismatch, {"step 3 (minmax)", "expected 3", "got 4"}, [&] {
    (void)map.output_dim(6);
  });
  expect_error(ErrorKind::kShapeMismatch, {"step 2 (affine 6 -> 4)", "expected 6", "got 5"}, [&] {
    (void)map.mapped(Matrix<float>(2, 5));
  });
}

// (3, -4): squares 9 and 16 behind the numbers; then what a second map makes of the first's
// feature.
TEST(FeatureMap, SquaresAndOtherMapsComeBehind) {
  const Matrix<float> x = matrix(1, 2, {3.0f, -4.0f});
  EXPECT_EQ(values_of(of(WithSquares{}).mapped(x)), (std::vector<float>{3.0f, -4.0f, 9.0f, 16.0f}));
  EXPECT_EQ(values_of(of(joined(of(WithSquares{}), of(l2()))).mapped(x)),
            (std::vector<float>{3.0f, -4.0f, 9.0f, 16.0f, 0.6f, -0.8f}));
}

TEST(FeatureMap, FindsTheWidthBeforeWidening) {
  Rng rng(9, Purpose::kSynthetic);
  EXPECT_EQ(of(WithSquares{}).input_dim(14), 7);
  EXPECT_EQ(of(l2(), WithSquares{}, random_affine(3, 10, rng)).input_dim(3), 5);
  EXPECT_EQ(of(joined(of(l2()), of(l2(), WithSquares{}))).input_dim(15), 5);
  EXPECT_EQ(of(joined(of(l2()), of(random_affine(3, 8, rng)))).input_dim(11), 8);
  EXPECT_EQ(of(SideBySide{}).input_dim(11), 11);
  EXPECT_EQ(of(SideBySide{}).output_dim(11), 0);
}

TEST(FeatureMap, MapsSideBySideTakeOneWidth) {
  Rng rng(10, Purpose::kSynthetic);
  const FeatureMap map =
      of(l2(), joined(of(random_affine(2, 6, rng)), of(random_affine(2, 5, rng))));
  expect_error(ErrorKind::kShapeMismatch,
               {"step 2 ((affine 6 -> 2 | affine 5 -> 2))", "expected 6", "got 5"},
               [&] { (void)map.output_dim(5); });
  expect_error(ErrorKind::kShapeMismatch, {"step 1 (affine 5 -> 2)", "expected 5", "got 6"}, [&] {
    (void)map.output_dim(6);
  });
  FeatureMap wide;
  for (int i = 0; i < 64; ++i) wide.add(WithSquares{});
  expect_error(ErrorKind::kShapeMismatch, {"too wide"}, [&] { (void)wide.output_dim(1); });
}

TEST(FeatureMap, ACloneOfMapsSideBySideIsDeep) {
  Rng rng(11, Purpose::kSynthetic);
  const FeatureMap map = of(joined(of(random_affine(2, 6, rng)), of(l2(), WithSquares{})));
  const FeatureMap copy = map.clone();
  const auto weight = [](const FeatureMap& m) {
    const auto& maps = std::get<SideBySide>(m.steps()[0]).maps;
    return std::get<AffineMap>(maps[0].steps()[0]).weight.data();
  };
  EXPECT_NE(weight(copy), weight(map));
  const Matrix<float> x = test::normal_matrix(3, 6, 1.0, rng);
  EXPECT_EQ(values_of(copy.mapped(x)), values_of(map.mapped(x)));
}

TEST(FeatureMap, RefusesRoomOfAnotherShape) {
  Rng rng(8, Purpose::kSynthetic);
  FeatureMap map;
  map.add(random_affine(4, 6, rng));
  const Matrix<float> x(2, 6);
  for (const auto& [rows, cols] : {std::pair{2, 6}, std::pair{3, 4}, std::pair{2, 5}}) {
    Matrix<float> out(rows, cols);
    expect_error(ErrorKind::kShapeMismatch, {"room for [2, 4]"}, [&] { map.apply(x, out); });
  }
  Matrix<float> narrow(2, 5);
  expect_error(ErrorKind::kShapeMismatch, {"room for [2, 6]", "[2, 5]"}, [&] {
    FeatureMap().apply(x, narrow);
  });
}

}  // namespace
}  // namespace dem
