// Layout table from files of any kind, in a folder or named one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "data/folders.h"
#include "dem/data/dataset.h"
#include "gbu_toy.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "support/log_lines.h"
#include "table_toy.h"

namespace dem {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::TextFiles;
using test::toy_table;
using test::with;
using testing::ElementsAre;
using testing::EndsWith;

class TableFilesOfAnyKind : public testing::Test {
 protected:
  void write(const TextFiles& files) {
    fs::remove_all(folder_.file("TOY"));
    test::write_files(folder_.file("TOY"), files);
  }
  void remove(const std::string& name) { fs::remove(folder_.file("TOY/" + name)); }
  [[nodiscard]] Dataset load() const { return load_dataset(options_); }
  // The one where all is in CSV.
  [[nodiscard]] Dataset plain(const TextFiles& files = toy_table()) {
    write(files);
    return load();
  }

  test::TemporaryFolder folder_;
  DatasetOptions options_{.data_path = folder_.path(), .name = "TOY"};
};

Matrix<float> toy_features(Index first = 0, Index last = 6) {
  Matrix<float> features(last - first, 2);
  for (Index i = first; i < last; ++i) {
    features(i - first, 0) = static_cast<float>(10 * i);
    features(i - first, 1) = static_cast<float>(10 * i + 1);
  }
  return features;
}

RawTensor tensor_of(const std::string& name, const Matrix<float>& matrix) {
  return {name,
          ElementType::kFloat32,
          {matrix.rows(), matrix.cols()},
          std::as_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.size())))};
}

void write_mat(const std::string& path, const std::string& name, const Matrix<float>& matrix) {
  const MatVariable variable{name, matrix.view()};
  write_mat5(path, std::span(&variable, 1));
}

template <typename T>
RawTensor vector_of(const std::string& name, ElementType type, const std::vector<T>& values) {
  return {name, type, {static_cast<Index>(values.size())}, std::as_bytes(std::span(values))};
}

TEST(NaturalOrder, CountsRunsOfDigits) {
  EXPECT_TRUE(stands_before("f_2", "f_10"));
  EXPECT_FALSE(stands_before("f_10", "f_2"));
  EXPECT_TRUE(stands_before("f_09", "f_10"));
  EXPECT_TRUE(stands_before("f_2a", "f_2b"));
  EXPECT_TRUE(stands_before("f", "f_1"));
  EXPECT_TRUE(stands_before("a10", "b2"));
  EXPECT_FALSE(stands_before("f_1", "f_1"));
  EXPECT_NE(stands_before("f_01", "f_1"), stands_before("f_1", "f_01"));
}

TEST_F(TableFilesOfAnyKind, FeaturesAreOneOfSeveralArrays) {
  const Dataset expected = plain();
  remove("features.csv");
  const Matrix<float> features = toy_features();
  const Matrix<float> other(3, 4);
  write_npz(folder_.file("TOY/features.npz"),
            std::vector{tensor_of("means", other), tensor_of("features", features)});
  EXPECT_EQ(load().fingerprint, expected.fingerprint);
  write_npz(folder_.file("TOY/features.npz"),
            std::vector{tensor_of("means", other), tensor_of("mine", features)});
  expect_error(ErrorKind::kFormat,
               {"features.npz", "one named features", "mine float32 [6, 2]"},
               [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, MatlabsFeaturesMayBeInColumns) {
  const Dataset expected = plain();
  for (const bool in_columns : {false, true}) {
    remove("features.csv");
    Matrix<float> features = toy_features();
    if (in_columns) {
      Matrix<float> turned(2, 6);
      for (Index i = 0; i < 6; ++i) {
        for (Index j = 0; j < 2; ++j) turned(j, i) = features(i, j);
      }
      features = std::move(turned);
    }
    write_mat(folder_.file("TOY/features.mat"), "X", features);
    EXPECT_EQ(load().fingerprint, expected.fingerprint) << in_columns;
  }
  write(with(toy_table(), "labels.csv", "ant\nbee\n"));
  remove("features.csv");
  write_mat(folder_.file("TOY/features.mat"), "X", toy_features(0, 2));
  expect_error(ErrorKind::kShapeMismatch, {"features.mat", "which axis"}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, ShardsAreOneMatrixInNaturalOrder) {
  TextFiles files = toy_table();
  files["features.csv"].clear();
  files["labels.csv"].clear();
  for (int i = 0; i < 12; ++i) {
    files["features.csv"] += std::to_string(i) + ",1\n";
    files["labels.csv"] += i % 2 == 0 ? "ant\n" : "bee\n";
  }
  const Dataset expected = plain(files);
  remove("features.csv");
  for (int i = 0; i < 12; ++i) {
    Matrix<float> row(1, 2);
    row(0, 0) = static_cast<float>(i);
    row(0, 1) = 1.0f;
    write_npy(folder_.file("TOY/features_" + std::to_string(i) + ".npy"), row.view());
  }
  const Dataset sharded = load();
  EXPECT_EQ(sharded.fingerprint, expected.fingerprint);
  EXPECT_EQ(sharded.visual_features(10, 0), 10.0f);
  EXPECT_EQ(sharded.row_in_file(10), 0);
  EXPECT_THAT(sharded.files[2], EndsWith("features_2.npy"));

  options_.features_file = "features_*.npy";
  EXPECT_EQ(load().fingerprint, expected.fingerprint);
  options_.features_file = "";
  remove("features_7.npy");
  expect_error(ErrorKind::kFormat, {"TOY", "shard 7", "features_8.npy"}, [&] { (void)load(); });
  remove("features_8.npy");
  write_npy(folder_.file("TOY/features_7.npy"), Matrix<float>(2, 3).view());
  for (int i = 8; i < 12; ++i) remove("features_" + std::to_string(i) + ".npy");
  expect_error(ErrorKind::kShapeMismatch, {"features_7.npy", "[any, 2]", "columns as"}, [&] {
    (void)load();
  });
  write_npy(folder_.file("TOY/features_7.npy"), Matrix<float>(2, 2).view());
  expect_error(
      ErrorKind::kShapeMismatch, {"and 7 more", "12 rows", "got 9"}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, AWholeFileBesideShardsIsRefused) {
  TextFiles files = toy_table();
  files["features_0.csv"] = files.at("features.csv");
  write(files);
  expect_error(ErrorKind::kFormat,
               {"features.csv and features_0.csv", "in one file or in shards"},
               [&] { (void)load(); });
  options_.features_file = "features.csv";
  EXPECT_EQ(load().num_rows(), 6);
}

TEST_F(TableFilesOfAnyKind, ShardsHaveTheSameHeadings) {
  TextFiles files = toy_table();
  files.erase("features.csv");
  files["features_0.csv"] = "f,g\n0,1\n10,11\n20,21\n";
  files["features_1.csv"] = "f,g\n30,31\n40,41\n50,51\n";
  write(files);
  EXPECT_EQ(load().visual_features(4, 1), 41.0f);
  test::write_files(folder_.file("TOY"), {{"features_1.csv", "g,f\n30,31\n40,41\n50,51\n"}});
  expect_error(
      ErrorKind::kFormat,
      {"features_1.csv: expected the headings of", "features_0.csv", "\"g\" over column 1"},
      [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, AnIndexBaseIsRefused) {
  write(toy_table());
  for (const int base : {0, 1}) {
    options_.index_base = base;
    expect_error(ErrorKind::kInvalidArgument, {"index base", "layout gbu", "layout table"}, [&] {
      (void)load();
    });
  }
}

TEST_F(TableFilesOfAnyKind, NeedNoFolder) {
  const Dataset expected = plain();
  const std::string place = folder_.file("TOY/");
  options_ = {.name = "TOY",
              .features_file = place + "features.csv",
              .labels_file = place + "labels.csv",
              .classes_file = place + "classes.csv"};
  EXPECT_EQ(detect_layout(options_), "table");
  {
    const test::LogLines log;
    EXPECT_EQ(load().fingerprint, expected.fingerprint);
    EXPECT_EQ(log.count({"not looked into"}), 0);
    options_.data_path = folder_.file("elsewhere");
    EXPECT_EQ(load().fingerprint, expected.fingerprint);
    EXPECT_EQ(log.count({"elsewhere: not looked into", "are named"}), 1);
    options_.data_path = "";
  }
  options_.split_file = folder_.file("mine.csv");
  test::write_files(folder_.path(), {{"mine.csv", "ant,seen\nbee,seen\ncat,unseen\n"}});
  EXPECT_EQ(load().split.test_unseen.size(), 2u);
  options_.labels_file = place + "none.csv";
  expect_error(ErrorKind::kIo, {"none.csv"}, [&] { (void)load(); });
  options_.classes_file = "";
  expect_error(ErrorKind::kInvalidArgument,
               {"labels or classes file: expected files of features, labels and classes"},
               [&] { (void)load(); });
  options_.classes_file = place + "classes.csv";
  options_.layout = "gbu";
  expect_error(ErrorKind::kIo, {"gbu"}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, AFolderOfFeaturesIsReadWhole) {
  const Dataset expected = plain();
  fs::create_directories(folder_.file("img_emb"));
  write_npy(folder_.file("img_emb/img_emb_0.npy"), toy_features(0, 4).view());
  write_npy(folder_.file("img_emb/img_emb_1.npy"), toy_features(4, 6).view());
  test::write_files(folder_.file("img_emb"), {{"notes.md", "mine"}});
  options_.features_file = folder_.file("img_emb");
  EXPECT_EQ(load().fingerprint, expected.fingerprint);
  options_.features_file = folder_.file("img_emb/*.h5");
  expect_error(ErrorKind::kIo, {"*.h5", "files of features"}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, TextHasOtherEndingsToo) {
  const std::string fingerprint = plain().fingerprint;
  TextFiles files = toy_table();
  files["features.txt"] = "0 1\n10 11\n20 21\n30 31\n40 41\n50 51\n";
  files["labels.TXT"] = files.at("labels.csv");
  files["classes.tsv"] = "name\tlegs\twings\nant\t6\t0\nbee\t6\t2\ncat\t4\t0\ndog\t4\t1\n";
  for (const char* name : {"features.csv", "labels.csv", "classes.csv"}) files.erase(name);
  EXPECT_EQ(plain(files).fingerprint, fingerprint);
}

TEST_F(TableFilesOfAnyKind, AFolderOfFeaturesHoldsOneKindOfFile) {
  (void)plain();
  fs::create_directories(folder_.file("emb"));
  write_npy(folder_.file("emb/part_0.npy"), toy_features().view());
  test::write_files(folder_.file("emb"), {{"notes.txt", "mine"}});
  options_.features_file = folder_.file("emb");
  expect_error(
      ErrorKind::kFormat, {"emb", "one kind", "notes.txt and part_0.npy"}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, FilesMayStandInForThoseOfTheFolder) {
  TextFiles files = toy_table();
  files["other.csv"] = "cat\ncat\ncat\ncat\nbee\ncat\n";
  (void)plain(files);
  options_.labels_file = "other.csv";
  EXPECT_EQ(load().labels[0], 2);
}

TEST_F(TableFilesOfAnyKind, MatlabFilesOfATableAreNoOtherLayout) {
  (void)plain();
  remove("features.csv");
  write_mat(folder_.file("TOY/features.mat"), "features", toy_features());
  EXPECT_EQ(detect_layout(options_), "table");
}

TEST_F(TableFilesOfAnyKind, AreRefusedInOtherLayouts) {
  test::write_toy_gbu(folder_.file("TOY"));
  options_.layout = "gbu";
  options_.labels_file = "labels.csv";
  expect_error(ErrorKind::kInvalidArgument, {"labels or classes file: is for layout table"}, [&] {
    (void)load();
  });
}

// Samples with names, in another order than the labels.
class SamplesWithNames : public TableFilesOfAnyKind {
 protected:
  static TextFiles named() {
    return with(
        with(toy_table(),
             "features.csv",
             "a.png,0,1\nb.png,10,11\nc.png,20,21\nd.png,30,31\ne.png,40,41\nf.png,50,51\n"),
        "labels.csv",
        "image,class\nf.png,cat\ne.png,bee\nx.png,dog\nd.png,cat\nc.png,ant\nb.png,bee\n"
        "a.png,ant\n");
  }
};

TEST_F(SamplesWithNames, LabelsGoByName) {
  const std::string fingerprint = plain().fingerprint;
  EXPECT_EQ(plain(named()).fingerprint, fingerprint);
}

TEST_F(SamplesWithNames, ASampleWithoutALabelIsRefused) {
  write(with(named(), "labels.csv", "image,class\nf.png,cat\ne.png,bee\n"));
  expect_error(
      ErrorKind::kFormat, {"labels.csv", "each sample of", "\"a.png\""}, [&] { (void)load(); });
  write(with(named(), "labels.csv", "image,class\nf.png,cat\nf.png,bee\n"));
  expect_error(
      ErrorKind::kFormat, {"labels.csv: line 3", "\"f.png\" again"}, [&] { (void)load(); });
}

TEST_F(SamplesWithNames, SplitsGoByName) {
  write(with(named(),
             "split.csv",
             "id,part\nf.png,test_unseen\na.png,train\nb.png,train\nc.png,test_seen\n"
             "d.png,test_unseen\n"));
  const Dataset data = load();
  EXPECT_THAT(data.split.trainval, ElementsAre(0, 1));
  EXPECT_THAT(data.split.test_seen, ElementsAre(2));
  EXPECT_THAT(data.split.test_unseen, ElementsAre(3, 5));
  write(with(named(), "split.csv", "id,part\nq.png,train\n"));
  expect_error(ErrorKind::kFormat, {"split.csv: line 2", "\"q.png\""}, [&] { (void)load(); });
  write(with(named(), "split.csv", "train\ntrain\ntrain\ntrain\ntrain\ntrain\n"));
  expect_error(ErrorKind::kFormat, {"split.csv", "names of samples", "another order"}, [&] {
    (void)load();
  });
}

TEST_F(SamplesWithNames, TwoColumnsWithoutHeadingsAreToldByTheClasses) {
  const std::string fingerprint = plain().fingerprint;
  const TextFiles files =
      with(toy_table(), "labels.csv", "a,ant\nb,bee\nc,ant\nd,cat\ne,bee\nf,cat\n");
  EXPECT_EQ(plain(files).fingerprint, fingerprint);
  const TextFiles turned =
      with(toy_table(), "labels.csv", "ant,a\nbee,b\nant,c\ncat,d\nbee,e\ncat,f\n");
  EXPECT_EQ(plain(turned).fingerprint, fingerprint);
  write(with(toy_table(), "labels.csv", "ant,bee\nbee,bee\n"));
  expect_error(
      ErrorKind::kFormat, {"labels.csv", "\"class\" over the classes"}, [&] { (void)load(); });
}

TEST_F(SamplesWithNames, ADataFrameHasItsClassUnderAHeading) {
  const std::string fingerprint = plain().fingerprint;
  const TextFiles files = with(toy_table(),
                               "labels.csv",
                               "id,width,label\n0,3,ant\n1,3,bee\n2,3,ant\n3,4,cat\n4,4,bee\n"
                               "5,4,cat\n");
  EXPECT_EQ(plain(files).fingerprint, fingerprint);
}

// Numbers from 0 on are names like others, not places.
TEST_F(SamplesWithNames, NamesMayBeNumbersThatCount) {
  const std::string fingerprint = plain().fingerprint;
  const TextFiles numbered =
      with(with(toy_table(),
                "features.csv",
                "name,f0,f1\n0,0,1\n2,10,11\n4,20,21\n1,30,31\n3,40,41\n5,50,51\n"),
           "labels.csv",
           "id,class\n0,ant\n1,cat\n2,bee\n3,bee\n4,ant\n5,cat\n");
  EXPECT_EQ(plain(numbered).fingerprint, fingerprint);
  write(with(numbered,
             "split.csv",
             "id,part\n0,train\n1,test_unseen\n2,train\n3,train\n4,train\n5,test_unseen\n"));
  EXPECT_THAT(load().split.test_unseen, ElementsAre(3, 5));
  const std::vector<std::int64_t> ids{0, 2, 4, 1, 3, 5};
  write(with(toy_table(), "labels.csv", numbered.at("labels.csv")));
  remove("features.csv");
  const Matrix<float> features = toy_features();
  write_npz(
      folder_.file("TOY/features.npz"),
      std::vector{tensor_of("features", features), vector_of("ids", ElementType::kInt64, ids)});
  EXPECT_EQ(load().fingerprint, fingerprint);
}

TEST_F(SamplesWithNames, SplitsMayNameSamplesWithoutFeatures) {
  write(with(named(),
             "split.csv",
             "id,part\na.png,train\nb.png,train\nx.png,test_unseen\nd.png,test_unseen\n"));
  EXPECT_THAT(load().split.test_unseen, ElementsAre(3));
}

TEST_F(SamplesWithNames, ColumnsThatAreNoFeaturesAreRefused) {
  write(with(toy_table(), "features.csv", "id,f0\n10,1\n11,1\n12,1\n13,1\n14,1\n15,1\n"));
  expect_error(
      ErrorKind::kFormat, {"features.csv", "heading \"id\"", "\"name\""}, [&] { (void)load(); });
  write(with(toy_table(), "features.csv", "f0,label\n1,0\n1,1\n2,0\n3,2\n4,1\n5,2\n"));
  expect_error(ErrorKind::kFormat, {"features.csv", "heading \"label\""}, [&] { (void)load(); });
  write(with(toy_table(), "classes.csv", "name,id,legs\nant,1,6\nbee,2,6\ncat,3,4\ndog,4,4\n"));
  expect_error(
      ErrorKind::kFormat, {"classes.csv", "count the classes", "\"id\""}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, AnyShardThatIsMissingIsAnError) {
  (void)plain();
  fs::create_directories(folder_.file("emb"));
  for (const char* name : {"part_0.npy", "part_2.npy"}) {
    write_npy(folder_.file(std::string("emb/") + name), toy_features(0, 3).view());
  }
  for (const char* features : {"emb", "emb/part_*.npy"}) {
    options_.features_file = folder_.file(features);
    expect_error(ErrorKind::kFormat, {"shard 1", "part_2.npy"}, [&] { (void)load(); });
  }
  fs::rename(folder_.file("emb/part_0.npy"), folder_.file("emb/p-00000-of-00003.npy"));
  fs::rename(folder_.file("emb/part_2.npy"), folder_.file("emb/p-00001-of-00003.npy"));
  options_.features_file = folder_.file("emb");
  expect_error(ErrorKind::kFormat, {"3 shards", "got 2"}, [&] { (void)load(); });
}

TEST_F(TableFilesOfAnyKind, SplitsOfClassesWithNumbersForNames) {
  const TextFiles files = with(with(toy_table(), "classes.csv", "class,legs\n1,6\n2,6\n3,4\n4,4\n"),
                               "labels.csv",
                               "class\n1\n2\n1\n3\n2\n3\n");
  write(with(files, "split.csv", "class,part\n1,seen\n2,seen\n3,unseen\n"));
  EXPECT_THAT(load().split.test_unseen, ElementsAre(3, 5));
  write(with(files, "split.json", R"({"seen": [1, 2], "unseen": [3]})"));
  EXPECT_THAT(load().split.test_unseen, ElementsAre(3, 5));
}

TEST_F(TableFilesOfAnyKind, SplitsInJson) {
  const TextFiles by_csv = with(toy_table(), "split.csv", "ant,seen\nbee,seen\ncat,unseen\n");
  const std::string fingerprint = plain(by_csv).fingerprint;
  for (const char* json : {R"({"seen": ["ant", "bee"], "unseen": ["cat"], "about": {"seed": 1}})",
                           R"({"trainval": [0, 1, 2, 4], "test_unseen": [3, 5]})"}) {
    EXPECT_EQ(plain(with(toy_table(), "split.json", json)).fingerprint, fingerprint) << json;
  }
  const struct {
    const char* json;
    std::initializer_list<std::string_view> texts;
  } cases[] = {
      {"{", {"split.json", "JSON"}},
      {"[1]", {"split.json", "object", "array"}},
      {R"({"trian": [0]})", {"split.json", "trainval", "\"trian\""}},
      {R"({"seen": "ant"})", {"split.json: seen", "a list", "string"}},
      {R"({"seen": [1]})", {"split.json: seen", "a class of", "\"1\""}},
      {R"({"seen": [1.5]})", {"split.json: seen", "names of classes", "1.5"}},
      {R"({"seen": ["emu"]})", {"split.json: seen", "\"emu\""}},
      {R"({"seen": ["ant", "bee"], "unseen": ["cat", "ant"]})", {"unseen", "\"ant\" again"}},
      {R"({"seen": ["ant"], "train": [0]})", {"split.json", "both"}},
      {R"({"about": 1})", {"split.json", "neither"}},
      {R"({"train": [6]})", {"split.json: train", "0 to 5", "6"}},
      {R"({"train": [-1]})", {"split.json: train", "-1"}},
      {R"({"train": [1.5]})", {"split.json: train", "1.5"}},
      {R"({"train": [0, 0]})", {"split.json: train", "row 0 again"}},
      {R"({"train": ["a"]})", {"split.json: train", "\"a\"", "have no names"}},
  };
  for (const auto& [json, texts] : cases) {
    SCOPED_TRACE(json);
    write(with(toy_table(), "split.json", json));
    expect_error(ErrorKind::kFormat, texts, [&] { (void)load(); });
  }
}

TEST_F(TableFilesOfAnyKind, SplitsInArrays) {
  const TextFiles by_csv = with(toy_table(), "split.csv", "ant,seen\nbee,seen\ncat,unseen\n");
  const std::string fingerprint = plain(by_csv).fingerprint;
  (void)plain();
  const std::vector<std::int64_t> trained{4, 2, 0, 1};
  const std::vector<std::uint8_t> tested{0, 0, 0, 1, 0, 1};
  const std::string path = folder_.file("TOY/split.npz");
  write_npz(path,
            std::vector{vector_of("trainval", ElementType::kInt64, trained),
                        vector_of("test_unseen", ElementType::kBool, tested)});
  EXPECT_EQ(load().fingerprint, fingerprint);
  const std::vector<std::int64_t> outside{1, 6};
  write_npz(path, std::vector{vector_of("trainval", ElementType::kInt64, outside)});
  expect_error(ErrorKind::kFormat, {"trainval", "0 to 5", "6"}, [&] { (void)load(); });
  write_npz(path, std::vector{vector_of("trainval_loc", ElementType::kInt64, trained)});
  expect_error(
      ErrorKind::kFormat, {"split.npz", "counted from 0", "trainval_loc"}, [&] { (void)load(); });
}

// A split of one's own goes before the lists of att_splits.mat.
TEST_F(TableFilesOfAnyKind, SplitsAreForLayoutGbuToo) {
  test::write_toy_gbu(folder_.file("TOY"));
  const Dataset before = load();
  ASSERT_EQ(before.layout, "gbu");
  std::string parts = "part\n";
  const std::set<ClassId> unseen(before.unseen_classes.begin(), before.unseen_classes.end());
  Index trained = 0;
  for (const ClassId label : before.labels) {
    const bool is_unseen = unseen.contains(label);
    parts += is_unseen ? "test_unseen\n" : "trainval\n";
    trained += is_unseen ? 0 : 1;
  }
  test::write_files(folder_.path(), {{"mine.csv", parts}});
  options_.split_file = folder_.file("mine.csv");
  const Dataset after = load();
  EXPECT_EQ(static_cast<Index>(after.split.trainval.size()), trained);
  EXPECT_TRUE(after.split.test_seen.empty());
  EXPECT_NE(after.fingerprint, before.fingerprint);
}

}  // namespace
}  // namespace dem
