#include "dem/data/class_file.h"

#include <gtest/gtest.h>

#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

class ClassFileTest : public ::testing::Test {
 protected:
  ClassFileTest() {
    known_.spaces = {"word", "attribute"};
    known_.embeddings.emplace_back(1, 2);
    known_.embeddings.emplace_back(1, 3);
    known_.names = {"old"};
    known_.seen = {true};
  }
  // Attributes alone, of three named dimensions.
  void take_attributes(bool named) {
    known_.spaces.erase(known_.spaces.begin());
    known_.embeddings.erase(known_.embeddings.begin());
    if (named) known_.dimension_names = {{"stripes", "swims", "big"}};
  }
  [[nodiscard]] ClassTable read(const std::vector<std::string>& files,
                                const std::string& names = "") const {
    std::vector<ClassFile> given;
    for (const std::string& file : files) {
      const ClassFile parsed = class_file_from_string(file, known_);
      given.push_back({folder_.file(parsed.path), parsed.space});
    }
    return read_new_classes(given, names.empty() ? "" : folder_.file(names), known_);
  }
  [[nodiscard]] ClassTable read_text(const std::string& text) const {
    (void)folder_.write("new.csv", text);
    return read({"new.csv"});
  }
  void refused(ErrorKind kind,
               const std::string& text,
               std::initializer_list<std::string_view> parts) const {
    expect_error(kind, parts, [&] { (void)read_text(text); });
  }
  static std::vector<float> row(const ClassTable& table, std::size_t space, Index i) {
    const auto values = table.embeddings[space].row(i);
    return {values.begin(), values.end()};
  }

  TemporaryFolder folder_;
  ClassTable known_;
};

using Floats = std::vector<float>;
using Names = std::vector<std::string>;

TEST_F(ClassFileTest, CsvColumnsAreMatchedByName) {
  take_attributes(true);
  const ClassTable table =
      read_text("class,big,stripes,swims\nzebra,1,2,3\n\"whale, blue\",4,5,6\n");
  EXPECT_EQ(table.names, (Names{"zebra", "whale, blue"}));
  EXPECT_EQ(table.seen, std::vector<bool>(2, false));
  EXPECT_EQ(row(table, 0, 0), (Floats{2, 3, 1}));
  EXPECT_EQ(row(table, 0, 1), (Floats{5, 6, 4}));
}

TEST_F(ClassFileTest, CsvColumnsWithoutNamesAreTakenAsTheyStand) {
  take_attributes(true);
  EXPECT_EQ(row(read_text("zebra,1,2,3\n"), 0, 0), (Floats{1, 2, 3}));  // no headings
  known_.dimension_names.clear();
  EXPECT_EQ(row(read_text("class,c,b,a\nzebra,1,2,3\n"), 0, 0), (Floats{1, 2, 3}));
}

TEST_F(ClassFileTest, NamesMayBeNumbersUnderAHeadingThatSaysSo) {
  take_attributes(true);
  for (const char* heading : {"class", "classes", "class_name", "name", "Names", "CLASS"}) {
    SCOPED_TRACE(heading);
    const ClassTable table =
        read_text(std::string(heading) + ",big,stripes,swims\n101,1,2,3\n0102,4,5,6\nemu,7,8,9\n");
    EXPECT_EQ(table.names, (Names{"101", "0102", "emu"}));
    EXPECT_EQ(row(table, 0, 1), (Floats{5, 6, 4}));
  }
  known_.dimension_names.clear();
  const ClassTable table = read_text("class,a,b,c\n1e3,1,2,3\n");
  EXPECT_EQ(table.names, Names{"1e3"});
  EXPECT_EQ(row(table, 0, 0), (Floats{1, 2, 3}));
}

// The same two classes as data frames, sheets, GloVe and R write them.
TEST_F(ClassFileTest, TextIsReadHoweverItIsWritten) {
  take_attributes(false);
  for (const char* text : {"class,0,1,2\nzebra,1,2,3\nox,4,5,6.5\n",
                           ",a,b,c\nzebra,1,2,3\nox,4,5,6.5\n",
                           ",0,1,2\nzebra,1,2,3\nox,4,5,6.5\n",
                           "Unnamed: 0,class,a,b,c\n0,zebra,1,2,3\n1,ox,4,5,6.5\n",
                           "a,b,c\nzebra,1,2,3\nox,4,5,6.5\n",
                           "zebra;1;2;3\nox;4;5;6,5\n",
                           "zebra,1,2,3,\nox,4,5,6.5,\n",
                           "# new\nzebra,1,2,3\nox,4,5,6.5\n",
                           "1\tzebra\t1\t2\t3\n2\tox\t4\t5\t6.5\n",
                           "zebra 1 2 3\nox 4 5 6.5\n",
                           "2 3\nzebra 1 2 3\nox 4 5 6.5\n"}) {
    SCOPED_TRACE(text);
    const ClassTable table = read_text(text);
    EXPECT_EQ(table.names, (Names{"zebra", "ox"}));
    EXPECT_EQ(row(table, 0, 0), (Floats{1, 2, 3}));
    EXPECT_EQ(row(table, 0, 1), (Floats{4, 5, 6.5}));
  }
  refused(ErrorKind::kFormat, ",a,b,c\n0,1,2,3\n1,4,5,6\n", {"classes' names"});
}

// Whether a first column of numbers is names or the first dimension must not be guessed.
TEST_F(ClassFileTest, NamesThatAreNumbersAreElseRefusedWithTheWayOut) {
  take_attributes(true);
  const char* hint = "need the heading \"class\"";
  refused(ErrorKind::kFormat, "id,big,stripes,swims\n101,1,2,3\n", {"\"id\"", hint});
  refused(ErrorKind::kShapeMismatch, "101,1,2,3\n", {"3 columns of numbers", "got 4", hint});
  known_.dimension_names.clear();
  refused(ErrorKind::kShapeMismatch, "id,a,b,c\n101,1,2,3\n", {"got 4", hint});
  refused(ErrorKind::kFormat, "101,1,2\n", {"headed \"class\"", "in a file of their own"});
  for (const char* named : {"ox,1,2,3,4,5\n", "class,zz,a,b,c,d\nox,1,2,3,4,5\n"}) {
    try {
      static_cast<void>(read_text(named));
      ADD_FAILURE() << "expected an error for " << named;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find(hint), std::string::npos) << error.what();
    }
  }
}

TEST_F(ClassFileTest, OneCsvMayHoldBothSpaces) {
  EXPECT_EQ(row(read_text("zebra,1,2,3,4,5\n"), 0, 0), (Floats{1, 2}));
  EXPECT_EQ(row(read_text("zebra,1,2,3,4,5\n"), 1, 0), (Floats{3, 4, 5}));
  known_.dimension_names = {{}, {"stripes", "swims", "big"}};
  const ClassTable table = read_text("class,big,w1,stripes,w2,swims\nzebra,1,2,3,4,5\n");
  EXPECT_EQ(row(table, 0, 0), (Floats{2, 4}));
  EXPECT_EQ(row(table, 1, 0), (Floats{3, 5, 1}));
}

TEST_F(ClassFileTest, BrokenCsvIsRefusedWithItsPlace) {
  take_attributes(true);
  const auto kFormat = ErrorKind::kFormat;
  refused(kFormat, "class,big,stripes,fins\nzebra,1,2,3\n", {"new.csv", "none for \"swims\""});
  refused(kFormat, "class,big,stripes,swims,fins\nz,1,2,3,4\n", {"by name", "got \"fins\""});
  refused(kFormat, "class,big,stripes,big\nz,1,2,3\n", {"\"big\" twice"});
  refused(kFormat, "class,big,stripes\nz,1,2\n", {"none for \"swims\""});
  refused(kFormat, "class,big,stripes,swims\nz,1,,3\n", {"line 2, column 3", "empty cell"});
  refused(kFormat, "class,big,stripes,swims\nz,1,much,3\n", {"line 2, column 3", "much"});
  refused(ErrorKind::kFormat, "class,big,stripes,swims\nz,1,nan,3\n", {"new.csv", "nan"});
  refused(ErrorKind::kFormat, "class,big,stripes,swims\nz,1,1e300,3\n", {"new.csv", "inf"});
  refused(
      ErrorKind::kShapeMismatch, "zebra,1,2\n", {"3 columns of numbers (attribute 3)", "got 2"});
  refused(kFormat, "big,stripes,swims\n1,2,3\n", {"classes' names", "in a file of their own"});
  refused(kFormat, "zebra\nwhale\n", {"columns of numbers"});
  refused(kFormat, "", {"empty"});
}

TEST_F(ClassFileTest, ArraysComeFromEveryFormat) {
  take_attributes(false);
  Matrix<float> values(2, 3);
  for (Index i = 0; i < 6; ++i) values.data()[i] = static_cast<float>(i);
  (void)folder_.write("names.txt", "zebra\nwhale\n");
  write_npy(folder_.file("new.npy"), values);
  const auto bytes = std::as_bytes(std::span(values.data(), 6));
  write_safetensors(
      folder_.file("new.safetensors"), {{"x", ElementType::kFloat32, {2, 3}, bytes}}, {});
  const Names names = {"zebra", "whale"};
  for (const bool transposed : {false, true}) {
    const MatVariable variables[] = {
        {"att", MatrixView<const float>(values), ElementType::kFloat64, transposed},
        {"allclasses_names", std::span<const std::string>(names)}};
    write_mat5(folder_.file("new.mat"), variables);
    const ClassTable table = read({"new.mat"});
    EXPECT_EQ(table.names, names);
    EXPECT_EQ(row(table, 0, 1), (Floats{3, 4, 5}));
  }
  write_hdf5_matlab(folder_.file("new.h5"), "att", values, false);
  for (const char* file : {"new.npy", "new.safetensors", "new.h5"}) {
    const ClassTable table = read({file}, "names.txt");
    EXPECT_EQ(table.names, names) << file;
    EXPECT_EQ(row(table, 0, 1), (Floats{3, 4, 5})) << file;
    expect_error(ErrorKind::kFormat, {file, "in a file of their own"}, [&] { (void)read({file}); });
  }
  // A copy of MATLAB's array in a file of Python's.
  const float turned[] = {0, 3, 1, 4, 2, 5};
  write_npz(folder_.file("turned.npz"),
            std::vector<RawTensor>{
                {"att", ElementType::kFloat32, {3, 2}, std::as_bytes(std::span(turned))}});
  EXPECT_EQ(row(read({"turned.npz"}, "names.txt"), 0, 1), (Floats{3, 4, 5}));
  (void)folder_.write("three.txt", "a\nb\nc\n");
  expect_error(ErrorKind::kShapeMismatch, {"new.npy", "3 rows, a row a name", "got 2"}, [&] {
    (void)read({"new.npy"}, "three.txt");
  });
  write_npy(folder_.file("wide.npy"), Matrix<float>(2, 4));
  expect_error(ErrorKind::kShapeMismatch, {"wide.npy", "[n, 3]", "[2, 4]"}, [&] {
    (void)read({"wide.npy"}, "names.txt");
  });
  values(1, 1) = std::numeric_limits<float>::quiet_NaN();
  write_npy(folder_.file("new.npy"), values);
  expect_error(ErrorKind::kFormat, {"new.npy", "row 1, column 1"}, [&] {
    (void)read({"new.npy"}, "names.txt");
  });
}

TEST_F(ClassFileTest, EachSpaceMayHaveItsFile) {
  write_npy(folder_.file("w.npy"), Matrix<float>(2, 2));
  (void)folder_.write("a.csv", "zebra,1,2,3\nwhale,4,5,6\n");
  const ClassTable table = read({"word=w.npy", "attribute=a.csv"});
  EXPECT_EQ(table.names, (Names{"zebra", "whale"}));
  EXPECT_EQ(table.embeddings[0].cols(), 2);
  EXPECT_EQ(row(table, 1, 1), (Floats{4, 5, 6}));
  expect_error(
      ErrorKind::kInvalidArgument, {"none for word"}, [&] { (void)read({"attribute=a.csv"}); });
  expect_error(ErrorKind::kInvalidArgument, {"a.csv", "one file for space attribute"}, [&] {
    (void)read({"attribute=a.csv", "attribute=a.csv", "word=w.npy"});
  });
  (void)folder_.write("w.csv", "zebra,1,2\nshark,4,5\n");
  expect_error(ErrorKind::kFormat, {"a.csv", "\"whale\" for \"shark\""}, [&] {
    (void)read({"word=w.csv", "attribute=a.csv"});
  });
  (void)folder_.write("w.csv", "zebra,1,2\n");
  expect_error(ErrorKind::kFormat, {"same classes"}, [&] {
    (void)read({"word=w.csv", "attribute=a.csv"});
  });
  write_npy(folder_.file("w.npy"), Matrix<float>(3, 2));
  expect_error(ErrorKind::kShapeMismatch, {"2 rows, a row a name", "got 3"}, [&] {
    (void)read({"word=w.npy", "attribute=a.csv"});
  });
}

// Of which nothing is known before, their width neither.
TEST_F(ClassFileTest, AllClassesOfAFileMakeATable) {
  const std::string text = folder_.write("c.csv", "class,a,b\nzebra,1,2\n\"whale, blue\",3,4\n");
  const ClassTable named = read_classes(text);
  EXPECT_EQ(named.names, (Names{"zebra", "whale, blue"}));
  EXPECT_EQ(named.seen, std::vector<bool>(2, false));
  EXPECT_EQ(named.spaces, Names{"attribute"});
  EXPECT_EQ(named.dimension_names, (std::vector<Names>{{"a", "b"}}));
  EXPECT_EQ(row(named, 0, 1), (Floats{3, 4}));
  EXPECT_TRUE(read_classes(folder_.write("d.csv", "ox,1,2\n")).dimension_names.empty());

  Matrix<float> vectors(2, 3);
  for (Index i = 0; i < 6; ++i) vectors.data()[i] = static_cast<float>(i);
  write_npy(folder_.file("v.npy"), vectors);
  const std::string names = folder_.write("names.txt", "zebra\n7\n");
  const ClassTable listed = read_classes(folder_.file("v.npy"), names, "clip");
  EXPECT_EQ(listed.names, (Names{"zebra", "7"}));
  EXPECT_EQ(listed.spaces, Names{"clip"});
  EXPECT_EQ(row(listed, 0, 1), (Floats{3, 4, 5}));
  // Names of a list stand for those of the file.
  EXPECT_EQ(read_classes(text, names).names, (Names{"zebra", "7"}));
}

TEST_F(ClassFileTest, AllClassesOfAFileNeedNamesOnceAndNumbers) {
  const auto kFormat = ErrorKind::kFormat;
  write_npy(folder_.file("v.npy"), Matrix<float>(2, 3));
  const auto refused_file = [&](ErrorKind kind,
                                const std::string& file,
                                const std::string& names,
                                std::initializer_list<std::string_view> parts) {
    expect_error(kind, parts, [&] { (void)read_classes(folder_.file(file), names); });
  };
  refused_file(kFormat, "v.npy", "", {"v.npy", "list of names in a file of its own", "got none"});
  refused_file(ErrorKind::kShapeMismatch,
               "v.npy",
               folder_.write("three.txt", "a\nb\nc\n"),
               {"v.npy", "expected 3 rows", "three.txt", "got 2"});
  refused_file(kFormat, "v.npy", folder_.write("two.txt", "a\na\n"), {"class once", "\"a\""});
  (void)folder_.write("n.csv", "zebra,1,\n");
  refused_file(kFormat, "n.csv", "", {"n.csv"});
  (void)folder_.write("t.csv", "zebra,1,2\nzebra,3,4\n");
  refused_file(kFormat, "t.csv", "", {"class once"});
}

TEST_F(ClassFileTest, ANameListIsReadLineByLine) {
  const Names names = {"train-1", "1", "2", "a, the first", "say \"so\""};
  const std::string path =
      folder_.write("names.txt", "train-1\n1\r\n\n2\na, the first\n\"say \"\"so\"\"\"\n");
  EXPECT_EQ(read_name_list(path), names);
  EXPECT_EQ(read_name_list(folder_.write("none.txt", "")), Names{});
}

}  // namespace
}  // namespace dem
