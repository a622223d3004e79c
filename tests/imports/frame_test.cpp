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
  // Of rows of a larger frame, and of file names.
  EXPECT_THAT(row_of(frame(",f,class\n93,1,ant\n7,2,bee\n"), 1), ElementsAre(2.0f));
  EXPECT_THAT(row_of(frame("f,Index,class\n1,93,ant\n2,7,bee\n"), 1), ElementsAre(2.0f));
  EXPECT_THAT(row_of(frame("index,f,class\na.png,1,ant\nb.png,2,bee\n"), 1), ElementsAre(2.0f));
  EXPECT_EQ(out("labels.csv"), "id,class\na.png,ant\nb.png,bee\n");
  std::filesystem::remove_all(folder_.file("OUT"));
  expect_refused(frame("index,f,class\n0.5,1,ant\n9,2,bee\n"),
                 {"whole numbers under the heading of an index in column 1"});
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

TEST_F(ImportOfFrames, FramesOfOtherPrograms) {
  // pandas without headings of its own; R's write.table; delimiters behind every line.
  EXPECT_THAT(row_of(frame("0,1,class\n1.5,2,ant\n2.5,4,bee\n"), 1), ElementsAre(2.5f, 4.0f));
  EXPECT_THAT(
      row_of(frame("\"f\" \"g\" \"class\"\n\"1\" 5 7 \"ant\"\n\"2\" 6 8 \"bee\"\n", "frame.txt"),
             1),
      ElementsAre(6.0f, 8.0f));
  EXPECT_THAT(row_of(frame("f,class,,\n1,ant,,\n2,bee,,\n"), 1), ElementsAre(2.0f));
  ImportOptions latin = frame("f,Gr\xf6\xdf\x65\n1,ant\n2,bee\n");
  latin.columns.classes = "Gr\u00f6\u00dfe";
  EXPECT_THAT(row_of(latin, 1), ElementsAre(2.0f));
  std::filesystem::remove_all(folder_.file("OUT"));
  std::string text = "f,class,\n";
  for (int i = 0; i < 20; ++i) text += std::to_string(i) + ",ant,\n";
  expect_refused(frame(text + "1,bee,7\n"), {"line 22, column 3", "nothing", "\"7\""});
}

TEST_F(ImportOfFrames, NumbersOfClassesAreNoFeatures) {
  for (const char* heading : {"class_id", "LabelID", "target", "my split", "fold", "TrainLabels"}) {
    expect_refused(frame(std::string("f,") + heading + ",class\n1,7,ant\n2,8,bee\n"),
                   {heading, "leave it out"});
  }
  // Whatever they are called; a feature of whole numbers differs within a class, or is alike in
  // two.
  expect_refused(
      frame("f,size,code,legs,class\n0,3,7,6,ant\n2,4,8,6,bee\n1,5,7,6,ant\n2,4,8,6,bee\n"),
      {"class numbers under \"code\"", "leave it out"});
  EXPECT_THAT(row_of(frame("size,legs,class\n3,6,ant\n4,6,bee\n5,6,ant\n4,6,bee\n"), 3),
              ElementsAre(4.0f, 6.0f));
}

TEST_F(ImportOfFrames, RowsThatMayBeCommentsAreNotLost) {
  expect_refused(frame("id,f,class\na,1,ant\n# b,2,bee\nc,3,cat\n"),
                 {"line 3", "# b,2,bee", "in quotes"});
  EXPECT_THAT(row_of(frame("id,f,class\na,1,ant\n\"# b\",2,bee\n# of a cat\nc,3,cat\n"), 2),
              ElementsAre(3.0f));
  EXPECT_EQ(imported().samples[1], "# b");
}

TEST_F(ImportOfFrames, AColumnHasOneUse) {
  ImportOptions options = frame("f,kind\n1,ant\n2,bee\n");
  options.columns.classes = "kind";
  options.columns.samples = "kind";
  expect_refused(options, {"one use of each column", "\"kind\""});
  options.columns.samples = "";
  options.columns.left_out = {"kind"};
  expect_refused(options, {"one use of each column", "\"kind\""});
}

// What is written is read again, whatever classes are called.
TEST_F(ImportOfFrames, ClassesThatAreCalledAsHeadings) {
  ImportOptions options = frame("f,label\n1,class\n2,label\n3,bee\n");
  options.data.classes_file = folder_.write("classes.csv", "name,a\nclass,1\nlabel,2\nbee,3\n");
  static_cast<void>(import_table(options));
  EXPECT_THAT(imported().labels, ElementsAre(0, 1, 2));
}

TEST_F(ImportOfFrames, MissingNumbersAreZeroWhereThatIsAskedFor) {
  ImportOptions options = frame("f,g,class\n1,NA,ant\n,4,bee\n");
  expect_refused(options, {"line 2, column 2", "a number", "missing features zero"});
  options.data.missing_features = MissingFeatures::kZero;
  EXPECT_THAT(row_of(options, 0), ElementsAre(1.0f, 0.0f));
  EXPECT_THAT(row_of(options, 1), ElementsAre(0.0f, 4.0f));
}

TEST_F(ImportOfFrames, ATextThatIsNoFrameIsRefused) {
  expect_refused(frame("f,g\n1,2\n"), {"a column of classes", "\"f\", \"g\""});
  expect_refused(frame("f,class,label\n1,ant,bee\n"), {"one column of classes", "class, label"});
  expect_refused(frame("f,id,class\n1,a,ant\n2,a,bee\n"),
                 {"line 3", "each sample once", "\"a\" again"});
  expect_refused(frame("f,f,class\n1,2,ant\n"), {"each heading once", "\"f\" twice"});
  expect_refused(frame("class,id\nant,1\n"), {"columns of features"});
  expect_refused(frame("1,2,ant\n3,4,bee\n"), {"a column of classes", "\"1\", \"2\""});
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
