#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/table_toy.h"
#include "doctor_case.h"

namespace dem {
namespace {

using test::DoctorCase;
using test::ids;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(DescriptionChecks, MinusOneInOriginalAttributesIsToldOfBothTables) {
  DoctorCase data;
  data.original[4][2] = -1;
  data.original[4][6] = -1;
  data.normalise();
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* marks = diagnosis.find("missing-as-minus-one");
  ASSERT_NE(marks, nullptr) << ids(diagnosis);
  EXPECT_EQ(marks->count, 2);
  EXPECT_THAT(marks->classes, ElementsAre("class-5"));
  EXPECT_THAT(marks->columns, ElementsAre("2", "6"));
  EXPECT_THAT(marks->where, HasSubstr("original_att"));
  const Finding* carried = diagnosis.find("missing-carried-over");
  ASSERT_NE(carried, nullptr) << ids(diagnosis);
  EXPECT_EQ(carried->count, 2);
  EXPECT_THAT(carried->classes, ElementsAre("class-5"));
}

TEST(DescriptionChecks, NegativeNumbersOfAllKindsMarkNothing) {
  DoctorCase data;
  data.original.clear();
  Rng rng(5, Purpose::kControl);
  for (auto& row : data.att) {
    for (double& a : row) a = rng.normal();
  }
  data.att[3][3] = -1;
  const Diagnosis diagnosis = data.diagnosis();
  EXPECT_EQ(diagnosis.find("missing-as-minus-one"), nullptr) << ids(diagnosis);
}

TEST(DescriptionChecks, EntriesThatAreNotFiniteAreTold) {
  DoctorCase data;
  data.att[8][1] = NAN;
  DatasetOptions options;
  const Diagnosis kept = data.diagnosis(options);
  EXPECT_NE(kept.find("refused"), nullptr) << ids(kept);
  options.missing_descriptions = MissingDescriptions::kMean;
  const Diagnosis diagnosis = data.diagnosis(options);
  const Finding* found = diagnosis.find("missing-entries");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->classes, ElementsAre("class-9"));
  EXPECT_FALSE(diagnosis.has_errors());
}

TEST(DescriptionChecks, AZeroDescriptionIsAnErrorOfAnUnseenClassAlone) {
  DoctorCase data;
  data.att[2].assign(8, 0.0);
  EXPECT_EQ(data.diagnosis().find("zero-descriptions")->severity, Severity::kWarning);
  data.att[2][0] = 1.0;
  data.att[27].assign(8, 0.0);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("zero-descriptions");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->classes, ElementsAre("class-28"));
}

TEST(DescriptionChecks, EqualDescriptionsAreAnErrorWhereOneIsUnseen) {
  DoctorCase data;
  data.original[5] = data.original[11];
  data.normalise();
  const Diagnosis seen = data.diagnosis();
  ASSERT_NE(seen.find("equal-descriptions"), nullptr) << ids(seen);
  EXPECT_EQ(seen.find("equal-descriptions")->severity, Severity::kWarning);
  EXPECT_THAT(seen.find("equal-descriptions")->classes, ElementsAre("class-6", "class-12"));
  data.original[25] = data.original[11];
  data.normalise();
  const Diagnosis unseen = data.diagnosis();
  EXPECT_EQ(unseen.find("equal-descriptions")->severity, Severity::kError);
  EXPECT_EQ(unseen.find("equal-descriptions")->count, 3);
}

TEST(DescriptionChecks, DescriptionsOfOneDirectionAreAWarning) {
  DoctorCase data;
  data.original.clear();
  data.att[5] = data.att[11];
  for (double& a : data.att[5]) a *= 4.0;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("descriptions-of-one-direction");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->classes, ElementsAre("class-6", "class-12"));
}

// 30 classes of 30 attributes, stored with a class a row: unit length tells, unless somebody says
// that classes are columns.
TEST(DescriptionChecks, ASquareTableOnItsSideIsAnError) {
  DoctorCase data;
  Rng rng(9, Purpose::kControl);
  data.original.assign(30, std::vector<double>(30));
  for (auto& row : data.original) {
    for (double& a : row) a = rng.uniform();
  }
  data.normalise();
  EXPECT_EQ(data.diagnosis().find("transposed-descriptions"), nullptr);
  const auto turn = [](std::vector<std::vector<double>>& table) {
    for (std::size_t i = 0; i < 30; ++i) {
      for (std::size_t j = 0; j < i; ++j) std::swap(table[i][j], table[j][i]);
    }
  };
  turn(data.original);
  turn(data.att);
  EXPECT_EQ(data.diagnosis().find("transposed-descriptions"), nullptr);
  DatasetOptions options;
  options.description_axis = SampleAxis::kColumns;
  const Diagnosis diagnosis = data.diagnosis(options);
  const Finding* found = diagnosis.find("transposed-descriptions");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kError);
}

// Of two tables the one that lies wrong is named, square or not.
TEST(DescriptionChecks, UnNormalisedAttributesOnTheirSideAreAnError) {
  for (const std::size_t dim : {std::size_t{30}, std::size_t{8}}) {
    DoctorCase data;
    Rng rng(9, Purpose::kControl);
    data.original.assign(30, std::vector<double>(dim));
    for (auto& row : data.original) {
      for (double& a : row) a = rng.uniform();
    }
    data.normalise();
    EXPECT_EQ(data.diagnosis().find("transposed-descriptions"), nullptr) << dim;
    std::vector<std::vector<double>> turned(dim, std::vector<double>(30));
    for (std::size_t d = 0; d < dim; ++d) {
      for (std::size_t c = 0; c < 30; ++c) turned[d][c] = data.original[c][d];
    }
    data.original = turned;
    const Diagnosis diagnosis = data.diagnosis();
    const Finding* found = diagnosis.find("transposed-descriptions");
    ASSERT_NE(found, nullptr) << dim << ids(diagnosis);
    EXPECT_EQ(found->severity, Severity::kError);
    EXPECT_THAT(found->where, HasSubstr("original_att"));
    EXPECT_EQ(std::count_if(diagnosis.findings.begin(),
                            diagnosis.findings.end(),
                            [](const Finding& f) { return f.id == "transposed-descriptions"; }),
              1);
  }
}

TEST(DescriptionChecks, ConstantAndEqualAttributesAreNotes) {
  DoctorCase data;
  for (auto& row : data.att) {
    row[1] = 0.5;
    row[4] = row[6];
  }
  for (std::size_t c = 0; c < 24; ++c) data.att[c][7] = 0.25;
  data.original.clear();
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("constant-attributes"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("constant-attributes")->columns, ElementsAre("1"));
  ASSERT_NE(diagnosis.find("attributes-constant-in-training"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("attributes-constant-in-training")->columns, ElementsAre("7"));
  ASSERT_NE(diagnosis.find("equal-attributes"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("equal-attributes")->columns, ElementsAre("6"));
  EXPECT_FALSE(diagnosis.has_errors());
}

TEST(DescriptionChecks, DescriptionsBeyondFloat16AreAWarning) {
  DoctorCase data;
  data.att[0][3] = 65520.0;
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("descriptions-beyond-float16"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("descriptions-beyond-float16")->columns, ElementsAre("3"));
}

TEST(DescriptionChecks, TablesInTwoOrdersAreAnError) {
  DoctorCase data;
  std::swap(data.original[3], data.original[20]);  // and not those at length 1
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("attributes-in-two-orders");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->classes, ElementsAre("class-4", "class-21"));
}

TEST(DescriptionChecks, BothKindsOfAttributesAreSaid) {
  DoctorCase data;
  EXPECT_THAT(data.diagnosis().find("two-kinds-of-attributes")->title, HasSubstr("have length 1"));
  data.att = data.original;
  EXPECT_THAT(data.diagnosis().find("two-kinds-of-attributes")->title, HasSubstr("not length 1"));
  data.original.clear();
  EXPECT_EQ(data.diagnosis().find("two-kinds-of-attributes"), nullptr);
}

// Layout table: names of attributes, an empty cell, and -1 beside 0 and 1, which may mean no.
TEST(DescriptionChecks, OfATableGoByTheHeadings) {
  const test::TemporaryFolder folder;
  test::write_files(folder.file("TOY"),
                    test::with(test::toy_table(),
                               "classes.csv",
                               "name,legs,wings\nant,6,0\nbee,6,2\ncat,-1,0\ndog,,1\n"));
  const Diagnosis diagnosis = diagnose({.data_path = folder.path(),
                                        .name = "TOY",
                                        .missing_descriptions = MissingDescriptions::kMean});
  ASSERT_NE(diagnosis.find("missing-as-minus-one"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("missing-as-minus-one")->columns, ElementsAre("legs"));
  ASSERT_NE(diagnosis.find("missing-entries"), nullptr);
  EXPECT_THAT(diagnosis.find("missing-entries")->classes, ElementsAre("dog"));
}

}  // namespace
}  // namespace dem
