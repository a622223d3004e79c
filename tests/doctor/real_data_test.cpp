// Published files, where they lie beside the checkout: what is true of them is found, and nothing
// else. Numbers of split files are from their descriptions; equal rows were counted with numpy:
//   X = loadmat(FILE)['features'].T
//   _, inverse, counts = numpy.unique(X, axis=0, return_inverse=True, return_counts=True)
//   numpy.where(counts[inverse] > 1)
#include "support/real_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dem/doctor/diagnose.h"

namespace dem {
namespace {

using testing::ElementsAre;

std::vector<std::string> ids_of(const Diagnosis& diagnosis) {
  std::vector<std::string> ids;
  for (const Finding& finding : diagnosis.findings) ids.push_back(finding.id);
  return ids;
}

Diagnosis diagnose_shared(const std::string& name, std::optional<int> index_base = {}) {
  return diagnose(
      {.data_path = std::string(DEM_SHARED_DATA_DIR), .name = name, .index_base = index_base});
}

TEST(RealData, DoctorFindsTheTestRowsInPublishedTuningLists) {
  DEM_NEEDS_REAL_DATA("att_splits");
  struct Known {
    const char* name;
    std::vector<Index> leaking;  // of train, of val
  };
  const Known known[] = {
      {"AWA2", {4031, 1851}}, {"SUN", {2320, 260}}, {"FLO", {1173, 230}}, {"APY", {}}};
  for (const Known& set : known) {
    const Diagnosis diagnosis =
        diagnose({.data_path = test::real_data("att_splits"), .name = set.name});
    std::vector<Index> leaking;
    for (const Finding& finding : diagnosis.findings) {
      if (finding.id == "test-rows-in-tuning-list") leaking.push_back(finding.count);
    }
    EXPECT_EQ(leaking, set.leaking) << set.name;
  }
}

TEST(RealData, DoctorFindsTheMissingEntriesOfAntelope) {
  DEM_NEEDS_REAL_DATA("att_splits");
  const Diagnosis diagnosis =
      diagnose({.data_path = test::real_data("att_splits"), .name = "AWA2"});
  for (const char* id : {"missing-as-minus-one", "missing-carried-over"}) {
    const Finding* found = diagnosis.find(id);
    ASSERT_NE(found, nullptr) << id;
    EXPECT_EQ(found->count, 4);
    EXPECT_THAT(found->classes, ElementsAre("antelope"));
  }
}

TEST(RealData, DoctorFindsTheBaseOfKylberg) {
  DEM_NEEDS_REAL_DATA("kylberg_wrn");
  const Diagnosis from_1 = diagnose_shared("kylberg_wrn");
  EXPECT_NE(from_1.find("index-base"), nullptr);
  EXPECT_EQ(from_1.num_unseen_classes, 5);
  EXPECT_THAT(ids_of(diagnose_shared("kylberg_wrn", 0)), ElementsAre());
}

TEST(RealData, DoctorFindsTheOneEqualRowOfFlowersAndNothingElse) {
  DEM_NEEDS_REAL_DATA("flowers102_clip");
  const Diagnosis diagnosis = diagnose_shared("flowers102_clip");
  EXPECT_THAT(ids_of(diagnosis), ElementsAre("test-rows-equal-training-rows"));
  EXPECT_THAT(diagnosis.findings[0].rows, ElementsAre(3976));
}

TEST(RealData, DoctorRaisesNoFalseAlarms) {
  DEM_NEEDS_REAL_DATA("food101_clip");
  EXPECT_THAT(ids_of(diagnose_shared("food101_clip")), ElementsAre());
  EXPECT_THAT(ids_of(diagnose_shared("caltech101_clip")), ElementsAre("rows-in-no-list"));
  const Diagnosis imagenet = diagnose_shared("imagenet_clip");
  EXPECT_THAT(ids_of(imagenet), ElementsAre("class-names-repeat"));
  EXPECT_THAT(imagenet.findings[0].classes, ElementsAre("crane", "maillot"));
}

TEST(RealData, DoctorFindsEqualRowsOfEmoji) {
  DEM_NEEDS_REAL_DATA("emoji");
  const Diagnosis diagnosis = diagnose_shared("emoji");
  EXPECT_FALSE(diagnosis.has_errors());
  ASSERT_NE(diagnosis.find("test-rows-equal-training-rows"), nullptr);
  EXPECT_EQ(diagnosis.find("test-rows-equal-training-rows")->count, 21);
}

}  // namespace
}  // namespace dem
