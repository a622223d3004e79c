// Imports of data frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import_case.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;

class ImportOfFrames : public test::ImportTest {
 protected:
  [[nodiscard]] ImportOptions frame(const std::string& text, const char* name = "frame.csv") const {
    ImportOptions options = from(name);
    static_cast<void>(folder_.write(name, text));
    options.data.classes_file = folder_.write("classes.csv", test::toy_table().at("classes.csv"));
    return options;
  }
  // The features of a row of what an import of this text gives.
  std::vector<float> row_of(const ImportOptions& options, Index row) {
    std::filesystem::remove_all(folder_.file("OUT"));
    static_cast<void>(import_table(options));
    const Dataset dataset = imported();
    const auto values = dataset.visual_features.row(row);
    return {values.begin(), values.end()};
  }
  void expect_refused(const ImportOptions& options, std::initializer_list<std::string_view> words) {
    expect_error(ErrorKind::kFormat, words, [&] { static_cast<void>(import_table(options)); });
    expect_no_output();
  }
};

TEST_F(ImportOfFrames, ColumnsAreFoundByTheirHeadings) {
  const ImportOptions options = frame(
      "size,image,weight,species\n1,a.png,0.5,ant\n2,b.png,-1e2,cat\n3,\"c,d.png\",.25,bee\n");
  const ImportSummary summary = import_table(options);
  EXPECT_EQ(summary.kind, "frame");
  EXPECT_EQ(summary.feature_dim, 2);
  EXPECT_EQ(out("labels.csv"), "id,class\na.png,ant\nb.png,cat\n\"c,d.png\",bee\n");
  const Dataset dataset = imported();
  EXPECT_THAT(dataset.visual_features.row(1), ElementsAre(2.0f, -100.0f));
  EXPECT_THAT(dataset.samples, ElementsAre("a.png", "b.png", "c,d.png"));
  EXPECT_EQ(dataset.name, "OUT");
}

TEST_F(ImportOfFrames, ColumnsThatAreNamed) {
  ImportOptions options = frame("kind,site,f,label,no\nant,x,1,7,p\nbee,y,2,8,q\n");
  expect_refused(options, {"text under", "\"kind\", \"site\"", "leave such columns out"});
  options.columns.classes = "kind";
  expect_refused(options, {"\"label\"", "leave it out by name"});
  options.columns.left_out = {"site", "label"};
  expect_refused(options, {"text under \"no\""});
  options.columns.samples = "no";
  EXPECT_THAT(row_of(options, 1), ElementsAre(2.0f));
  EXPECT_EQ(out("labels.csv"), "id,class\np,ant\nq,bee\n");
  options.columns.classes = "sort";
  std::filesystem::remove_all(folder_.file("OUT"));
  expect_refused(options, {"a heading \"sort\"", "\"kind\""});
}

TEST_F(ImportOfFrames, AnIndexIsNoFeature) {
  EXPECT_THAT(row_of(frame(",f,g,class\n0,1,2,ant\n1,3,4,bee\n"), 1), ElementsAre(3.0f, 4.0f));
  EXPECT_THAT(row_of(frame("Unnamed: 0,f,class\n0,1,ant\n1,3,bee\n"), 1), ElementsAre(3.0f));
  // R writes no heading over the names of rows.
  EXPECT_THAT(row_of(frame("\"f\",\"class\"\n\"1\",5,\"ant\"\n\"2\",6,\"bee\"\n"), 1),
              ElementsAre(6.0f));
  EXPECT_THAT(row_of(frame("f,class\nx,5,ant\ny,6,bee\n"), 1), ElementsAre(6.0f));
  EXPECT_EQ(out("labels.csv"), "id,class\nx,ant\ny,bee\n");
  std::filesystem::remove_all(folder_.file("OUT"));
  expect_refused(frame(",f,class\n3,1,ant\n9,2,bee\n"), {"a heading over column 1"});
}

TEST_F(ImportOfFrames, NumbersAsPeopleWriteThem) {
  EXPECT_THAT(row_of(frame("f;g;class\n0,5;1,25;ant\n2,5;3;bee\n"), 0), ElementsAre(0.5f, 1.25f));
  EXPECT_THAT(row_of(frame("f\tclass\n5e-1\tant\n7\tbee\n", "frame.tsv"), 0), ElementsAre(0.5f));
  std::filesystem::remove_all(folder_.file("OUT"));
  expect_refused(frame("f;class\n1,234;ant\n5,678;bee\n"), {"line 2", "1,234"});
  // Behind what was looked at first.
  std::string text = "f,class\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + ",ant\n";
  expect_refused(frame(text + "x,bee\n"), {"line 22, column 1", "a number", "\"x\""});
  expect_refused(frame(text + "1,bee,3\n"), {"line 22", "2"});
  expect_refused(frame(text + "1,\n"), {"line 22, column 2", "a name"});
  expect_refused(frame(text + "1,emu\n"), {"emu"});
}

TEST_F(ImportOfFrames, MissingNumbersAreZeroWhereThatIsAskedFor) {
  ImportOptions options = frame("f,g,class\n1,NA,ant\n,4,bee\n");
  expect_refused(options, {"line 2, column 2", "a number"});
  options.data.missing_features = MissingFeatures::kZero;
  EXPECT_THAT(row_of(options, 0), ElementsAre(1.0f, 0.0f));
  EXPECT_THAT(row_of(options, 1), ElementsAre(0.0f, 4.0f));
}

TEST_F(ImportOfFrames, ATextThatIsNoFrameIsRefused) {
  expect_refused(frame("f,g\n1,2\n"), {"a column of classes", "\"f\", \"g\""});
  expect_refused(frame("f,class,label\n1,ant,bee\n"), {"one column of classes", "class, label"});
  expect_refused(frame("f,id,class\n1,a,ant\n2,a,bee\n"), {"each sample once", "\"a\" twice"});
  expect_refused(frame("f,f,class\n1,2,ant\n"), {"each heading once", "\"f\" twice"});
  expect_refused(frame("class,id\nant,1\n"), {"columns of features"});
  expect_refused(frame("1,2,ant\n3,4,bee\n"), {"headings in the first line"});
  expect_refused(frame("f,class\n"), {"rows below it"});
  expect_refused(frame(""), {"rows below it"});
  expect_refused(frame("f,class\n1,2,3,ant\n"), {"as many cells as headings, 2", "4"});
}

TEST_F(ImportOfFrames, AFrameNeedsAFileOfClasses) {
  ImportOptions options = frame("f,class\n1,ant\n");
  options.data.classes_file = "";
  expect_error(ErrorKind::kInvalidArgument, {"frame.csv", "a file of classes"}, [&] {
    static_cast<void>(import_table(options));
  });
  expect_no_output();
}

}  // namespace
}  // namespace dem
