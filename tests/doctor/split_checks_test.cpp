#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "doctor_case.h"

namespace dem {
namespace {

using test::column;
using test::DoctorCase;
using test::ids;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What even a clean case has: published data have both kinds of attributes.
const std::string kClean = "two-kinds-of-attributes ";

TEST(SplitChecks, FindNothingInACleanSet) {
  const Diagnosis diagnosis = DoctorCase().diagnosis();
  EXPECT_EQ(ids(diagnosis), kClean) << diagnosis.to_string();
  EXPECT_FALSE(diagnosis.has_errors());
  EXPECT_EQ(diagnosis.num_rows, 180);
  EXPECT_EQ(diagnosis.num_training_rows, 96);
  EXPECT_EQ(diagnosis.num_test_seen_rows, 48);
  EXPECT_EQ(diagnosis.num_test_unseen_rows, 36);
  EXPECT_EQ(diagnosis.num_seen_classes, 24);
  EXPECT_EQ(diagnosis.num_unseen_classes, 6);
  EXPECT_EQ(diagnosis.split_fingerprint.size(), 16U);
  EXPECT_EQ(diagnosis.fingerprint.size(), 32U);
}

TEST(SplitChecks, TestRowsInATuningListAreAWarning) {
  DoctorCase data;
  data.train.push_back(data.test_seen[0]);
  data.train.push_back(data.test_seen[3]);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("test-rows-in-tuning-list");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kWarning);
  EXPECT_THAT(found->rows, ElementsAre(4, 11));  // rows 4 and 5 of each class, from 0
  EXPECT_EQ(found->count, 2);
  EXPECT_TRUE(found->mendable);
  EXPECT_THAT(found->where, HasSubstr("train_loc"));
  EXPECT_EQ(ids(diagnosis), "test-rows-in-tuning-list " + kClean);
}

TEST(SplitChecks, TestRowsAmongTrainingRowsAreAnErrorThatIsRefused) {
  DoctorCase data;
  data.trainval.push_back(data.test_seen[1]);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("test-rows-in-training");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->rows, ElementsAre(5));
  EXPECT_FALSE(found->mendable);
  const Finding* refused = diagnosis.find("refused");
  ASSERT_NE(refused, nullptr);
  EXPECT_THAT(refused->where, HasSubstr("expected no row that is in another part"));
  EXPECT_EQ(diagnosis.fingerprint, "");
  EXPECT_EQ(diagnosis.split_fingerprint, "");
  EXPECT_EQ(diagnosis.feature_dim, DoctorCase::kDim);  // features were looked at all the same
}

TEST(SplitChecks, RowsInBothTestListsAreAnError) {
  DoctorCase data;
  data.test_seen.push_back(data.test_unseen[0]);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("rows-in-both-test-lists");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->rows, ElementsAre(144));
  EXPECT_NE(diagnosis.find("seen-class-not-trained-on"), nullptr);
}

TEST(SplitChecks, RowsListedTwiceAndRowsInNoListAreTold) {
  DoctorCase data;
  const double dropped = data.test_seen.back();
  data.test_seen.back() = data.test_seen[0];
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* twice = diagnosis.find("rows-listed-twice");
  ASSERT_NE(twice, nullptr) << ids(diagnosis);
  EXPECT_THAT(twice->rows, ElementsAre(4));
  const Finding* none = diagnosis.find("rows-in-no-list");
  ASSERT_NE(none, nullptr) << ids(diagnosis);
  EXPECT_THAT(none->rows, ElementsAre(static_cast<Index>(dropped) - 1));
  EXPECT_EQ(none->severity, Severity::kNote);
}

TEST(SplitChecks, RowsOutOfRangeAreAnError) {
  DoctorCase data;
  data.test_unseen.push_back(181);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("rows-out-of-range");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->title, HasSubstr("181"));
}

TEST(SplitChecks, TuningRowsOutsideTrainingAreAWarning) {
  DoctorCase data;
  data.trainval.pop_back();
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("tuning-rows-outside-training");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->count, 1);
  EXPECT_THAT(found->where, HasSubstr("val_loc"));
}

TEST(SplitChecks, ClassesOfTrainAndValAreAWarning) {
  DoctorCase data;
  data.val.push_back(data.train[0]);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("validation-shares-classes");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->classes, ElementsAre("class-1"));
}

TEST(SplitChecks, AListOfZerosAndOnesIsAMask) {
  DoctorCase data;
  std::vector<double> mask(DoctorCase::kRows);
  for (const double row : data.trainval) mask[static_cast<std::size_t>(row) - 1] = 1.0;
  data.trainval = mask;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("list-is-mask");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kNote);
  EXPECT_EQ(found->count, 96);
  EXPECT_TRUE(found->mendable);
  EXPECT_EQ(diagnosis.num_training_rows, 96);
  EXPECT_FALSE(diagnosis.has_errors()) << ids(diagnosis);
}

TEST(SplitChecks, AllFromZeroIsSaidAndReadWithThatBase) {
  DoctorCase data;
  for (auto* list :
       {&data.labels, &data.trainval, &data.train, &data.val, &data.test_seen, &data.test_unseen}) {
    for (double& value : *list) value -= 1.0;
  }
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("index-base");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kNote);
  EXPECT_THAT(found->mend, HasSubstr("count from 1"));
  EXPECT_EQ(diagnosis.num_training_rows, 96);
  EXPECT_FALSE(diagnosis.has_errors()) << ids(diagnosis);
  DatasetOptions options;
  options.index_base = 0;
  EXPECT_EQ(ids(data.diagnosis(options)), kClean);
  options.index_base = 1;
  const Diagnosis forced = data.diagnosis(options);
  ASSERT_NE(forced.find("index-base"), nullptr) << ids(forced);
  EXPECT_EQ(forced.find("index-base")->severity, Severity::kError);
  EXPECT_NE(forced.find("refused"), nullptr);
}

TEST(SplitChecks, RowsOfNoListMayHaveNoLabel) {
  DoctorCase data;
  const double dropped = data.test_seen.back();
  data.test_seen.pop_back();
  data.labels[static_cast<std::size_t>(dropped) - 1] = -1.0;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("rows-without-label");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kNote);
  EXPECT_THAT(found->rows, ElementsAre(static_cast<Index>(dropped) - 1));
  EXPECT_EQ(diagnosis.find("labels-out-of-range"), nullptr);
  EXPECT_FALSE(diagnosis.has_errors());
}

TEST(SplitChecks, LabelsFromZeroBesideRowsFromOneAreMixed) {
  DoctorCase data;
  for (double& label : data.labels) label -= 1.0;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("index-base-mixed");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->title, HasSubstr("labels counts from 0"));
  EXPECT_EQ(found->severity, Severity::kWarning);
  EXPECT_FALSE(diagnosis.has_errors()) << ids(diagnosis);
  EXPECT_TRUE(found->mendable);
  EXPECT_EQ(diagnosis.num_unseen_classes, 6);
}

// Row 0 is in no list, and the last row in none either: only classes tell.
TEST(SplitChecks, RowsFromZeroAreToldByTheirClassesWhereNumbersDoNot) {
  DoctorCase data;
  for (auto* list : {&data.trainval, &data.train, &data.val, &data.test_seen, &data.test_unseen}) {
    for (double& value : *list) value -= 1.0;
    std::erase(*list, 0.0);
  }
  const Diagnosis diagnosis = data.diagnosis();
  EXPECT_NE(diagnosis.find("index-base-mixed"), nullptr) << ids(diagnosis);
  EXPECT_EQ(diagnosis.find("unseen-class-trained-on"), nullptr) << ids(diagnosis);
}

TEST(SplitChecks, ASplitWithoutFeaturesIsLookedAtAllTheSame) {
  DoctorCase data;
  data.val.push_back(data.test_seen[0]);
  const test::TemporaryFolder folder;
  data.write(folder.file("TOY"));
  std::filesystem::remove(folder.file("TOY/res101.mat"));
  const Diagnosis diagnosis = diagnose({.data_path = folder.path(), .name = "TOY"});
  EXPECT_NE(diagnosis.find("refused"), nullptr);
  EXPECT_NE(diagnosis.find("test-rows-in-tuning-list"), nullptr) << ids(diagnosis);
}

TEST(SplitChecks, WithoutSeenTestRowsThereIsANote) {
  DoctorCase data;
  data.test_seen.clear();
  const Diagnosis diagnosis = data.diagnosis();
  EXPECT_NE(diagnosis.find("no-seen-test-rows"), nullptr) << ids(diagnosis);
  EXPECT_FALSE(diagnosis.has_errors());
}

TEST(Diagnose, RefusesOptionsAndFoldersThatAreNone) {
  EXPECT_THROW((void)diagnose({.data_path = "/nowhere", .name = "TOY"}), Error);
  const test::TemporaryFolder folder;
  DoctorCase().write(folder.file("TOY"));
  test::expect_error(ErrorKind::kInvalidArgument, {"near_duplicates"}, [&] {
    (void)diagnose({.data_path = folder.path(), .name = "TOY"}, {.near_duplicates = 1.0});
  });
}

}  // namespace
}  // namespace dem
