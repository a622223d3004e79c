#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "doctor_case.h"

namespace dem {
namespace {

using test::DoctorCase;
using test::ids;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(LabelChecks, AnUnseenClassWithTrainingRowsIsAnError) {
  DoctorCase data;
  data.trainval.push_back(data.test_unseen.back());
  data.test_unseen.pop_back();
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("unseen-class-trained-on");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->classes, ElementsAre("class-30"));
  EXPECT_THAT(found->rows, ElementsAre(174, 175, 176, 177, 178));
}

TEST(LabelChecks, ASeenClassWithoutTrainingRowsIsAnError) {
  DoctorCase data;
  data.trainval.erase(data.trainval.begin(), data.trainval.begin() + 4);
  data.train.erase(data.train.begin(), data.train.begin() + 4);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("seen-class-not-trained-on");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->classes, ElementsAre("class-1"));
  EXPECT_THAT(found->rows, ElementsAre(4, 5));
}

TEST(LabelChecks, ClassesWithoutRowsAndWithOneAreNotes) {
  DoctorCase data;
  for (std::size_t i = 168; i < 174; ++i) data.labels[i] = 30;  // class 29 has none
  data.trainval.erase(data.trainval.begin(), data.trainval.begin() + 3);
  data.train.erase(data.train.begin(), data.train.begin() + 3);
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* without = diagnosis.find("classes-without-rows");
  ASSERT_NE(without, nullptr) << ids(diagnosis);
  EXPECT_THAT(without->classes, ElementsAre("class-29"));
  const Finding* one = diagnosis.find("classes-with-one-training-row");
  ASSERT_NE(one, nullptr) << ids(diagnosis);
  EXPECT_THAT(one->classes, ElementsAre("class-1"));
  EXPECT_FALSE(diagnosis.has_errors());
}

// Without an image of the last class labels may count from 0 as well.
TEST(LabelChecks, LabelsThatMayCountFromEitherAreRefused) {
  DoctorCase data;
  for (std::size_t i = 174; i < 180; ++i) data.labels[i] = 29;
  const Diagnosis diagnosis = data.diagnosis();
  ASSERT_NE(diagnosis.find("refused"), nullptr) << ids(diagnosis);
  EXPECT_THAT(diagnosis.find("refused")->where, testing::HasSubstr("index base 0 or index base 1"));
  DatasetOptions options;
  options.index_base = 1;
  EXPECT_FALSE(data.diagnosis(options).has_errors());
}

TEST(LabelChecks, ALabelThatIsNoClassIsAnError) {
  DoctorCase data;
  data.labels[7] = 31;
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("labels-out-of-range");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->rows, ElementsAre(7));
}

TEST(LabelChecks, ANameOfTwoClassesIsAWarning) {
  DoctorCase data;
  data.names[3] = data.names[9];
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("class-names-repeat");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_THAT(found->classes, ElementsAre("class-10"));
}

// Image files as published data have them: /somewhere/images/001.Black_footed_Albatross/x.jpg.
DoctorCase with_files() {
  DoctorCase data;
  for (int c = 0; c < DoctorCase::kClasses; ++c) {
    data.names[static_cast<std::size_t>(c)] = "Bird number_" + std::to_string(c + 100);
  }
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    const int c = static_cast<int>(data.labels[i]) - 1;
    data.image_files.push_back("/home/x/images/" + std::to_string(200 - c) + ".bird_Number_" +
                               std::to_string(c + 100) + "/picture_" + std::to_string(i) + ".jpg");
  }
  return data;
}

TEST(ClassOrderChecks, FilesInFoldersOfTheirClassesAreRight) {
  const Diagnosis diagnosis = with_files().diagnosis();
  EXPECT_EQ(diagnosis.find("labels-against-files"), nullptr) << diagnosis.to_string();
}

TEST(ClassOrderChecks, ARowInTheFolderOfAnotherClassIsAnError) {
  DoctorCase data = with_files();
  data.image_files[0] = data.image_files[10];
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("labels-against-files");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->rows, ElementsAre(0));
  EXPECT_THAT(found->mend, HasSubstr("correct the labels"));
}

TEST(ClassOrderChecks, NamesInAnotherOrderAreAnError) {
  DoctorCase data = with_files();
  std::rotate(data.names.begin(), data.names.begin() + 1, data.names.end());
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("labels-against-files");
  ASSERT_NE(found, nullptr) << ids(diagnosis);
  EXPECT_EQ(found->count, 180);
  EXPECT_THAT(found->mend, HasSubstr("order"));
}

TEST(ClassOrderChecks, FoldersThatAreNoClassesSayNothing) {
  DoctorCase data = with_files();
  for (std::string& file : data.image_files) file = "/home/x/jpg/image.jpg";
  data.image_files[0] = "/home/x/bird number_105/image.jpg";
  const Diagnosis diagnosis = data.diagnosis();
  EXPECT_EQ(diagnosis.find("labels-against-files"), nullptr) << diagnosis.to_string();
}

TEST(ClassOrderChecks, DescriptionsMovedByOneAreAnError) {
  DoctorCase data;
  std::rotate(data.original.begin(), data.original.begin() + 1, data.original.end());
  data.normalise();
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("class-order");
  ASSERT_NE(found, nullptr) << diagnosis.to_string();
  EXPECT_EQ(found->severity, Severity::kError);
  EXPECT_THAT(found->title, HasSubstr("moved by one"));
}

TEST(ClassOrderChecks, OrdersThatAreOftenMetAreNamed) {
  const auto expect = [](const char* what, const auto& reorder) {
    DoctorCase data;
    reorder(data);
    data.normalise();
    const Diagnosis diagnosis = data.diagnosis();
    const Finding* found = diagnosis.find("class-order");
    ASSERT_NE(found, nullptr) << what << '\n' << diagnosis.to_string();
    EXPECT_THAT(found->title, HasSubstr(what));
  };
  expect("in reverse",
         [](DoctorCase& data) { std::reverse(data.original.begin(), data.original.end()); });
  // The six unseen classes first: the first six must go behind the others.
  expect("with the first classes last", [](DoctorCase& data) {
    std::rotate(data.original.begin(), data.original.begin() + 24, data.original.end());
  });
  expect("with the last classes first", [](DoctorCase& data) {
    std::rotate(data.original.begin(), data.original.begin() + 6, data.original.end());
  });
  expect("taken for sorted by name", [](DoctorCase& data) {
    std::vector<std::size_t> order(data.names.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return data.names[a] < data.names[b];
    });
    const auto table = data.original;
    for (std::size_t i = 0; i < order.size(); ++i) data.original[i] = table[order[i]];
  });
}

TEST(ClassOrderChecks, DescriptionsInAnyOtherOrderAreAWarning) {
  DoctorCase data;
  Rng rng(3, Purpose::kControl);
  shuffle(std::span(data.original), rng);
  data.normalise();
  const Diagnosis diagnosis = data.diagnosis();
  const Finding* found = diagnosis.find("descriptions-unrelated");
  ASSERT_NE(found, nullptr) << diagnosis.to_string();
  EXPECT_EQ(found->severity, Severity::kWarning);
}

// Numbers of one column, or of one class, that are far larger than all others hide neither that
// descriptions fit nor that they do not.
TEST(ClassOrderChecks, OneLargeColumnOrClassHidesNothing) {
  using Change = void (*)(DoctorCase&);
  const Change changes[] = {[](DoctorCase& data) {  // a column of features that says nothing
                              Rng rng(11, Purpose::kControl);
                              for (auto& row : data.features) row.push_back(1000.0 * rng.normal());
                            },
                            [](DoctorCase& data) {  // one of descriptions
                              Rng rng(12, Purpose::kControl);
                              for (auto& row : data.original)
                                row.push_back(std::round(1e5 * rng.uniform()));
                            },
                            [](DoctorCase& data) {  // one that says something
                              for (auto& row : data.features) row[3] *= 1000.0;
                            },
                            [](DoctorCase& data) {  // the images of a class, and its description
                              for (std::size_t row = 12; row < 18; ++row) {
                                for (double& x : data.features[row]) x *= 1000.0;
                              }
                              for (double& a : data.original[7]) a *= 1000.0;
                            }};
  for (const Change change : changes) {
    const auto which = &change - changes;
    DoctorCase fits;
    change(fits);
    fits.att = fits.original;
    EXPECT_EQ(fits.diagnosis().find("descriptions-unrelated"), nullptr) << which;
    EXPECT_EQ(fits.diagnosis().find("class-order"), nullptr) << which;
    DoctorCase moved;
    change(moved);
    std::rotate(moved.original.begin(), moved.original.begin() + 1, moved.original.end());
    moved.att = moved.original;
    EXPECT_NE(moved.diagnosis().find("class-order"), nullptr)
        << which << moved.diagnosis().to_string();
  }
}

}  // namespace
}  // namespace dem
