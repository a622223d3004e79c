// Imports of datasets as their authors published them, and of clip-retrieval's folders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import_case.h"
#include "io/npy_writer.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::HasSubstr;

class ImportOfPublished : public test::ImportTest {
 protected:
  // Four classes of three attributes, with names as AwA has them; five images.
  void write_awa() const {
    test::write_files(
        folder_.file("SOURCE"),
        {{"classes.txt", "     1\tgrizzly+bear\n     2\tox\n     3\tpig\n     4\tbat\n"},
         {"predicates.txt", "     1\tblack\n     2\tbig\n     3\tflies\n"},
         {"predicate-matrix-continuous.txt",
          "  10.50   80.00    0.00\n  70.25   90.00    0.00\n   5.00   30.00    0.00\n"
          "  95.00    1.00   99.00\n"},
         {"predicate-matrix-binary.txt", "0 1 0\n1 1 0\n0 0 0\n1 0 1\n"},
         {"trainclasses.txt", "ox\npig\ngrizzly+bear\n"},
         {"testclasses.txt", "bat\n"}});
    test::write_files(
        folder_.file("SOURCE/Features/ResNet101"),
        {{"AwA2-features.txt", "0 0.5\n1 1.5\n2 2.5\n3 3.5\n4 4.5\n"},
         {"AwA2-labels.txt", "4\n2\n2\n3\n1\n"},
         {"AwA2-filenames.txt", "bat_1.jpg\nox_1.jpg\nox_2.jpg\npig_1.jpg\nb_1.jpg\n"}});
  }
  // Three classes, four images.
  void write_cub(const std::string& split = "1 1\n2 0\n3 1\n4 0\n") const {
    test::write_files(folder_.file("SOURCE"),
                      {{"classes.txt", "1 001.Albatross\n2 002.Auklet\n3 003.Bunting\n"},
                       {"images.txt", "1 001/a.jpg\n2 001/b.jpg\n3 002/c.jpg\n4 003/d.jpg\n"},
                       {"image_class_labels.txt", "1 1\n2 1\n3 2\n4 3\n"},
                       {"train_test_split.txt", split},
                       {"attributes.txt", "1 has_bill_shape::curved\n2 has_wing::black\n"}});
    test::write_files(folder_.file("SOURCE/attributes"),
                      {{"class_attribute_labels_continuous.txt", "0.0 12.5\n50.25 100\n3 4\n"}});
    static_cast<void>(folder_.write("f.csv",
                                    "001/b.jpg,1,2\n003/d.jpg,3,4\n001/a.jpg,5,6\n"
                                    "002/c.jpg,7,8\n"));
  }
  [[nodiscard]] ImportOptions cub_with_features() const {
    ImportOptions options = from();
    options.data.features_file = folder_.file("f.csv");
    return options;
  }
};

TEST_F(ImportOfPublished, AwaByItsLists) {
  write_awa();
  const ImportSummary summary = import_table(from());
  EXPECT_EQ(summary.kind, "awa");
  EXPECT_THAT(summary.spaces, ElementsAre("attribute 3", "binary 3"));
  EXPECT_EQ(out("labels.csv"),
            "id,class\nbat_1.jpg,bat\nox_1.jpg,ox\nox_2.jpg,ox\npig_1.jpg,pig\n"
            "b_1.jpg,grizzly+bear\n");
  EXPECT_EQ(out("classes.csv"),
            "class,black,big,flies\ngrizzly+bear,10.5,80,0\nox,70.25,90,0\npig,5,30,0\n"
            "bat,95,1,99\n");
  EXPECT_THAT(out("space_binary.csv"), HasSubstr("\nox,1,1,0\n"));
  const Dataset dataset = imported();
  EXPECT_THAT(dataset.split.trainval, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(dataset.split.test_unseen, ElementsAre(0));
  EXPECT_THAT(dataset.visual_features.row(3), ElementsAre(3.0f, 3.5f));
}

TEST_F(ImportOfPublished, AwaWithFeaturesOfOnesOwn) {
  write_awa();
  ImportOptions options = from();
  options.data.features_file =
      folder_.write("mine.csv", "7,7,7\n8,8,8\n9,9,9\n10,10,10\n11,11,11\n");
  EXPECT_EQ(import_table(options).feature_dim, 3);
  EXPECT_THAT(imported().visual_features.row(4), ElementsAre(11.0f, 11.0f, 11.0f));
}

TEST_F(ImportOfPublished, AwaWithoutFeaturesSaysWhatIsNeeded) {
  write_awa();
  std::filesystem::remove_all(folder_.file("SOURCE/Features"));
  expect_error(ErrorKind::kInvalidArgument,
               {"SOURCE", "-features.txt", "a features file and a labels file"},
               [&] { static_cast<void>(import_table(from())); });
  // Images of other classes: the split is then that of the classes.
  ImportOptions options = from();
  options.data.features_file = folder_.write("mine.csv", "7,7\n8,8\n");
  options.data.labels_file = folder_.write("labels.txt", "bat\npig\n");
  expect_error(ErrorKind::kFormat, {"seen classes with rows", "grizzly+bear"}, [&] {
    static_cast<void>(import_table(options));
  });
  options.data.features_file = folder_.write("mine.csv", "7,7\n8,8\n9,9\n1,1\n");
  options.data.labels_file = folder_.write("labels.txt", "bat\npig\nox\ngrizzly+bear\n");
  EXPECT_EQ(import_table(options).test_unseen, 1);
}

TEST_F(ImportOfPublished, AwaWithListsThatDoNotFit) {
  write_awa();
  const auto with_file = [&](const std::string& name, const std::string& text) {
    write_awa();
    test::write_files(folder_.file("SOURCE"), {{name, text}});
  };
  with_file("predicate-matrix-continuous.txt", "1 2 3\n1 2 3\n1 2 3\n");
  expect_error(ErrorKind::kShapeMismatch,
               {"predicate-matrix-continuous.txt", "4 classes of 3 attributes", "got 3 of 3"},
               [&] { static_cast<void>(import_table(from())); });
  with_file("testclasses.txt", "bat\nwhale\n");
  expect_error(ErrorKind::kFormat, {"classes.txt", "whale"}, [&] {
    static_cast<void>(import_table(from()));
  });
  with_file("classes.txt", "1\tgrizzly+bear\n2\tox\n2\tpig\n4\tbat\n");
  expect_error(ErrorKind::kFormat, {"classes.txt", "entry 3", "the number 3"}, [&] {
    static_cast<void>(import_table(from()));
  });
  with_file("Features/ResNet101/AwA2-labels.txt", "4\n2\n5\n3\n1\n");
  expect_error(ErrorKind::kFormat, {"AwA2-labels.txt", "entry 3", "from 1 to 4", "got 5"}, [&] {
    static_cast<void>(import_table(from()));
  });
  for (const char* names : {"bat_1.jpg\nox_1.jpg\n", "filename\na\nb\nc\nd\ne\n"}) {
    with_file("Features/ResNet101/AwA2-filenames.txt", names);
    expect_error(ErrorKind::kShapeMismatch, {"AwA2-filenames.txt", "a line an image", "(5)"}, [&] {
      static_cast<void>(import_table(from()));
    });
  }
  // What was translated is called as its source.
  write_awa();
  ImportOptions options = from();
  options.data.features_file = folder_.write("mine.csv", "bat_1.jpg,1\nx.jpg,2\n");
  expect_error(ErrorKind::kFormat, {"SOURCE as labels.csv", "mine.csv", "x.jpg"}, [&] {
    static_cast<void>(import_table(options));
  });
  expect_no_output();
}

TEST_F(ImportOfPublished, AwaWithFeaturesOfTwoNetworks) {
  write_awa();
  test::write_files(folder_.file("SOURCE/Features/VGG"),
                    {{"v-features.txt", "0\n1\n2\n3\n9\n"}, {"v-labels.txt", "4\n2\n2\n3\n1\n"}});
  expect_error(ErrorKind::kInvalidArgument,
               {"AwA2-features.txt", "v-features.txt", "choose a features file"},
               [&] { static_cast<void>(import_table(from())); });
  ImportOptions options = from();
  options.data.features_file = folder_.file("SOURCE/Features/VGG/v-features.txt");
  EXPECT_EQ(import_table(options).feature_dim, 1);
  EXPECT_EQ(imported().visual_features.row(4)[0], 9.0f);
}

TEST_F(ImportOfPublished, CubKeepsItsSplitWithLabelsOfOnesOwn) {
  write_cub("1 1\n2 0\n3 1\n4 1\n");
  ImportOptions options = cub_with_features();
  options.data.labels_file = folder_.write("labels.csv",
                                           "001/a.jpg,001.Albatross\n001/b.jpg,001.Albatross\n002/"
                                           "c.jpg,002.Auklet\n003/d.jpg,003.Bunting\n");
  EXPECT_EQ(import_table(options).test_seen, 1);
}

TEST_F(ImportOfPublished, CubWithFeaturesByName) {
  write_cub();
  const ImportSummary summary = import_table(cub_with_features());
  EXPECT_EQ(summary.kind, "cub");
  EXPECT_THAT(out("classes.csv"), HasSubstr("class,has_bill_shape::curved,has_wing::black\n"));
  EXPECT_EQ(out("labels.csv"),
            "id,class\n001/b.jpg,001.Albatross\n003/d.jpg,003.Bunting\n001/a.jpg,001.Albatross\n"
            "002/c.jpg,002.Auklet\n");
}

TEST_F(ImportOfPublished, CubAsItsImagesAreSplit) {
  write_cub("1 1\n2 0\n3 1\n4 1\n");
  const ImportSummary summary = import_table(cub_with_features());
  EXPECT_EQ(summary.trainval, 3);
  EXPECT_EQ(summary.test_seen, 1);
  EXPECT_EQ(summary.unseen_classes, 0);
  EXPECT_THAT(imported().split.test_seen, ElementsAre(0));  // 001/b.jpg
}

TEST_F(ImportOfPublished, CubWithAListOfUnseenClasses) {
  write_cub();
  static_cast<void>(folder_.write("SOURCE/testclasses.txt", "003.Bunting\n"));
  static_cast<void>(import_table(cub_with_features()));
  const Dataset dataset = imported();
  EXPECT_THAT(dataset.split.trainval, ElementsAre(2, 3));
  EXPECT_THAT(dataset.split.test_seen, ElementsAre(0));
  EXPECT_THAT(dataset.split.test_unseen, ElementsAre(1));
}

TEST_F(ImportOfPublished, CubNeedsFeaturesAndListsThatFit) {
  write_cub();
  expect_error(ErrorKind::kInvalidArgument, {"SOURCE", "a features file"}, [&] {
    static_cast<void>(import_table(from()));
  });
  write_cub("1 1\n2 0\n3 2\n4 0\n");
  expect_error(ErrorKind::kFormat, {"train_test_split.txt", "entry 3", "got 2"}, [&] {
    static_cast<void>(import_table(cub_with_features()));
  });
  write_cub("1 1\n2 0\n3 1\n");
  expect_error(ErrorKind::kShapeMismatch, {"train_test_split.txt", "(4), got 3"}, [&] {
    static_cast<void>(import_table(cub_with_features()));
  });
  expect_no_output();
}

TEST_F(ImportOfPublished, ClipRetrievalShardsInNaturalOrder) {
  // Eleven shards, so that 10 stands behind 2.
  std::filesystem::create_directories(folder_.file("SOURCE/img_emb"));
  for (int shard = 0; shard < 11; ++shard) {
    Matrix<float> row(1, 2);
    row.row(0)[0] = static_cast<float>(shard);
    write_npy(folder_.file("SOURCE/img_emb/img_emb_" + std::to_string(shard) + ".npy"), row);
  }
  ImportOptions options = from();
  expect_error(ErrorKind::kInvalidArgument, {"SOURCE", "no labels"}, [&] {
    static_cast<void>(import_table(options));
  });
  options.data.labels_file =
      folder_.write("labels.csv", "ant\nbee\nant\ncat\nbee\ncat\nant\nbee\nant\ncat\nbee\n");
  options.data.classes_file = folder_.write("classes.csv", test::toy_table().at("classes.csv"));
  const ImportSummary summary = import_table(options);
  EXPECT_EQ(summary.kind, "clip-retrieval");
  const Dataset dataset = imported();
  for (Index row = 0; row < 11; ++row) {
    EXPECT_EQ(dataset.visual_features.row(row)[0], static_cast<float>(row));
  }
}

}  // namespace
}  // namespace dem
