// Splits and tables of classes as files, read again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/table_classes.h"
#include "data/table_split.h"
#include "dem/data/class_file.h"
#include "dem/data/labelled_images.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class WrittenTables : public testing::Test {
 protected:
  // Eight images of four classes, the last one unseen; image 3 may be trained on and is in neither
  // train nor val, image 5 is in no part.
  LabelledImages images_ = {{"a", "b", "c", "d"}, {0, 0, 1, 1, 2, 2, 2, 3}, {}, {}};
  Split split_ = {{0, 1, 2, 3}, {0, 1}, {2}, {}, {7}};

  [[nodiscard]] Split read_back(const std::string& path) const {
    TableLabels labels;
    labels.classes = images_.labels;
    labels.samples = images_.samples;
    TableClasses classes;
    classes.names = images_.class_names;
    return read_table_split(path, classes, labels);
  }
  void expect_written(const std::string& name) const {
    const std::string path = folder_.file(name);
    write_split(path, split_, images_, "{}");
    const Split split = read_back(path);
    EXPECT_THAT(split.trainval, UnorderedElementsAre(0, 1, 2, 3)) << name;
    EXPECT_THAT(split.train, ElementsAre(0, 1)) << name;
    EXPECT_THAT(split.val, ElementsAre(2)) << name;
    EXPECT_THAT(split.test_unseen, ElementsAre(7)) << name;
  }

  test::TemporaryFolder folder_;
};

TEST_F(WrittenTables, ASplitInJsonByPosition) {
  expect_written("split.json");
}

TEST_F(WrittenTables, ASplitByName) {
  images_.samples = {"i0", "#1", "i,2", "\"3\"", "%4", "5", "6", " 7"};
  expect_written("split.json");
  expect_written("split.csv");
}

TEST_F(WrittenTables, TextHasNoPlaceForAnImageOfNoPart) {
  expect_error(ErrorKind::kInvalidArgument, {"row 4", "ends in .json"}, [&] {
    write_split(folder_.file("split.csv"), split_, images_, "{}");
  });
}

class WrittenClasses : public WrittenTables, public testing::WithParamInterface<const char*> {};

// Whatever the first class is called, its row is one.
TEST_P(WrittenClasses, AreReadAgain) {
  Matrix<float> rows(2, 3);
  for (Index d = 0; d < 3; ++d) {
    rows.row(0)[d] = 0.1f + static_cast<float>(d) * 1e-7f;
    rows.row(1)[d] = static_cast<float>(d);
  }
  const std::vector<std::string> names = {GetParam(), "other"};
  for (const std::vector<std::string>& headings :
       {std::vector<std::string>{}, {"legs", "a, b", "#c"}}) {
    const std::string path = folder_.file("classes.csv");
    write_class_rows(path, names, rows, headings);
    const TableClasses classes = read_table_classes(path, false);
    EXPECT_EQ(classes.names, names);
    ASSERT_EQ(classes.attributes.rows(), 2);
    EXPECT_THAT(classes.attributes.row(0), testing::ElementsAreArray(rows.row(0)));
    EXPECT_THAT(classes.attributes.row(1), testing::ElementsAreArray(rows.row(1)));
    if (headings.empty()) continue;
    EXPECT_EQ(classes.attribute_names, headings);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Names,
    WrittenClasses,
    testing::Values("ant", "#dog", "%", "7", "0", "class", "name", "a,b", " x", "1e5"));

}  // namespace
}  // namespace dem
