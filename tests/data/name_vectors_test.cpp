#include "dem/data/name_vectors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "dem/data/class_file.h"
#include "table_toy.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;
using testing::IsEmpty;

class NameVectorsOf : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    test::write_files(folder_.path(), {{"words.vec", text}});
    return folder_.file("words.vec");
  }
  NameVectors made(const std::vector<std::string>& names,
                   const std::string& text,
                   double smoothing = 0.0) {
    return name_vectors(names, {.vectors = write(text), .smoothing = smoothing});
  }
  test::TemporaryFolder folder_;
};

constexpr const char* kWords =
    "of 1 1\nbear 0 2\npolar 4 0\ngrizzly_bear -1 -1\nblue jay 3 5\nPanda 7 7\nred\t1\t0\n";

TEST_F(NameVectorsOf, IsTheMeanOfTheWords) {
  const NameVectors v = made({"polar+bear", "003.Polar_Bear", "Panda", "red-of"}, kWords);
  ASSERT_EQ(v.rows.cols(), 2);
  for (const Index i : {0, 1}) {
    EXPECT_FLOAT_EQ(v.rows(i, 0), 2.0f);
    EXPECT_FLOAT_EQ(v.rows(i, 1), 1.0f);
  }
  EXPECT_FLOAT_EQ(v.rows(2, 0), 7.0f);
  EXPECT_FLOAT_EQ(v.rows(3, 1), 0.5f);
  EXPECT_THAT(v.found[1], ElementsAre("polar", "bear"));
  EXPECT_THAT(v.missing[1], IsEmpty());
}

TEST_F(NameVectorsOf, PhrasesGoBeforeTheirWords) {
  const NameVectors v = made({"grizzly bear", "Blue Jay", "polar bear cub"}, kWords);
  EXPECT_THAT(v.found[0], ElementsAre("grizzly_bear"));
  EXPECT_FLOAT_EQ(v.rows(0, 0), -1.0f);
  EXPECT_THAT(v.found[1], ElementsAre("blue jay"));
  EXPECT_FLOAT_EQ(v.rows(1, 1), 5.0f);
  EXPECT_THAT(v.missing[2], ElementsAre("cub"));
}

TEST_F(NameVectorsOf, FrequentWordsCountLess) {
  const double a = 0.1;
  const NameVectors v = made({"red of"}, kWords, a);
  double harmonic = 0.0;
  for (int r = 1; r <= 7; ++r) harmonic += 1.0 / r;
  const double of = a / (a + 1.0 / harmonic), red = a / (a + 1.0 / (7 * harmonic));
  EXPECT_NEAR(v.rows(0, 0), 1.0, 1e-6);
  EXPECT_NEAR(v.rows(0, 1), of / (of + red), 1e-6);
}

TEST_F(NameVectorsOf, NamesWithoutAWordAreZeroAndSaidSo) {
  const NameVectors v = made({"gnu", "12"}, kWords);
  EXPECT_THAT(v.found[0], IsEmpty());
  EXPECT_THAT(v.missing[0], ElementsAre("gnu"));
  EXPECT_EQ(v.rows(0, 0), 0.0f);
  EXPECT_THAT(v.missing[1], IsEmpty());
}

TEST_F(NameVectorsOf, ALineOfCountsIsNoWord) {
  const NameVectors v = made({"4", "a"}, "2 3\na 1 2 3\n4 5 6 7\n");
  EXPECT_EQ(v.rows.cols(), 3);
  EXPECT_FLOAT_EQ(v.rows(1, 2), 3.0f);
}

TEST_F(NameVectorsOf, LongFilesAreReadInBlocks) {
  std::string text;
  for (int i = 0; i < 40000; ++i) {
    text += "w" + std::to_string(i) + std::string(150, ' ') + std::to_string(i) + " 1\r\n";
  }
  ASSERT_GT(text.size(), std::size_t{6} << 20);
  const NameVectors v = made({"w39999", "w26500"}, text + "last 5 6");
  EXPECT_FLOAT_EQ(v.rows(0, 0), 39999.0f);
  EXPECT_FLOAT_EQ(v.rows(1, 0), 26500.0f);
  EXPECT_FLOAT_EQ(made({"last"}, text + "last 5 6").rows(0, 1), 6.0f);
}

TEST_F(NameVectorsOf, BrokenFilesAreRefused) {
  const struct {
    std::string text;
    std::initializer_list<std::string_view> texts;
  } cases[] = {
      {"", {"words.vec", "an empty file"}},
      {"a b c\n", {"line 1", "a word and numbers"}},
      {"a 1 2\nb 1\n", {"line 2", "a word and 2 numbers"}},
      {"2 3\na 1 2\n", {"line 2", "a word and 3 numbers"}},
      {"3 2\na 1 2\nb 1 2\n", {"words.vec", "3 words", "got 2"}},
      {"2 3\n", {"words after the line of counts"}},
      {"a 1 2\nbear 1 x\n", {"line 2", "a finite number", "\"x\""}},
      {"a 1 2\nbear 1 nan\n", {"line 2", "a finite number"}},
      {"a 1 2\n1 2\n", {"line 2", "a word and 2 numbers"}},
  };
  for (const auto& [text, texts] : cases) {
    SCOPED_TRACE(text);
    const std::string path = write(text);
    expect_error(
        ErrorKind::kFormat, texts, [&] { (void)name_vectors({"bear"}, {.vectors = path}); });
  }
  expect_error(ErrorKind::kIo, {"none.vec"}, [&] {
    (void)name_vectors({"bear"}, {.vectors = folder_.file("none.vec")});
  });
  expect_error(ErrorKind::kFormat, {"each once", "\"bear\" twice"}, [&] {
    (void)name_vectors({"bear", "ox", "bear"}, {.vectors = write(kWords)});
  });
  expect_error(ErrorKind::kInvalidArgument, {"smoothing"}, [&] {
    (void)name_vectors({"bear"}, {.vectors = write(kWords), .smoothing = -1.0});
  });
}

TEST_F(NameVectorsOf, AreWrittenAsATableOfClasses) {
  Matrix<float> rows(2, 2);
  rows(0, 0) = 0.1f;
  rows(1, 1) = -3.0f;
  write_class_rows(folder_.file("out.csv"), {"a, b", "c"}, rows.view());
  EXPECT_EQ(test::read_bytes(folder_.file("out.csv")), "\"a, b\",0.1,0\nc,0,-3\n");
}

}  // namespace
}  // namespace dem
