// Imports of what load_dataset reads as it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/dem_toy.h"
#include "data/gbu_toy.h"
#include "dem/data/split_fingerprint.h"
#include "import_case.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class ImportOfLayouts : public test::ImportTest {
 protected:
  [[nodiscard]] Dataset source(const std::string& name, const std::string& layout) const {
    DatasetOptions options;
    options.data_path = folder_.path().string();
    options.name = name;
    options.layout = layout;
    return load_dataset(options);
  }
  static void expect_same(const Dataset& a, const Dataset& b) {
    ASSERT_EQ(a.visual_features.rows(), b.visual_features.rows());
    for (Index i = 0; i < a.visual_features.rows(); ++i) {
      EXPECT_THAT(a.visual_features.row(i), testing::ElementsAreArray(b.visual_features.row(i)));
    }
    EXPECT_EQ(a.labels, b.labels);
    EXPECT_EQ(a.classes.names, b.classes.names);
    for (Index c = 0; c < a.classes.size(); ++c) {
      EXPECT_THAT(a.classes.embeddings[0].row(c),
                  testing::ElementsAreArray(b.classes.embeddings[0].row(c)));
    }
    EXPECT_THAT(a.split.trainval, testing::UnorderedElementsAreArray(b.split.trainval));
    EXPECT_THAT(a.split.train, testing::UnorderedElementsAreArray(b.split.train));
    EXPECT_THAT(a.split.val, testing::UnorderedElementsAreArray(b.split.val));
    EXPECT_EQ(split_fingerprint(a), split_fingerprint(b));
  }
};

TEST_F(ImportOfLayouts, GbuGivesTheSameDataset) {
  test::write_toy_gbu(folder_.file("SOURCE"));
  const ImportSummary summary = import_table(from());
  EXPECT_TRUE(summary.finished);
  EXPECT_EQ(summary.kind, "gbu");
  EXPECT_EQ(summary.images, 8);
  EXPECT_THAT(summary.files,
              ElementsAre("classes.csv", "features.npy", "labels.csv", "split.json"));
  expect_same(imported(), source("SOURCE", "gbu"));
}

TEST_F(ImportOfLayouts, GbuKeepsTheNamesOfImages) {
  const auto with_names = [](std::vector<std::string> names) {
    return test::with(test::toy_features(), test::lines("image_files", names));
  };
  test::write_toy_gbu(folder_.file("SOURCE"), with_names({"a", "b", "c", "d", "e", "f", "g", "h"}));
  static_cast<void>(import_table(from()));
  EXPECT_EQ(imported().samples[7], "h");
  std::filesystem::remove_all(folder_.file("OUT"));
  test::write_toy_gbu(folder_.file("SOURCE"), with_names({"a", "b", "c", "d", "e", "f", "g", "a"}));
  static_cast<void>(import_table(from()));
  EXPECT_TRUE(imported().samples.empty());
  std::filesystem::remove_all(folder_.file("OUT"));
  test::write_toy_gbu(folder_.file("SOURCE"), with_names({"a", "b", "c"}));
  static_cast<void>(import_table(from()));
  EXPECT_TRUE(imported().samples.empty());
}

TEST_F(ImportOfLayouts, GbuTakesTheOptionsOfReading) {
  test::write_toy_gbu(folder_.file("SOURCE"));
  ImportOptions options = from();
  options.data.original_attributes = true;
  static_cast<void>(import_table(options));
  EXPECT_EQ(imported().classes.embeddings[0].row(1)[1], 8.0f);
}

TEST_F(ImportOfLayouts, ImagesOfNoClassAreLeftOut) {
  // Image 5 (from 1) has no class and is in no list.
  test::write_toy_gbu(
      folder_.file("SOURCE"),
      test::with(test::toy_features(), test::column("labels", {1, 1, 2, 2, NAN, 3, 4, 4})),
      test::with(test::toy_split(), test::column("test_unseen_loc", {6})));
  const ImportSummary summary = import_table(from());
  EXPECT_EQ(summary.left_out, 1);
  EXPECT_EQ(summary.images, 7);
  const Dataset dataset = imported();
  EXPECT_THAT(dataset.labels, ElementsAre(0, 0, 1, 1, 2, 3, 3));
  EXPECT_THAT(dataset.visual_features.row(4), ElementsAre(50.0f, 51.0f));
  EXPECT_THAT(dataset.split.test_unseen, ElementsAre(4));
  EXPECT_THAT(dataset.split.trainval, UnorderedElementsAre(0, 2, 5, 6));
}

TEST_F(ImportOfLayouts, DemIsKnownByItsFolder) {
  test::write_toy_cub(folder_.path().string());
  const ImportSummary summary = import_table(from("CUB_data/"));
  EXPECT_EQ(summary.kind, "dem");
  expect_same(imported(), source("CUB", "dem"));
}

TEST_F(ImportOfLayouts, ATableInShardsAndTextBecomesOneArray) {
  test::write_files(folder_.file("SOURCE"),
                    {{"features_0.csv", "0,1\n10,11\n"},
                     {"features_1.csv", "20,21\n30,31\n40,41\n50,51\n"},
                     {"labels.csv", "id,class\na,ant\nb,bee\nc,ant\nd,cat\ne,bee\nf,cat\n"},
                     {"classes.csv", test::toy_table().at("classes.csv")},
                     {"space_sound.csv", "ant,1\nbee,2\ncat,3\ndog,4\n"}});
  ImportOptions options = from();
  options.data.more_spaces = {{"sound"}};
  const ImportSummary summary = import_table(options);
  EXPECT_EQ(summary.kind, "table");
  EXPECT_THAT(summary.spaces, ElementsAre("attribute 2", "sound 1"));
  EXPECT_THAT(summary.files,
              ElementsAre("classes.csv", "features.npy", "labels.csv", "space_sound.csv"));
  EXPECT_EQ(out("labels.csv"), "id,class\na,ant\nb,bee\nc,ant\nd,cat\ne,bee\nf,cat\n");
  EXPECT_EQ(out("classes.csv"), test::toy_table().at("classes.csv").replace(0, 4, "class"));
  expect_same(imported(), source("SOURCE", "table"));
}

TEST_F(ImportOfLayouts, WordsAreASpaceThatTrainModesFind) {
  test::write_files(folder_.file("SOURCE"), test::toy_table());
  ImportOptions options = from();
  options.data.train_mode = TrainMode::kFusion;
  options.data.word_vectors = folder_.write("words.csv", "dog,4,0\nant,1,0\nbee,2,5\ncat,3,0\n");
  static_cast<void>(import_table(options));
  const Dataset dataset = imported(TrainMode::kFusion);
  EXPECT_THAT(dataset.classes.space("word").row(1), ElementsAre(2.0f, 5.0f));
  EXPECT_THAT(dataset.classes.space("attribute").row(1), ElementsAre(6.0f, 2.0f));
}

TEST_F(ImportOfLayouts, AnOutputThatHoldsSomethingIsLeftAlone) {
  test::write_files(folder_.file("SOURCE"), test::toy_table());
  test::write_files(folder_.file("OUT"), {{"mine.txt", "precious"}});
  expect_error(ErrorKind::kInvalidArgument, {"output", "new or empty folder"}, [&] {
    static_cast<void>(import_table(from()));
  });
  EXPECT_EQ(out("mine.txt"), "precious");
}

TEST_F(ImportOfLayouts, FoldersBesideTheOutputAreLeftAlone) {
  test::write_files(folder_.file("SOURCE"), test::toy_table());
  test::write_files(folder_.file(".OUT.partial"), {{"mine.txt", "precious"}});
  static_cast<void>(import_table(from()));
  EXPECT_TRUE(std::filesystem::exists(folder_.file(".OUT.partial/mine.txt")));
}

TEST_F(ImportOfLayouts, FoldersThatWereMadeGoWithAFailure) {
  test::write_files(folder_.file("SOURCE"), {{"readme.txt", "nothing"}});
  ImportOptions options = from();
  options.output = folder_.file("a/b/c");
  EXPECT_THROW(static_cast<void>(import_table(options)), Error);
  test::write_toy_gbu(folder_.file("SOURCE"),
                      test::with(test::toy_features(), test::column("labels", {1, 1, 2})));
  EXPECT_THROW(static_cast<void>(import_table(options)), Error);
  EXPECT_FALSE(std::filesystem::exists(folder_.file("a")));
}

TEST_F(ImportOfLayouts, ALinkAsOutputIsRefused) {
  test::write_files(folder_.file("SOURCE"), test::toy_table());
  std::filesystem::create_directory(folder_.file("elsewhere"));
  std::filesystem::create_symlink(folder_.file("elsewhere"), folder_.file("OUT"));
  expect_error(ErrorKind::kInvalidArgument, {"output", "a link"}, [&] {
    static_cast<void>(import_table(from()));
  });
}

TEST_F(ImportOfLayouts, ASourceThatFitsNothingOrTwoKindsIsAsked) {
  expect_error(ErrorKind::kIo, {"SOURCE"}, [&] { static_cast<void>(import_table(from())); });
  test::write_files(folder_.file("SOURCE"), {{"readme.txt", "nothing"}});
  expect_error(ErrorKind::kInvalidArgument, {"SOURCE", "gbu:", "awa:", "clip-retrieval:"}, [&] {
    static_cast<void>(import_table(from()));
  });
  test::write_files(folder_.file("SOURCE"), test::toy_table());
  test::write_toy_gbu(folder_.file("SOURCE"));
  expect_error(ErrorKind::kInvalidArgument, {"one kind", "gbu, table"}, [&] {
    static_cast<void>(import_table(from()));
  });
  ImportOptions options = from();
  options.kind = "gbu";
  EXPECT_EQ(import_kind_of(options), "gbu");
  options.kind = "gbv";
  expect_error(ErrorKind::kInvalidArgument, {"gbv", "expected auto, gbu"}, [&] {
    static_cast<void>(import_table(options));
  });
  expect_no_output();
}

TEST_F(ImportOfLayouts, NothingStaysOfOneThatIsStoppedOrFails) {
  test::write_toy_gbu(folder_.file("SOURCE"));
  ImportOptions options = from();
  options.should_stop = [] { return true; };
  EXPECT_FALSE(import_table(options).finished);
  expect_no_output();
  test::write_toy_gbu(folder_.file("SOURCE"),
                      test::with(test::toy_features(), test::column("labels", {1, 1, 2})));
  expect_error(
      ErrorKind::kShapeMismatch, {"features"}, [&] { static_cast<void>(import_table(from())); });
  expect_no_output();
}

}  // namespace
}  // namespace dem
