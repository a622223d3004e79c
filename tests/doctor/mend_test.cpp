#include "dem/doctor/mend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "data/table_toy.h"
#include "dem/io/array_file.h"
#include "doctor_case.h"

namespace dem {
namespace {

using test::DoctorCase;
using test::ids;
using testing::ElementsAre;
using testing::IsEmpty;

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A case with its mended copy.
struct Mended {
  test::TemporaryFolder folder;
  DatasetOptions options, mended_options;
  Diagnosis before, after;
  MendReport report;

  explicit Mended(const DoctorCase& data) {
    data.write(folder.file("in/TOY"));
    options.data_path = folder.file("in");
    options.name = "TOY";
    before = diagnose(options);
    report = mend_dataset(options, before, folder.file("out"));
    mended_options = options;
    mended_options.data_path = folder.file("out");
    mended_options.index_base = report.index_base;
    after = diagnose(mended_options);
  }
};

TEST(MendDataset, MendsWhatIsSafeInOneCopy) {
  DoctorCase data;
  data.train.push_back(data.test_seen[0]);  // leaks
  data.val.push_back(data.val[0]);          // twice
  data.original[4][2] = -1;                 // missing
  data.normalise();
  data.features[4] = data.features[0];  // a test row equals a training row
  const Mended mended(data);
  EXPECT_THAT(mended.report.done,
              ElementsAre("rows-listed-twice",
                          "test-rows-in-tuning-list",
                          "missing-carried-over",
                          "missing-as-minus-one",
                          "test-rows-equal-training-rows"));
  EXPECT_THAT(mended.report.left, IsEmpty());
  EXPECT_EQ(ids(mended.after), "rows-in-no-list two-kinds-of-attributes ")
      << mended.after.to_string();
  EXPECT_EQ(mended.after.num_training_rows, 95);
  EXPECT_EQ(bytes_of(mended.folder.file("in/TOY/res101.mat")),
            bytes_of(mended.folder.file("out/TOY/res101.mat")));
  EXPECT_EQ(mended.report.files.size(), 2U);
}

// Attribute 2 of class 5 becomes the mean of the other 29 classes, and the row of `att` is that of
// original_att at length 1.
TEST(MendDataset, FillsInOriginalAttributesAndMakesTheOthersOfThem) {
  DoctorCase data;
  data.original[4][2] = -1;
  data.normalise();
  const Mended mended(data);
  double mean = 0.0;
  for (std::size_t c = 0; c < 30; ++c) mean += c == 4 ? 0.0 : data.original[c][2] / 29.0;
  DatasetOptions original = mended.mended_options;
  original.original_attributes = true;
  const Dataset filled = load_dataset(original);
  EXPECT_NEAR(double{filled.classes.embeddings[0](4, 2)}, mean, 1e-4);
  data.original[4][2] = mean;
  data.normalise();
  const Dataset unit = load_dataset(mended.mended_options);
  for (Index c = 0; c < 30; ++c) {
    for (Index d = 0; d < 8; ++d) {
      EXPECT_NEAR(double{unit.classes.embeddings[0](c, d)},
                  data.att[static_cast<std::size_t>(c)][static_cast<std::size_t>(d)],
                  1e-6)
          << c << ' ' << d;
    }
  }
}

TEST(MendDataset, CountsListsFromWhereLabelsAre) {
  DoctorCase data;
  for (double& label : data.labels) label -= 1.0;
  const Mended mended(data);
  EXPECT_NE(mended.before.find("index-base-mixed")->mend.find("count both from 0, as labels do"),
            std::string::npos);
  EXPECT_THAT(mended.report.done, ElementsAre("index-base-mixed"));
  EXPECT_THAT(mended.report.left, IsEmpty());
  EXPECT_EQ(mended.report.index_base, 0);
  EXPECT_EQ(ids(mended.after), "two-kinds-of-attributes ");
  EXPECT_EQ(mended.after.split_fingerprint, DoctorCase().diagnosis().split_fingerprint);
}

TEST(MendDataset, KeepsWhatElseTheSplitFileHas) {
  DoctorCase data;
  data.more_of_split = {test::matrix("wv", 2, 30, std::vector<double>(60, 0.5)),
                        test::column("allclass_loc", {3, 1, 2})};
  const Mended mended(data);
  const auto file = ArrayFile::open(mended.folder.file("out/TOY/att_splits.mat"));
  EXPECT_EQ(file->require("wv").shape, (std::vector<Index>{2, 30}));
  EXPECT_EQ(file->read_integers(file->require("allclass_loc")),
            (std::vector<std::int64_t>{3, 1, 2}));
  EXPECT_EQ(file->read_strings(file->require("allclasses_names"))[3], "class-4");
  EXPECT_EQ(mended.after.fingerprint, mended.before.fingerprint);
}

// The mended split file takes the place of one of another format.
TEST(MendDataset, TakesFilesOfOtherFormats) {
  DoctorCase data;
  data.names.clear();
  const std::string fingerprint = data.diagnosis().fingerprint;
  data.val.push_back(data.val[0]);  // twice
  const std::string expected = ids(data.diagnosis());
  data.as_npz = true;
  const Mended mended(data);
  EXPECT_EQ(ids(mended.before), expected);
  EXPECT_EQ(mended.before.num_training_rows, 96);
  EXPECT_THAT(mended.report.done, ElementsAre("rows-listed-twice"));
  EXPECT_EQ(mended.after.fingerprint, fingerprint);
  EXPECT_TRUE(std::filesystem::exists(mended.folder.file("out/TOY/res101.npz")));
  EXPECT_TRUE(std::filesystem::exists(mended.folder.file("out/TOY/att_splits.mat")));
  EXPECT_FALSE(std::filesystem::exists(mended.folder.file("out/TOY/att_splits.npz")));
}

TEST(MendDataset, LeavesWhatNeedsADecision) {
  DoctorCase data;
  std::rotate(data.original.begin(), data.original.begin() + 1, data.original.end());
  data.normalise();
  const Mended mended(data);
  EXPECT_THAT(mended.report.left, ElementsAre("class-order"));
  EXPECT_TRUE(mended.after.has_errors());
}

TEST(MendDataset, KeepsTheOnlyTrainingRowOfAClass) {
  DoctorCase data;
  data.features[4] = data.features[0];
  data.trainval.erase(data.trainval.begin() + 1, data.trainval.begin() + 4);
  data.train.erase(data.train.begin() + 1, data.train.begin() + 4);
  const Mended mended(data);
  EXPECT_NE(mended.after.find("test-rows-equal-training-rows"), nullptr);
  EXPECT_EQ(mended.after.num_training_rows, mended.before.num_training_rows);
  EXPECT_FALSE(mended.before.find("test-rows-equal-training-rows")->mendable);
  EXPECT_THAT(mended.report.done, IsEmpty());
  EXPECT_THAT(mended.report.left, ElementsAre("test-rows-equal-training-rows"));
}

// One class has other training rows and one has not: the copies of the one go, and the finding
// stays.
TEST(MendDataset, DoesNotSayThatWhatIsMendedInPartIsMended) {
  DoctorCase data;
  data.features[4] = data.features[0];
  data.features[10] = data.features[6];
  data.trainval.erase(data.trainval.begin() + 1, data.trainval.begin() + 4);
  data.train.erase(data.train.begin() + 1, data.train.begin() + 4);
  const Mended mended(data);
  EXPECT_EQ(mended.before.find("test-rows-equal-training-rows")->count, 2);
  EXPECT_EQ(mended.after.find("test-rows-equal-training-rows")->count, 1);
  EXPECT_THAT(mended.report.done, IsEmpty());
  EXPECT_THAT(mended.report.left, ElementsAre("test-rows-equal-training-rows"));
}

// With 0 and 1 alone, -1 may mean no: both tables stay as they are.
TEST(MendDataset, LeavesTwoValuedAttributesInDoubt) {
  DoctorCase data;
  for (std::size_t c = 0; c < data.original.size(); ++c) {
    for (std::size_t d = 0; d < 8; ++d) data.original[c][d] = double(((c + 1) >> (d % 5)) & 1U);
    data.original[c][5] = c % 7 == 0 ? 1.0 : 0.0;
  }
  data.original[4][2] = -1;
  data.normalise();
  const Mended mended(data);
  for (const char* id : {"missing-as-minus-one", "missing-carried-over"}) {
    const Finding* finding = mended.before.find(id);
    ASSERT_NE(finding, nullptr) << mended.before.to_string();
    EXPECT_FALSE(finding->mendable) << id;
    EXPECT_THAT(mended.report.done, testing::Not(testing::Contains(id)));
    EXPECT_THAT(mended.report.left, testing::Contains(id));
  }
  EXPECT_EQ(mended.after.fingerprint, mended.before.fingerprint);
}

// What the report says is what a diagnosis of the copy says.
TEST(MendDataset, NamesAsLeftWhatTheCopyHas) {
  DoctorCase data;
  data.train.push_back(data.test_seen[0]);       // leaks
  data.trainval.push_back(data.test_unseen[0]);  // needs a decision
  const Mended mended(data);
  EXPECT_THAT(mended.report.done, ElementsAre("test-rows-in-tuning-list"));
  std::vector<std::string> left;
  for (const Finding& finding : mended.after.findings) {
    if (finding.severity != Severity::kNote) left.push_back(finding.id);
  }
  EXPECT_EQ(mended.report.left, left);
  EXPECT_THAT(left, testing::Contains("test-rows-in-training"));
}

TEST(MendDataset, SaysWhichFoldersItLeavesOut) {
  const test::TemporaryFolder folder;
  DoctorCase().write(folder.file("in/TOY"));
  std::filesystem::create_directories(folder.file("in/TOY/images/1"));
  std::filesystem::create_symlink("nowhere", folder.file("in/TOY/broken"));
  std::ofstream(folder.file("in/TOY/notes.txt")) << "kept";
  const DatasetOptions options{.data_path = folder.file("in"), .name = "TOY"};
  const MendReport report = mend_dataset(options, diagnose(options), folder.file("out"));
  EXPECT_THAT(report.left_out, ElementsAre("broken", "images/"));
  EXPECT_EQ(bytes_of(folder.file("out/TOY/notes.txt")), "kept");
}

// Wherever it is stopped, nothing stays.
TEST(MendDataset, LeavesNothingWhereItIsStopped) {
  const test::TemporaryFolder folder;
  DoctorCase().write(folder.file("in/TOY"));
  const DatasetOptions options{.data_path = folder.file("in"), .name = "TOY"};
  const Diagnosis diagnosis = diagnose(options);
  int calls = 0, stops = 0;
  for (bool stopped = true; stopped; ++stops) {
    ASSERT_LT(stops, 100);
    calls = 0;
    const MendOptions mend{.should_stop = [&] { return calls++ == stops; }};
    stopped = mend_dataset(options, diagnosis, folder.file("out"), mend).stopped;
    EXPECT_EQ(std::filesystem::exists(folder.file("out")), !stopped) << stops;
  }
  EXPECT_GT(stops, 4);  // the features of data and copy, each file, the renaming
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/TOY/res101.mat")));
}

TEST(MendDataset, LeavesRowsWhoseLabelIsNoClass) {
  DoctorCase data;
  data.features[4] = data.features[0];  // a test row equals a training row
  data.labels[0] = 99;
  const Mended mended(data);
  EXPECT_THAT(mended.report.left, testing::Contains("labels-out-of-range"));
}

// As --fix leaves it where it is killed.
TEST(MendDataset, TakesAFolderThatAnEndedMendLeft) {
  const test::TemporaryFolder folder;
  const DoctorCase data;
  data.write(folder.file("in/TOY"));
  std::filesystem::create_directories(folder.file("out/.TOY.partial.0a1b2c"));
  std::ofstream(folder.file("out/.TOY.partial.0a1b2c/res101.mat")) << "half";
  const DatasetOptions options{.data_path = folder.file("in"), .name = "TOY"};
  const MendReport report = mend_dataset(options, diagnose(options), folder.file("out"));
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/TOY/res101.mat")));
}

TEST(MendDataset, FillsInTheClassesOfATable) {
  const test::TemporaryFolder folder;
  test::write_files(
      folder.file("in/TOY"),
      test::with(test::toy_table(),
                 "classes.csv",
                 "name,legs,\"wings, all\"\nant,6,0.5\nbee,6,2\ncat,-1,0.5\ndog,,1\n"));
  const DatasetOptions options{.data_path = folder.file("in"),
                               .name = "TOY",
                               .missing_descriptions = MissingDescriptions::kMean};
  const MendReport report = mend_dataset(options, diagnose(options), folder.file("out"));
  EXPECT_THAT(report.done, ElementsAre("missing-as-minus-one", "missing-entries"));
  EXPECT_EQ(bytes_of(folder.file("out/TOY/classes.csv")),
            "name,legs,\"wings, all\"\nant,6,0.5\nbee,6,2\ncat,6,0.5\ndog,6,1\n");
  EXPECT_EQ(bytes_of(folder.file("out/TOY/features.csv")),
            bytes_of(folder.file("in/TOY/features.csv")));
}

TEST(MendDataset, RefusesAFolderThatIsNotEmptyAndRowsThatAreNone) {
  const test::TemporaryFolder folder;
  DoctorCase data;
  data.write(folder.file("in/TOY"));
  const DatasetOptions options{.data_path = folder.file("in"), .name = "TOY"};
  const Diagnosis diagnosis = diagnose(options);
  test::expect_error(ErrorKind::kInvalidArgument, {"mended copy", "new or empty folder"}, [&] {
    mend_dataset(options, diagnosis, folder.file("in"));
  });
  data.val.push_back(500);
  data.write(folder.file("in/TOY"));
  test::expect_error(ErrorKind::kFormat, {"val_loc", "500"}, [&] {
    mend_dataset(options, diagnose(options), folder.file("out"));
  });
  EXPECT_FALSE(std::filesystem::exists(folder.file("out/TOY")));
}

}  // namespace
}  // namespace dem
