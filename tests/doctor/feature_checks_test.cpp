#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "doctor/near_duplicates.h"
#include "doctor_case.h"

namespace dem {
namespace {

using test::DoctorCase;
using test::ids;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(FeatureChecks, WhatIsNotFiniteIsAnErrorWithItsRows) {
  DoctorCase data;
  data.features[17][3] = NAN;
  data.features[17][4] = INFINITY;
  data.features[90][0] = NAN;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("features-not-finite");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->rows, ElementsAre(17, 90));
  EXPECT_THAT(found->title, HasSubstr("3 features"));
  DatasetOptions options;
  options.missing_features = MissingFeatures::kZero;
  const Diagnosis taken = data.diagnosis(options);
  ASSERT_NE(taken.find("features-not-finite"), nullptr);
  EXPECT_EQ(taken.find("features-not-finite")->severity, Severity::kWarning);
}

TEST(FeatureChecks, FeaturesBeyondFloat16AreWarnings) {
  DoctorCase data;
  data.features[3][5] = -65520.0;
  for (auto& row : data.features) row[7] = 1e-9 * row[6];
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("features-beyond-float16"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("features-beyond-float16")->rows, ElementsAre(3));
  EXPECT_THAT(diagnosis.find("features-beyond-float16")->columns, ElementsAre("5"));
  ASSERT_NE(diagnosis.find("features-below-float16"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("features-below-float16")->columns, ElementsAre("7"));
}

TEST(FeatureChecks, ZeroRowsConstantAndEqualColumnsAreTold) {
  DoctorCase data;
  for (auto& row : data.features) {
    row[2] = 0.125;
    row[9] = row[8];
  }
  data.features[33].assign(DoctorCase::kDim, 0.0);
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("zero-rows"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("zero-rows")->rows, ElementsAre(33));
  EXPECT_EQ(diagnosis.find("constant-features"), nullptr) << "row 33 has 0 there";
  data.features[33][2] = 0.125;
  const Diagnosis again = data.diagnosis();
  ASSERT_NE(again.find("constant-features"), nullptr) << ids(again);
  EXPECT_THAT(again.find("constant-features")->columns, ElementsAre("2"));
  ASSERT_NE(again.find("equal-features"), nullptr) << ids(again);
  EXPECT_THAT(again.find("equal-features")->columns, ElementsAre("9"));
}

TEST(FeatureChecks, AColumnThatCountsTheRowsIsAnError) {
  DoctorCase data;
  for (std::size_t i = 0; i < data.features.size(); ++i)
    data.features[i][0] = static_cast<double>(i);
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("feature-counts-rows"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("feature-counts-rows")->columns, ElementsAre("0"));
  data.features[100][0] = 3;
  EXPECT_EQ(data.diagnosis().find("feature-counts-rows"), nullptr);
}

TEST(RowChecks, TestRowsEqualToTrainingRowsAreToldByTheirShare) {
  DoctorCase data;
  data.features[4] = data.features[0];  // both of class 1
  const Diagnosis one = data.diagnosis();
  const Finding* found = one.find("test-rows-equal-training-rows");
  ASSERT_NE(found, nullptr) << ids(one);
  EXPECT_EQ(found->severity, Severity::kWarning);  // one of 84
  EXPECT_THAT(found->rows, ElementsAre(4));
  EXPECT_EQ(one.find("equal-rows-of-several-classes"), nullptr);
  for (std::size_t c = 0; c < 5; ++c) data.features[6 * c + 5] = data.features[6 * c + 1];
  EXPECT_EQ(data.diagnosis().find("test-rows-equal-training-rows")->severity, Severity::kError);
}

TEST(RowChecks, EqualRowsOfTwoClassesAndRepeatedRowsAreTold) {
  DoctorCase data;
  data.features[6] = data.features[0];
  data.features[150] = data.features[151];
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("equal-rows-of-several-classes"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("equal-rows-of-several-classes")->rows, ElementsAre(0, 6));
  ASSERT_NE(diagnosis.find("repeated-rows"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("repeated-rows")->rows, ElementsAre(151));
  EXPECT_EQ(diagnosis.find("test-rows-equal-training-rows"), nullptr);
}

TEST(RowChecks, NearDuplicatesAreToldUnlessSwitchedOff) {
  DoctorCase data;
  data.features[148] = data.features[20];
  for (double& x : data.features[148]) x += 1e-4;
  const test::TemporaryFolder folder;
  data.write(folder.file("TOY"));
  const DatasetOptions options{.data_path = folder.path(), .name = "TOY"};
  const Diagnosis diagnosis = diagnose(options);
  const Finding* found = diagnosis.find("test-rows-near-training-rows");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->rows, ElementsAre(148));
  EXPECT_THAT(found->title, HasSubstr("row 148 to row 20"));
  EXPECT_EQ(diagnose(options, {.near_duplicates = 0.0}).find("test-rows-near-training-rows"),
            nullptr);
}

// One column is a thousand times the others and nearly the same everywhere: rows are near as they
// are, and far from one another once columns are divided by their deviation.
TEST(RowChecks, OneLargeColumnMakesNoNearDuplicates) {
  DoctorCase data;
  Rng rng(2, Purpose::kControl);
  for (auto& row : data.features) row[0] = 1e5 * std::floor(6.0 * rng.uniform());
  EXPECT_EQ(data.diagnosis().find("test-rows-near-training-rows"), nullptr);
}

// Beside all pairs, naively.
TEST(NearPairs, AreThoseThatAllPairsGive) {
  constexpr Index kRows = 600, kDim = 40;
  Rng rng(11, Purpose::kControl);
  Matrix<float> rows(kRows, kDim);
  for (Index i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<float>(rng.normal());
  for (Index i = 0; i < 50; ++i) {  // test row 300 + i is near to training row 5 i
    for (Index j = 0; j < kDim; ++j) {
      rows(300 + i, j) =
          rows(5 * i, j) + static_cast<float>(0.002 * static_cast<double>(i) * rng.normal());
    }
  }
  FeatureScan scan(kRows, kDim, {}, {}, 1);
  for (Index first = 0; first < kRows; first += 128) {
    scan.add(rows.view().row_block(first, std::min<Index>(128, kRows - first)));
  }
  const FeatureFacts facts = scan.finish();
  ASSERT_TRUE(facts.complete);
  std::vector<Index> training(300), tested(300);
  std::iota(training.begin(), training.end(), 0);
  std::iota(tested.begin(), tested.end(), 300);
  const double radius = 0.3;
  PairRows kept(near_pairs(facts, training, tested, radius), kDim);
  kept.add(0, rows);
  std::vector<Index> found;
  for (const RowPair& pair : kept.confirmed(radius, 0.3, facts.deviation))
    found.push_back(pair.test);
  std::vector<Index> expected;
  for (Index t = 300; t < kRows; ++t) {
    for (Index i = 0; i < 300; ++i) {
      double squares = 0.0;
      for (Index j = 0; j < kDim; ++j) {
        squares += std::pow(double{rows(t, j)} - double{rows(i, j)}, 2);
      }
      if (squares > radius * radius) continue;
      expected.push_back(t);
      break;
    }
  }
  EXPECT_EQ(found, expected);
  EXPECT_GT(expected.size(), 10U);
  EXPECT_LT(expected.size(), 50U);
}

TEST(NearPairs, MedianDistanceIsThatOfPairs) {
  constexpr Index kRows = 400, kDim = 100;
  Rng rng(4, Purpose::kControl);
  Matrix<float> rows(kRows, kDim);
  for (Index i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<float>(rng.normal());
  FeatureScan scan(kRows, kDim, {}, {}, 1);
  scan.add(rows);
  const FeatureFacts facts = scan.finish();
  std::vector<Index> all(kRows);
  std::iota(all.begin(), all.end(), 0);
  // sqrt(2 * 100) but for the 16 projections, whose squared length is known to a few per cent.
  EXPECT_NEAR(median_distance(facts, all), std::sqrt(200.0), 1.5);
}

TEST(FeatureScan, GivesTheSameForBlocksOfAnySize) {
  constexpr Index kRows = 50, kDim = 9;
  Rng rng(6, Purpose::kControl);
  Matrix<float> rows(kRows, kDim);
  for (Index i = 0; i < rows.size(); ++i) rows.data()[i] = static_cast<float>(rng.normal());
  const std::vector<ClassId> labels(kRows, 0);
  FeatureScan one(kRows, kDim, labels, std::vector<bool>(kRows, true), 2);
  one.add(rows);
  FeatureScan many(kRows, kDim, labels, std::vector<bool>(kRows, true), 2);
  for (Index i = 0; i < kRows; ++i) many.add(rows.view().row_block(i, 1));
  const FeatureFacts a = one.finish(), b = many.finish();
  EXPECT_EQ(a.lowest, b.lowest);
  EXPECT_EQ(a.highest, b.highest);
  EXPECT_EQ(a.deviation, b.deviation);
  EXPECT_EQ(a.weighted_sum, b.weighted_sum);
  EXPECT_EQ(a.hashes, b.hashes);
  EXPECT_EQ(a.class_counts, (std::vector<Index>{50, 0}));
  double sum = 0.0, squares = 0.0;
  for (Index i = 0; i < kRows; ++i) {
    sum += double{rows(i, 4)};
    squares += double{rows(i, 4)} * double{rows(i, 4)};
  }
  const double mean = sum / 50.0;
  EXPECT_NEAR(a.deviation[4], std::sqrt(squares / 50.0 - mean * mean), 1e-12);
  EXPECT_NEAR(double{a.class_sums(0, 4)}, sum, 1e-5);
}

// Classes of even number in another unit: their rows are near to each other for the median of all.
TEST(FeatureChecks, RowsOfASmallScaleAreNoNearDuplicates) {
  DoctorCase data;
  for (std::size_t row = 0; row < data.features.size(); ++row) {
    if ((row / 6) % 2 == 0) continue;
    for (double& value : data.features[row]) value *= 1e4;
  }
  EXPECT_EQ(data.diagnosis().find("test-rows-near-training-rows"), nullptr);
  data.features[4] = data.features[1];
  for (double& value : data.features[4]) value *= 1.0 + 1e-6;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("test-rows-near-training-rows");
  ASSERT_NE(found, nullptr) << diagnosis.to_string();
  EXPECT_EQ(found->count, 1);
}

}  // namespace
}  // namespace dem
