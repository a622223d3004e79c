#include "dem/model/prototypes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "dem/base/error.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;

// Rows (first, first), (first + 1, first + 1), ...
Prototypes counted(Index rows, float first) {
  Prototypes prototypes;
  prototypes.rows = Matrix<float>(rows, 2);
  for (Index i = 0; i < rows; ++i) {
    for (float& value : prototypes.rows.row(i)) value = first + static_cast<float>(i);
  }
  return prototypes;
}

std::vector<float> first_column(const Prototypes& prototypes) {
  std::vector<float> values;
  for (Index i = 0; i < prototypes.rows.rows(); ++i) values.push_back(prototypes.rows(i, 0));
  return values;
}

TEST(Prototypes, AppendPutsRowsBelow) {
  Prototypes prototypes = counted(2, 1.0f);
  prototypes.append(counted(3, 7.0f));
  EXPECT_EQ(first_column(prototypes), (std::vector<float>{1.0f, 2.0f, 7.0f, 8.0f, 9.0f}));
  EXPECT_EQ(prototypes.rows.cols(), 2);
  EXPECT_TRUE(prototypes.scale.empty());
  EXPECT_TRUE(prototypes.offset.empty());
}

TEST(Prototypes, WhatOnlyOneOfThemHasIsOneOrZeroInTheOther) {
  Prototypes upper = counted(2, 1.0f);
  upper.scale = {2.0f, 3.0f};
  Prototypes lower = counted(1, 7.0f);
  lower.offset = {-4.0f};
  upper.append(lower);
  EXPECT_EQ(upper.scale, (std::vector<float>{2.0f, 3.0f, 1.0f}));
  EXPECT_EQ(upper.offset, (std::vector<float>{0.0f, 0.0f, -4.0f}));
  lower.append(upper);
  EXPECT_EQ(lower.scale, (std::vector<float>{1.0f, 2.0f, 3.0f, 1.0f}));
  EXPECT_EQ(lower.offset, (std::vector<float>{-4.0f, 0.0f, 0.0f, -4.0f}));
  EXPECT_NO_THROW(lower.view().validate());
}

TEST(Prototypes, AppendRefusesAnotherWidthAndLeavesThem) {
  Prototypes prototypes = counted(2, 1.0f);
  const Matrix<float> wide(1, 3);
  expect_error(ErrorKind::kShapeMismatch, {"rows of 2", "got 3"}, [&] { prototypes.append(wide); });
  EXPECT_EQ(first_column(prototypes), (std::vector<float>{1.0f, 2.0f}));
}

TEST(Prototypes, CandidatesComeInTheirOrderWithScaleAndOffset) {
  Prototypes all = counted(4, 0.0f);
  const std::vector<ClassId> candidates = {3, 0, 3};
  const Prototypes plain = candidate_prototypes(all, candidates);
  EXPECT_EQ(first_column(plain), (std::vector<float>{3.0f, 0.0f, 3.0f}));
  EXPECT_TRUE(plain.scale.empty());
  EXPECT_TRUE(plain.offset.empty());
  all.scale = {1.0f, 2.0f, 3.0f, 4.0f};
  all.offset = {-1.0f, -2.0f, -3.0f, -4.0f};
  const Prototypes chosen = candidate_prototypes(all, candidates);
  EXPECT_EQ(chosen.scale, (std::vector<float>{4.0f, 1.0f, 4.0f}));
  EXPECT_EQ(chosen.offset, (std::vector<float>{-4.0f, -1.0f, -4.0f}));
}

TEST(Prototypes, CandidatesThatAreNoneAreRefused) {
  const Prototypes all = counted(4, 0.0f);
  for (const ClassId wrong : {-1, 4}) {
    const std::vector<ClassId> candidates = {0, wrong};
    expect_error(ErrorKind::kInvalidArgument, {"0 .. 3", std::to_string(wrong)}, [&] {
      (void)candidate_prototypes(all, candidates);
    });
  }
  expect_error(
      ErrorKind::kInvalidArgument, {"got none"}, [&] { (void)candidate_prototypes(all, {}); });
}

TEST(Prototypes, ScalesAndOffsetsOutOfRangeAreRefused) {
  const auto refused = [](ErrorKind kind, const char* named, auto&& change) {
    Prototypes prototypes = counted(2, 1.0f);
    change(prototypes);
    expect_error(kind, {named}, [&] { prototypes.view().validate(); });
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  refused(ErrorKind::kShapeMismatch, "scale: expected 2", [](auto& p) { p.scale = {1.0f}; });
  refused(ErrorKind::kShapeMismatch, "offset: expected 2", [](auto& p) { p.offset = {1.0f}; });
  for (const float bad : {0.0f, -1.0f, kInfinity, std::nanf("")}) {
    refused(ErrorKind::kInvalidArgument, "scale", [&](auto& p) { p.scale = {1.0f, bad}; });
  }
  for (const float bad : {kInfinity, -kInfinity, std::nanf("")}) {
    refused(ErrorKind::kInvalidArgument, "offset", [&](auto& p) { p.offset = {bad, 1.0f}; });
  }
  EXPECT_NO_THROW(counted(2, 1.0f).view().validate());
}

TEST(Prototypes, CloneIsDeep) {
  Prototypes prototypes = counted(2, 1.0f);
  prototypes.scale = {2.0f, 3.0f};
  Prototypes copy = prototypes.clone();
  copy.rows(0, 0) = 9.0f;
  copy.scale[0] = 9.0f;
  EXPECT_EQ(prototypes.rows(0, 0), 1.0f);
  EXPECT_EQ(prototypes.scale[0], 2.0f);
}

}  // namespace
}  // namespace dem
