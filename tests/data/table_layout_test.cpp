#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "dem/data/dataset.h"
#include "gbu_toy.h"
#include "io/npy_writer.h"
#include "table_toy.h"

namespace dem {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TextFiles;
using test::toy_table;
using test::with;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

class TableLayout : public testing::Test {
 protected:
  void write(const TextFiles& files) {
    fs::remove_all(folder_.file("TOY"));
    test::write_files(folder_.file("TOY"), files);
  }
  [[nodiscard]] Dataset load(const TextFiles& files) {
    write(files);
    return load_dataset(options_);
  }
  void write_npy_features(const Matrix<float>& features) {
    fs::remove(folder_.file("TOY/features.csv"));
    write_npy(folder_.file("TOY/features.npy"), features.view());
  }
  void write_npy_labels(const std::vector<std::int64_t>& labels) {
    fs::remove(folder_.file("TOY/labels.csv"));
    write_npy(folder_.file("TOY/labels.npy"), std::span<const std::int64_t>(labels));
  }

  test::TemporaryFolder folder_;
  DatasetOptions options_{.data_path = folder_.path(), .name = "TOY"};
};

std::vector<float> row(const Matrix<float>& matrix, Index i) {
  return {matrix.row(i).begin(), matrix.row(i).end()};
}

Matrix<float> toy_features() {
  Matrix<float> features(6, 2);
  for (Index i = 0; i < 6; ++i) {
    features(i, 0) = static_cast<float>(10 * i);
    features(i, 1) = static_cast<float>(10 * i + 1);
  }
  return features;
}

TEST_F(TableLayout, WithoutASplitEveryClassWithRowsIsSeen) {
  const Dataset data = load(toy_table());
  EXPECT_EQ(data.name, "TOY");
  EXPECT_EQ(data.layout, "table");
  EXPECT_EQ(data.train_mode, TrainMode::kAttribute);
  EXPECT_FALSE(data.original_attributes);
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 2, 1, 2));
  for (Index i = 0; i < 6; ++i) {
    const auto tens = static_cast<float>(10 * i);
    EXPECT_THAT(row(data.visual_features, i), ElementsAre(tens, tens + 1)) << i;
  }
  EXPECT_THAT(data.classes.names, ElementsAre("ant", "bee", "cat", "dog"));
  EXPECT_THAT(data.classes.spaces, ElementsAre("attribute"));
  EXPECT_THAT(row(data.classes.embeddings[0], 1), ElementsAre(6, 2));
  EXPECT_THAT(row(data.classes.embeddings[0], 3), ElementsAre(4, 1));
  EXPECT_THAT(data.classes.dimension_names, ElementsAre(ElementsAre("legs", "wings")));
  EXPECT_THAT(data.classes.seen, ElementsAre(true, true, true, false));
  EXPECT_THAT(data.seen_classes, ElementsAre(0, 1, 2));
  EXPECT_THAT(data.unseen_classes, ElementsAre(3));
  EXPECT_THAT(data.split.trainval, ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(data.split.train, IsEmpty());
  EXPECT_THAT(data.split.val, IsEmpty());
  EXPECT_THAT(data.split.test_seen, IsEmpty());
  EXPECT_THAT(data.split.test_unseen, IsEmpty());
  const std::string toy = folder_.file("TOY/");
  EXPECT_THAT(data.files,
              ElementsAre(toy + "features.csv", toy + "labels.csv", toy + "classes.csv"));
}

TEST_F(TableLayout, ASplitByClass) {
  for (const char* heading : {"", "class,part\n", "Name,Part\n"}) {
    const Dataset data = load(
        with(toy_table(), "split.csv", std::string(heading) + "cat,unseen\nant,seen\nbee,seen\n"));
    EXPECT_THAT(data.split.trainval, ElementsAre(0, 1, 2, 4));
    EXPECT_THAT(data.split.test_unseen, ElementsAre(3, 5));
    EXPECT_THAT(data.split.test_seen, IsEmpty());
    EXPECT_THAT(data.seen_classes, ElementsAre(0, 1));
    EXPECT_THAT(data.unseen_classes, ElementsAre(2, 3));
    EXPECT_THAT(data.classes.seen, ElementsAre(true, true, false, false));
    EXPECT_EQ(data.files.back(), folder_.file("TOY/split.csv"));
  }
}

TEST_F(TableLayout, ASplitByRow) {
  for (const char* heading : {"", "part\n"}) {
    const Dataset data =
        load(with(toy_table(),
                  "split.csv",
                  std::string(heading) + "train\nval\ntest_seen\ntest_unseen\nval\ntest_unseen\n"));
    EXPECT_THAT(data.split.trainval, ElementsAre(0, 1, 4));
    EXPECT_THAT(data.split.train, ElementsAre(0));
    EXPECT_THAT(data.split.val, ElementsAre(1, 4));
    EXPECT_THAT(data.split.test_seen, ElementsAre(2));
    EXPECT_THAT(data.split.test_unseen, ElementsAre(3, 5));
    EXPECT_THAT(data.seen_classes, ElementsAre(0, 1));
    EXPECT_THAT(data.unseen_classes, ElementsAre(2, 3));
  }
  const Dataset plain = load(with(toy_table(),
                                  "split.csv",
                                  "trainval\ntrainval\ntest_seen\ntest_unseen\ntrainval\n"
                                  "test_unseen\n"));
  EXPECT_THAT(plain.split.trainval, ElementsAre(0, 1, 4));
  EXPECT_THAT(plain.split.train, IsEmpty());
}

TEST_F(TableLayout, NumpyFilesHoldTheSame) {
  const std::string expected = load(toy_table()).fingerprint;
  write_npy_features(toy_features());
  EXPECT_EQ(load_dataset(options_).fingerprint, expected);
}

TEST_F(TableLayout, NumbersStandForTheClassesThatHaveThemAsNames) {
  for (const char* heading : {"", "no,legs,wings\n", "name,legs,wings\n"}) {
    write(with(toy_table(), "classes.csv", std::string(heading) + "7,6,0\n1,6,2\n3,4,0\n0,4,1\n"));
    write_npy_labels({7, 1, 7, 3, 1, 3});
    const Dataset data = load_dataset(options_);
    EXPECT_THAT(data.classes.names, ElementsAre("7", "1", "3", "0"));
    EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 2, 1, 2));
    EXPECT_EQ(data.classes.dimension_names.empty(), *heading == '\0');
  }
  const Dataset text = load(with(with(toy_table(), "classes.csv", "01,6,0\n1,6,2\n3,4,0\n"),
                                 "labels.csv",
                                 "01\n1\n01\n3\n1\n3\n"));
  EXPECT_THAT(text.labels, ElementsAre(0, 1, 0, 2, 1, 2));
}

TEST_F(TableLayout, NumbersAreNeverTakenForPlaces) {
  for (const std::vector<std::int64_t>& labels :
       {std::vector<std::int64_t>{0, 1, 0, 2, 1, 2}, std::vector<std::int64_t>{1, 2, 1, 3, 2, 3}}) {
    write(toy_table());
    write_npy_labels(labels);
    expect_error(ErrorKind::kFormat,
                 {"labels.npy: row 0",
                  "classes.csv",
                  "from 0 or from 1",
                  "give the names of the classes instead",
                  "first column"},
                 [&] { (void)load_dataset(options_); });
  }
  expect_error(ErrorKind::kFormat, {"labels.csv: line 1", "\"1\"", "from 0 or from 1"}, [&] {
    (void)load(with(toy_table(), "labels.csv", "1\n2\n1\n3\n2\n3\n"));
  });
}

TEST_F(TableLayout, LabelsMayHaveAHeadingAndQuotes) {
  EXPECT_THAT(load(with(toy_table(), "labels.csv", "class\nant\nbee\nant\ncat\nbee\ncat\n")).labels,
              ElementsAre(0, 1, 0, 2, 1, 2));
  EXPECT_THAT(load({{"features.csv", "1,2\n3,4\n"},
                    {"labels.csv", "\"ant, red\"\nlabel\n"},
                    {"classes.csv", "\"ant, red\",1\nlabel,2\n"}})
                  .labels,
              ElementsAre(0, 1));
  // A class of that name is no heading.
  EXPECT_THAT(load({{"features.csv", "1,2\n3,4\n"},
                    {"labels.csv", "label\nant\n"},
                    {"classes.csv", "ant,1\nlabel,2\n"}})
                  .labels,
              ElementsAre(1, 0));
}

TEST_F(TableLayout, HeadingsOfClassesMayBeNumbers) {
  const Dataset data =
      load(with(toy_table(), "classes.csv", "class,1,2\nant,6,0\nbee,6,2\ncat,4,0\n"));
  EXPECT_THAT(data.classes.names, ElementsAre("ant", "bee", "cat"));
  EXPECT_THAT(data.classes.dimension_names, ElementsAre(ElementsAre("1", "2")));
}

TEST_F(TableLayout, WordVectorsGoByNameOrInTheOrderOfTheClasses) {
  write(toy_table());
  options_.train_mode = TrainMode::kFusion;
  expect_error(ErrorKind::kInvalidArgument,
               {"train mode fusion", "TOY", "give a file of word vectors"},
               [&] { (void)load_dataset(options_); });
  options_.word_vectors = folder_.file("words.csv");
  test::write_files(folder_.path(),
                    {{"words.csv", "ant,1,2,3\nbee,4,5,6\ncat,7,8,9\ndog,10,11,12\n"}});
  const Dataset both = load_dataset(options_);
  EXPECT_EQ(both.train_mode, TrainMode::kFusion);
  EXPECT_THAT(both.classes.spaces, ElementsAre("word", "attribute"));
  EXPECT_THAT(row(both.classes.embeddings[0], 3), ElementsAre(10, 11, 12));
  EXPECT_THAT(row(both.classes.embeddings[1], 3), ElementsAre(4, 1));
  EXPECT_THAT(both.classes.dimension_names, ElementsAre(IsEmpty(), ElementsAre("legs", "wings")));
  EXPECT_EQ(both.files.back(), options_.word_vectors);

  options_.train_mode = TrainMode::kWord;  // which needs no attributes
  write(with(toy_table(), "classes.csv", "ant\nbee\ncat\ndog\n"));
  EXPECT_THAT(load_dataset(options_).classes.spaces, ElementsAre("word"));

  test::write_files(folder_.path(), {{"words.csv", "bee,1\nemu,9\nant,2\ncat,3\ndog,4\n"}});
  const Dataset named = load_dataset(options_);
  EXPECT_THAT(row(named.classes.embeddings[0], 0), ElementsAre(2));
  EXPECT_THAT(row(named.classes.embeddings[0], 1), ElementsAre(1));
  test::write_files(folder_.path(), {{"words.csv", "bee,1\nant,2\nemu,3\ndog,4\n"}});
  expect_error(ErrorKind::kFormat, {"words.csv", "classes.csv", "none for \"cat\""}, [&] {
    (void)load_dataset(options_);
  });
  test::write_files(folder_.path(), {{"words.csv", "1,2\n3,4\n5,6\n"}});
  expect_error(ErrorKind::kShapeMismatch, {"words.csv", "[4, any]", "a row a class"}, [&] {
    (void)load_dataset(options_);
  });
}

// The same classes and features as others write them.
TEST_F(TableLayout, FilesAreReadAsDataFramesAndSheetsWriteThem) {
  const std::string expected = load(toy_table()).fingerprint;
  for (const char* classes :
       {"ant\t6\t0\nbee\t6\t2\ncat\t4\t0\ndog\t4\t1\n",
        "ant 6 0\nbee 6 2\ncat 4 0\ndog 4 1\n",
        "# a table\nant;6,0;0\nbee;6;2\ncat;4;0\ndog;4;1\n",
        "\"legs\",\"wings\"\n\"ant\",6,0\n\"bee\",6,2\n\"cat\",4,0\n\"dog\",4,1\n",
        ",0,1\nant,6,0\nbee,6,2\ncat,4,0\ndog,4,1\n",
        "label,0,1\nant,6,0\nbee,6,2\ncat,4,0\ndog,4,1\n",
        ",class,legs,wings\n0,ant,6,0\n1,bee,6,2\n2,cat,4,0\n3,dog,4,1\n",
        "1,ant,6,0,\n2,bee,6,2,\n3,cat,4,0,\n4,dog,4,1,\n"}) {
    SCOPED_TRACE(classes);
    EXPECT_EQ(load(with(toy_table(), "classes.csv", classes)).fingerprint, expected);
  }
  for (const char* features : {"0 1\n10 11\n20 21\n30 31\n40 41\n50 51\n",
                               ",0,1\n0,0,1\n1,10,11\n2,20,21\n3,30,31\n4,40,41\n5,50,51\n",
                               "a;b\n0,0;1\n10;11\n20;21\n30;31\n40;41\n50;51\n"}) {
    SCOPED_TRACE(features);
    EXPECT_EQ(load(with(toy_table(), "features.csv", features)).fingerprint, expected);
  }
  const char* labels = ",0\n0,ant\n1,bee\n2,ant\n3,cat\n4,bee\n5,cat\n";
  EXPECT_EQ(load(with(toy_table(), "labels.csv", labels)).fingerprint, expected);
}

// A data frame's index is the classes' names where it has no others.
TEST_F(TableLayout, AnIndexNamesClassesWithoutNames) {
  write(with(toy_table(), "classes.csv", ",legs,wings\n0,6,0\n1,6,2\n2,4,0\n3,4,1\n"));
  write_npy_labels({0, 1, 0, 2, 1, 2});
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.classes.names, ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(data.labels, ElementsAre(0, 1, 0, 2, 1, 2));
}

TEST_F(TableLayout, FurtherSpacesStandInFilesOfTheFolder) {
  write(toy_table());
  test::write_files(folder_.file("TOY"), {{"space_glove.csv", "dog,4\nant,1\ncat,3\nbee,2\n"}});
  EXPECT_THAT(load_dataset(options_).classes.spaces, ElementsAre("attribute"));
  options_.more_spaces = {{"glove"}};
  const Dataset data = load_dataset(options_);
  EXPECT_THAT(data.classes.spaces, ElementsAre("attribute", "glove"));
  EXPECT_THAT(row(data.classes.embeddings[1], 0), ElementsAre(1));
  EXPECT_THAT(row(data.classes.embeddings[1], 3), ElementsAre(4));
  EXPECT_TRUE(data.files.back().ends_with("space_glove.csv"));
  // Names that are numbers.
  write({{"features.csv", "0,1\n10,11\n"},
         {"labels.csv", "7\n9\n"},
         {"classes.csv", "name,legs\n7,6\n9,4\n8,2\n"}});
  test::write_files(folder_.file("TOY"), {{"space_glove.csv", "9,1\n8,2\n7,3\n"}});
  EXPECT_THAT(row(load_dataset(options_).classes.embeddings[1], 0), ElementsAre(3));
  options_.more_spaces = {{"text"}};
  expect_error(ErrorKind::kFormat, {"TOY", "one file space_text.*", "got none"}, [&] {
    (void)load_dataset(options_);
  });
}

TEST_F(TableLayout, IsFoundByTwoOfItsFiles) {
  TextFiles files = toy_table();
  files.erase("features.csv");
  write(files);
  EXPECT_EQ(detect_layout(options_), "table");
  expect_error(ErrorKind::kFormat,
               {"TOY: expected one file features.* (.csv", ".pt", "got none"},
               [&] { (void)load_dataset(options_); });
  files.erase("labels.csv");
  write(files);
  expect_error(ErrorKind::kIo, {"features.*, labels.* and classes.* (table)"}, [&] {
    (void)load_dataset(options_);
  });
}

TEST_F(TableLayout, OneOfItsFilesBesideAnotherLayoutIsLeftAlone) {
  test::write_toy_gbu(folder_.file("TOY"));
  test::write_files(folder_.file("TOY"), {{"labels.csv", "ant\n"}});
  EXPECT_EQ(detect_layout(options_), "gbu");
  test::write_files(folder_.file("TOY"), toy_table());
  expect_error(ErrorKind::kInvalidArgument, {"(gbu)", "(table)", "choose a layout"}, [&] {
    (void)detect_layout(options_);
  });
  options_.layout = "table";
  EXPECT_EQ(load_dataset(options_).labels.size(), 6u);
}

TEST_F(TableLayout, RefusesOptionsOfOthers) {
  write(toy_table());
  options_.index_base = 0;
  expect_error(ErrorKind::kInvalidArgument, {"index base: is for layout gbu", "layout table"}, [&] {
    (void)load_dataset(options_);
  });
}

TEST_F(TableLayout, TwoFilesOfOneKindAreRefused) {
  write(toy_table());
  write_npy(folder_.file("TOY/features.npy"), toy_features().view());
  expect_error(ErrorKind::kFormat, {"one file features.*", "features.csv and features.npy"}, [&] {
    (void)load_dataset(options_);
  });
  write(toy_table());
  write_npy(folder_.file("TOY/labels.npy"),
            std::span<const std::int64_t>(std::vector<std::int64_t>(6)));
  expect_error(ErrorKind::kFormat, {"one file labels.*", "labels.csv and labels.npy"}, [&] {
    (void)load_dataset(options_);
  });
}

TEST_F(TableLayout, FeaturesAreGivenOutBlockByBlock) {
  write(toy_table());
  const std::string fingerprint = load_dataset(options_).fingerprint;
  std::vector<float> seen;
  options_.on_features = [&](const Dataset& data, Index first, MatrixView<const float> rows) {
    EXPECT_EQ(first * 2, static_cast<Index>(seen.size()));
    EXPECT_EQ(data.layout, "table");
    EXPECT_EQ(data.split.trainval.size(), 6u);
    for (Index i = 0; i < rows.rows(); ++i) {
      seen.insert(seen.end(), rows.row(i).begin(), rows.row(i).end());
    }
  };
  EXPECT_EQ(load_dataset(options_).fingerprint, fingerprint);
  EXPECT_THAT(seen, ElementsAre(0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51));
}

struct Broken {
  const char* file;
  const char* content;
  ErrorKind kind;
  std::initializer_list<std::string_view> texts;
};

TEST_F(TableLayout, BrokenFoldersAreRefused) {
  using enum ErrorKind;
  const Broken cases[] = {
      {"features.csv", "", kFormat, {"features.csv", "empty file"}},
      {"features.csv", "0,1\n2,3\n", kShapeMismatch, {"features.csv", "[6, any]", "labels.csv"}},
      {"features.csv",
       "0,1\n1,1\n2,nan\n3,1\n4,1\n5,1\n",
       kFormat,
       {"features.csv", "row 2, column 1"}},
      {"features.csv", "0,1\n1,1\n2,1e99\n3,1\n4,1\n5,1\n", kFormat, {"features.csv", "finite"}},
      {"features.csv", "0,1\n1,1\n2\n3,1\n4,1\n5,1\n", kFormat, {"features.csv", "2 cells"}},
      {"features.csv", "a\nb\nc\nd\ne\nf\n", kFormat, {"features.csv", "expected numbers"}},
      {"labels.csv", "", kFormat, {"labels.csv", "empty file"}},
      {"labels.csv", "class\n", kFormat, {"labels.csv", "heading only"}},
      {"labels.csv", "ant\nbee\nant\ncat\nbee\n", kShapeMismatch, {"features.csv", "[5, any]"}},
      {"labels.csv",
       "ant\nbee\nemu\ncat\nbee\ncat\n",
       kFormat,
       {"labels.csv: line 3", "\"emu\"", "classes.csv"}},
      {"labels.csv", "ant\nbee\nAnt\ncat\nbee\ncat\n", kFormat, {"labels.csv: line 3", "\"Ant\""}},
      {"labels.csv",
       "ant\nbee\n7\ncat\nbee\ncat\n",
       kFormat,
       {"labels.csv: line 3", "from 0 or from 1"}},
      {"labels.csv", "x,7\ny,8\n", kFormat, {"labels.csv", "one column", "got 2 columns"}},
      {"classes.csv", "", kFormat, {"classes.csv", "empty file"}},
      {"classes.csv", "name,legs\n", kFormat, {"classes.csv", "headings only"}},
      {"classes.csv", "ant\nbee\ncat\n", kFormat, {"classes.csv", "names alone"}},
      {"classes.csv",
       "ant,6\nbee,6\ncat,4\nbee,5\n",
       kFormat,
       {"classes.csv: line 4", "\"bee\" again", "line 2"}},
      {"classes.csv", "ant,6\nbee,\ncat,4\n", kFormat, {"classes.csv: line 2, column 2", "empty"}},
      {"classes.csv", "ant,6\nbee,x\ncat,4\n", kFormat, {"classes.csv: line 2, column 2", "\"x\""}},
      {"classes.csv",
       "ant,6\nbee,inf\ncat,4\n",
       kFormat,
       {"classes.csv: line 2, column 2", "\"inf\""}},
      {"classes.csv", "ant,6\nbee,1e39\ncat,4\n", kFormat, {"classes.csv: line 2", "\"1e39\""}},
      {"classes.csv", "ant,6\n\"\",5\ncat,4\n", kFormat, {"classes.csv: line 2", "name", "empty"}},
      {"classes.csv", "ant,6,1\nbee,6\ncat,4,0\n", kFormat, {"classes.csv", "3 cells"}},
      {"classes.csv",
       "name,a,a\nant,6,0\n",
       kFormat,
       {"classes.csv: line 1, column 3", "\"a\" again"}},
      {"classes.csv", "name,a,\nant,6,0\n", kFormat, {"classes.csv: line 1, column 3", "heading"}},
      {"split.csv", "", kFormat, {"split.csv", "empty file"}},
      {"split.csv", "class,part\n", kFormat, {"split.csv", "headings only"}},
      {"split.csv",
       "ant,seen\nbee,seen\n",
       kFormat,
       {"split.csv", "every class that has rows", "\"cat\""}},
      {"split.csv",
       "ant,seen\nbee,new\n",
       kFormat,
       {"split.csv: line 2", "seen or unseen", "\"new\""}},
      {"split.csv", "ant,seen\nemu,seen\n", kFormat, {"split.csv: line 2", "\"emu\""}},
      {"split.csv", "ant,seen\nant,unseen\n", kFormat, {"split.csv: line 2", "\"ant\" again"}},
      {"split.csv",
       "ant,seen\nbee,seen\ncat,unseen\ndog,seen\n",
       kFormat,
       {"split.csv", "\"dog\", with none"}},
      {"split.csv", "ant,unseen\nbee,unseen\ncat,unseen\n", kFormat, {"split.csv", "training row"}},
      {"split.json",
       R"({"seen": ["ant"], "unseen": ["cat"], "seen": ["bee"]})",
       kFormat,
       {"split.json", "each list once", "\"seen\" twice"}},
      {"split.csv", "ant,seen,1\n", kFormat, {"split.csv", "3 columns"}},
      {"split.csv", "train\ntrain\n", kShapeMismatch, {"split.csv", "6 rows", "got 2"}},
      {"split.csv",
       "train\ntrain\ntrain\ntrain\ntrain\ntest\n",
       kFormat,
       {"split.csv: line 6", "test_seen", "\"test\""}},
      {"split.csv",
       "train\ntrain\ntest_unseen\ntest_unseen\ntrain\ntest_unseen\n",
       kFormat,
       {"split.csv: part test_unseen", "without training rows", "ant"}},
      {"split.csv",
       "train\ntrain\ntrain\ntest_seen\ntrain\ntest_seen\n",
       kFormat,
       {"split.csv: part test_seen", "with training rows", "cat"}},
      {"split.csv",
       "test_unseen\ntest_unseen\ntest_unseen\ntest_unseen\ntest_unseen\ntest_unseen\n",
       kFormat,
       {"split.csv", "training row"}},
  };
  for (const Broken& broken : cases) {
    SCOPED_TRACE(std::string(broken.file) + ": " + broken.content);
    write(with(toy_table(), broken.file, broken.content));
    expect_error(broken.kind, broken.texts, [&] { (void)load_dataset(options_); });
  }
}

TEST_F(TableLayout, BrokenNumpyFilesAreRefused) {
  write(toy_table());
  write_npy_features(Matrix<float>(5, 2));
  expect_error(ErrorKind::kShapeMismatch,
               {"features.npy", "[6, any]", "labels.csv", "[5, 2]"},
               [&] { (void)load_dataset(options_); });
  Matrix<float> features = toy_features();
  features(4, 1) = std::numeric_limits<float>::infinity();
  write_npy_features(features);
  expect_error(ErrorKind::kFormat, {"features.npy", "row 4, column 1"}, [&] {
    (void)load_dataset(options_);
  });
  write(with(toy_table(), "classes.csv", "1,6,0\n2,6,2\n"));
  write_npy_labels({1, 2, 1, 2, 1, 9});
  expect_error(
      ErrorKind::kFormat, {"labels.npy: row 5", "\"9\""}, [&] { (void)load_dataset(options_); });
}

// Faults of a chemical plant, group B of the usual protocol held out.
TEST_F(TableLayout, TheTennesseeEastmanProcess) {
  const std::string shared = std::string(DEM_SHARED_DATA_DIR) + "/tep";
  if (!fs::exists(shared)) GTEST_SKIP() << shared << " is not there";
  const fs::path tep = folder_.file("tep");
  fs::create_directories(tep);
  for (const char* name : {"features.npy", "labels.csv", "classes.csv", "groups.csv"}) {
    fs::create_symlink(fs::absolute(shared) / name, tep / name);
  }
  std::string split;
  for (int fault = 1; fault <= 15; ++fault) {
    const std::string number = (fault < 10 ? "0" : "") + std::to_string(fault);
    const bool unseen = fault == 4 || fault == 7 || fault == 10;
    split += "fault" + number + (unseen ? ",unseen\n" : ",seen\n");
  }
  test::write_files(tep.string(), {{"split.csv", split}});
  options_.name = "tep";
  const Dataset data = load_dataset(options_);
  EXPECT_EQ(data.num_rows(), 7200);
  EXPECT_EQ(data.feature_dim(), 52);
  EXPECT_EQ(data.classes.size(), 15);
  EXPECT_EQ(data.classes.embeddings[0].cols(), 20);
  EXPECT_EQ(data.classes.dimension_names[0][0], "Input A change");
  EXPECT_EQ(data.split.trainval.size(), 12u * 480u);
  EXPECT_EQ(data.split.test_unseen.size(), 3u * 480u);
  EXPECT_EQ(data.split.test_unseen[0], 3 * 480);
  EXPECT_THAT(data.unseen_classes, ElementsAre(3, 6, 9));
}

}  // namespace
}  // namespace dem
