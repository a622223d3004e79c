#include "dem/eval/evaluation_tables.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(EvaluationTables, TheCurveHasALineAPoint) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "curve.csv";
  const CurvePoint points[] = {{-std::numeric_limits<double>::infinity(), 0.0, 0.75, 0.0},
                               {0.1, 1.0 / 3.0, 0.5, 0.4}};
  write_curve(points, path);
  EXPECT_EQ(read_file(path),
            "gamma,unseen,seen,harmonic\n-inf,0,0.75,0\n0.1,0.3333333333333333,0.5,0.4\n");
}

TEST(EvaluationTables, ConfusionNamesClassesAndTellsTheProtocolsApart) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "confusion.csv";
  ClassTable classes;
  classes.names = {"plain", "with, comma", "with \"quotes\"", "two\nlines"};
  classes.seen = {true, false, false, true};
  const Confusion confusion{{{1, 2, 3}}, {{0, 1, 4}, {2, 3, 5}}};
  write_confusion(confusion, classes, path);
  EXPECT_EQ(read_file(path),
            "protocol,class,kind,predicted,predicted_kind,images\n"
            "zero-shot,\"with, comma\",unseen,\"with \"\"quotes\"\"\",unseen,3\n"
            "generalised,plain,seen,\"with, comma\",unseen,4\n"
            "generalised,\"with \"\"quotes\"\"\",unseen,\"two\nlines\",seen,5\n");
  const Confusion other{{}, {{0, 4, 1}}};
  expect_error(ErrorKind::kInvalidArgument, {"below 4, got 4"}, [&] {
    write_confusion(other, classes, folder / "other.csv");
  });
  EXPECT_FALSE(std::filesystem::exists(folder / "other.csv"));
}

TEST(EvaluationTables, AreWrittenWholeOrNotAtAll) {
  const test::TemporaryFolder folder;
  const std::vector<CurvePoint> points(100000);
  for (const std::string& path : {folder / "no/such.csv", std::string("/dev/full")}) {
    expect_error(ErrorKind::kIo, {path}, [&] { write_curve(points, path); });
  }
}

}  // namespace
}  // namespace dem
