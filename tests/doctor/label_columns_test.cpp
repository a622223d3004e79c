// A label among the features.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "data/table_toy.h"
#include "doctor_case.h"

namespace dem {
namespace {

using test::DoctorCase;
using test::ids;
using testing::ElementsAre;

// What a class of label 0 .. 29 has in a column of the features.
Diagnosis with_column(double (*number)(int label), std::size_t column = 4) {
  DoctorCase data;
  for (std::size_t row = 0; row < data.features.size(); ++row) {
    data.features[row][column] = number(static_cast<int>(data.labels[row]) - 1);
  }
  return data.diagnosis();
}

TEST(LabelColumns, ALabelAmongFeaturesIsAnError) {
  double (*const copies[])(int) = {
      [](int label) { return double(label); },                       // from 0
      [](int label) { return label + 1.0; },                         // from 1
      [](int label) { return -0.37 * label + 5.0; },                 // scaled
      [](int label) { return double((label * 7) % 30) / 30.0; },     // under other numbers
      [](int label) { return std::exp(-0.2 * double(label)) * 9; },  // through a curve
  };
  for (const auto copy : copies) {
    const Diagnosis diagnosis = with_column(copy);
    const Finding* found = diagnosis.find("label-among-features");
    ASSERT_NE(found, nullptr) << ids(diagnosis);
    EXPECT_EQ(found->severity, Severity::kError);
    EXPECT_THAT(found->columns, ElementsAre("4"));
  }
}

TEST(LabelColumns, ALabelAsOneOfManyIsAnError) {
  DoctorCase data;
  for (std::size_t row = 0; row < data.features.size(); ++row) {
    for (int c = 0; c < 30; ++c)
      data.features[row].push_back(data.labels[row] == c + 1 ? 1.0 : 0.0);
  }
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("label-among-features");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->count, 30);
  EXPECT_EQ(found->columns[0], "12");
}

// A property that some classes share, a label with a single exception among test rows, and one
// class told from the rest are features as others.
TEST(LabelColumns, WhatDoesNotTellEveryClassIsNoLabel) {
  EXPECT_EQ(with_column([](int label) { return double(label / 2); }).find("label-among-features"),
            nullptr);
  EXPECT_EQ(
      with_column([](int label) { return label == 3 ? 1.0 : 0.0; }).find("label-among-features"),
      nullptr);
  DoctorCase data;
  for (std::size_t row = 0; row < data.features.size(); ++row) {
    data.features[row][4] = data.labels[row];
  }
  data.features[179][4] = 7.5;
  EXPECT_EQ(data.diagnosis().find("label-among-features"), nullptr);
}

// Layout gbu where it is refused, too, and layout table.
TEST(LabelColumns, ALabelIsFoundInEveryLayout) {
  DoctorCase data;
  for (std::size_t row = 0; row < data.features.size(); ++row) {
    data.features[row][4] = data.labels[row];
  }
  data.trainval.push_back(data.test_unseen[0]);
  const Diagnosis refused = data.diagnosis();
  ASSERT_NE(refused.find("refused"), nullptr);
  EXPECT_NE(refused.find("label-among-features"), nullptr) << ids(refused);
  std::string features, labels, split = "class,part\n", classes = "name,a,b\n";
  for (int c = 0; c < 6; ++c) {
    const std::string name = "c" + std::to_string(c);
    classes += name + ',' + std::to_string(c % 3) + ',' + std::to_string(c * c) + '\n';
    split += name + (c > 3 ? ",unseen\n" : ",seen\n");
    for (int i = 0; i < 4; ++i) {
      features += std::to_string(c + 0.1 * i) + ',' + std::to_string(10 - c) + '\n';
      labels += name + '\n';
    }
  }
  const test::TemporaryFolder folder;
  test::write_files(folder.file("TOY"),
                    {{"features.csv", features},
                     {"labels.csv", labels},
                     {"split.csv", split},
                     {"classes.csv", classes}});
  const Diagnosis of_table = diagnose({.data_path = folder.path(), .name = "TOY"});
  ASSERT_NE(of_table.find("label-among-features"), nullptr) << of_table.to_string();
  EXPECT_THAT(of_table.find("label-among-features")->columns, ElementsAre("1"));
}

}  // namespace
}  // namespace dem
