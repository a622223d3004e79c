// Scores of other systems, from files of every kind, against sums by hand.
#include "dem/pipeline/evaluate_scores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "dem/base/error.h"
#include "dem/search/score_source.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::expect_error;

class EvaluateScores : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.file(name)) << text;
  }
  // Four classes, ant and bee seen, cat and dog not; two images each of bee, cat and dog.
  void SetUp() override {
    write("scores.csv",
          "ant,bee,cat,dog\n"
          "1,5,2,3\n"    // bee: right
          "1,2,3,0\n"    // bee: goes to cat
          "0,6,5,4\n"    // cat: goes to bee, right among unseen
          "0,1,2,7\n"    // cat: goes to dog
          "0,4,1,6\n"    // dog: right
          "9,0,1,2\n");  // dog: goes to ant, right among unseen
    write("labels.csv", "bee\nbee\ncat\ncat\ndog\ndog\n");
    write("seen.txt", "ant\nbee\n");
    write("unseen.txt", "cat\ndog\n");
  }
  [[nodiscard]] ScoreOptions options() const {
    return {{folder_.file("scores.csv"), folder_.file("labels.csv")},
            folder_.file("seen.txt"),
            folder_.file("unseen.txt")};
  }
  void expect_refused(const std::vector<std::string>& parts, ErrorKind kind = ErrorKind::kFormat) {
    try {
      (void)read_scores(options_);
      ADD_FAILURE() << "read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind) << error.what();
      for (const std::string& part : parts) {
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
            << part << " in: " << error.what();
      }
    }
  }
  test::TemporaryFolder folder_;
  ScoreOptions options_;
};

TEST_F(EvaluateScores, GivesTheFieldsMetrics) {
  const ScoredData scored = read_scores(options());
  const EvaluationResult plain = evaluate_scores(scored, 0.0, {.oracle = true, .curve = true});
  EXPECT_DOUBLE_EQ(plain.t1, (0.5 + 1.0) / 2.0);
  EXPECT_DOUBLE_EQ(*plain.unseen, (0.0 + 0.5) / 2.0);
  EXPECT_DOUBLE_EQ(*plain.seen, 0.5);
  EXPECT_DOUBLE_EQ(*plain.harmonic, 2.0 * 0.25 * 0.5 / 0.75);
  // 1.5 off the seen scores gives cat's first image to cat, and takes nothing from bee.
  const EvaluationResult with_gamma = evaluate_scores(scored, 1.5);
  EXPECT_DOUBLE_EQ(*with_gamma.unseen, (0.5 + 0.5) / 2.0);
  EXPECT_DOUBLE_EQ(*with_gamma.seen, 0.5);
  EXPECT_EQ(*plain.unseen_to_seen, 2);
  EXPECT_EQ(*plain.seen_to_unseen, 1);
  EXPECT_GE(plain.oracle->harmonic, *with_gamma.harmonic);
  const std::string fingerprint = scored.data.fingerprint;
  EXPECT_EQ(fingerprint.size(), 32u);
  write("labels.csv", "bee\nbee\ncat\ncat\ndog\ncat\n");
  EXPECT_NE(read_scores(options()).data.fingerprint, fingerprint);
}

TEST_F(EvaluateScores, NumbersAreColumnsCountedFromZero) {
  write("labels.csv", "1\n1\n2\n2\n3\n3\n");
  write("seen.txt", "0\n1\n");
  write("unseen.txt", "3\n2\n");
  const EvaluationResult result = evaluate_scores(read_scores(options()));
  EXPECT_DOUBLE_EQ(*result.unseen, 0.25);
  EXPECT_DOUBLE_EQ(result.t1, 0.75);
  options_ = options();
  write("labels.csv", "2\n2\n3\n3\n4\n4\n");
  expect_refused({"labels.csv: row 4", "0 .. 3", "\"4\"", "counted from 1?"});
  write("labels.csv", "label\nbee\n1\ncat\ncat\ndog\n3\n");  // a heading, names and numbers
  EXPECT_DOUBLE_EQ(evaluate_scores(read_scores(options())).t1, 0.75);
}

// Where names are numbers, a number is a name.
// Scores of torch.save: the last of five columns is the best of each of three rows.
TEST_F(EvaluateScores, MayBeATensorOfPyTorch) {
  options_ = options();
  options_.test.scores = std::string(DEM_SOURCE_DIR) + "/tests/data/io/torch/tensor.pt";
  write("labels.csv", "4\n3\n0\n");
  write("seen.txt", "0\n1\n2\n");
  write("unseen.txt", "3\n4\n");
  const EvaluationResult result = evaluate_scores(read_scores(options_));
  EXPECT_DOUBLE_EQ(result.t1, 0.5);
  EXPECT_DOUBLE_EQ(*result.seen, 0.0);
}

TEST_F(EvaluateScores, NumbersAreNamesWhereNamesAreNumbers) {
  options_ = options();
  write("names.txt", "3\n2\n1\n0\n");
  options_.class_names = folder_.file("names.txt");
  write("labels.csv", "2\n2\n1\n1\n0\n0\n");
  write("seen.txt", "3\n2\n");
  write("unseen.txt", "0\n1\n");
  EXPECT_DOUBLE_EQ(evaluate_scores(read_scores(options_)).t1, 0.75);
  write("seen.txt", "3\n2\n7\n");
  expect_refused({"seen.txt", "a class that the scores have a column of", "\"7\""});
}

TEST_F(EvaluateScores, DistancesAreSmallerWhereNearer) {
  Matrix<float> scores = read_scores(options()).scores.clone();
  std::string text;
  for (Index i = 0; i < scores.rows(); ++i) {
    for (Index c = 0; c < scores.cols(); ++c) {
      text += std::to_string(-scores(i, c)) + (c + 1 == scores.cols() ? "\n" : ",");
    }
  }
  write("distances.csv", text);
  ScoreOptions distances = options();
  distances.test.scores = folder_.file("distances.csv");
  distances.distances = true;
  write("names.txt", "ant\nbee\ncat\ndog\n");
  distances.class_names = folder_.file("names.txt");
  EXPECT_EQ(evaluate_scores(read_scores(distances)).to_json(),
            evaluate_scores(read_scores(options())).to_json());
}

TEST_F(EvaluateScores, GammaComesFromValidationScores) {
  options_ = options();
  write("val.csv", "ant,bee,cat,dog\n9,3,0,0\n8,2,0,0\n7,6,0,0\n4,3,0,0\n");
  write("val_labels.csv", "ant\nant\nbee\nbee\n");
  write("val_unseen.txt", "bee\n");
  options_.validation = {folder_.file("val.csv"), folder_.file("val_labels.csv")};
  options_.validation_unseen_classes = folder_.file("val_unseen.txt");
  const ScoredData validation = read_validation_scores(options_);
  EXPECT_EQ(validation.data.seen_classes, std::vector<ClassId>{0});
  EXPECT_EQ(validation.data.unseen_classes, std::vector<ClassId>{1});
  // ant's images are 6 above bee, bee's 1 below: anything between is right for all.
  const ScoredData test = read_scores(options_);
  const double gamma = gamma_of_scores(validation, test);
  EXPECT_GT(gamma, 1.0);
  EXPECT_LT(gamma, 6.0);
  write("val_labels.csv", "ant\nant\nant\nant\n");
  expect_error(ErrorKind::kInvalidArgument, {"both kinds"}, [&] {
    (void)gamma_of_scores(read_validation_scores(options_), test);
  });
  expect_error(ErrorKind::kInvalidArgument, {"scores of other images"}, [&] {
    (void)gamma_of_scores(test, test);
  });
  const auto refused = [&](const std::string& list, const char* part) {
    write("val_unseen.txt", list);
    expect_error(ErrorKind::kFormat, {"val_unseen.txt", part}, [&] {
      (void)read_validation_scores(options_);
    });
  };
  refused("cat\n", "seen classes alone");
  refused("ant\nbee\n", "all of them");
  write("val_unseen.txt", "bee\n");
  write("val.csv", "bee,ant,cat,dog\n9,3,0,0\n8,2,0,0\n7,6,0,0\n4,3,0,0\n");
  expect_error(ErrorKind::kInvalidArgument, {"the columns of"}, [&] {
    (void)gamma_of_scores(read_validation_scores(options_), test);
  });
  options_.validation.labels = "";
  expect_error(ErrorKind::kInvalidArgument, {"validation labels"}, [&] {
    (void)read_validation_scores(options_);
  });
}

TEST_F(EvaluateScores, RefusesWhatDoesNotFit) {
  options_ = options();
  write("labels.csv", "bee\nbee\ncat\ncat\ndog\n");
  expect_refused({"labels.csv", "expected 6 labels", "got 5"}, ErrorKind::kShapeMismatch);
  write("labels.csv", "bee\nbee\ncat\ncat\ndog\nfox\n");
  expect_refused({"labels.csv: row 5", "the name of a column", "\"fox\""});
  write("labels.csv", "bee\nbee\ncat\ncat\ndog\ndog\n");
  write("unseen.txt", "cat\n");
  expect_refused({"labels.csv: row 4", "seen or unseen", "\"dog\""});
  write("unseen.txt", "cat\ndog\nbee\n");
  expect_refused({"unseen.txt", "not in", "seen.txt", "\"bee\""});
  write("unseen.txt", "cat\ndog\ncat\n");
  expect_refused({"unseen.txt", "each class once", "\"cat\" twice"});
  write("unseen.txt", "");
  expect_refused({"unseen.txt", "at least one class"});
  write("unseen.txt", "cat\ndog\n");
  write("scores.csv", "ant,bee,cat,cat\n1,5,2,3\n1,2,3,0\n0,6,5,4\n0,1,2,7\n0,4,1,6\n9,0,1,2\n");
  expect_refused({"scores.csv", "each name once", "\"cat\" twice"});
  write("scores.csv", "ant,bee,cat,dog\n1,5,2,3\n1,2,3,0\n0,6,nan,4\n0,1,2,7\n0,4,1,6\n9,0,1,2\n");
  expect_refused({"scores.csv", "row 2, column 2"});
  write("scores.csv", "0,1,2,3\n1,5,2,3\n1,2,3,0\n0,6,5,4\n0,1,2,7\n0,4,1,6\n9,0,1,2\n");
  expect_refused({"scores.csv: line 1", "headings or a row"});
  options_.class_names = folder_.file("seen.txt");
  write("scores.csv", "1,5,2,3\n1,2,3,0\n0,6,5,4\n0,1,2,7\n0,4,1,6\n9,0,1,2\n");
  expect_refused({"seen.txt", "expected 4 names", "got 2"}, ErrorKind::kShapeMismatch);
  options_.test.labels = "";
  expect_refused({"a file of labels"}, ErrorKind::kInvalidArgument);
}

// The best k of a matrix, ties to the lower place, as a sort has them.
TEST(MatrixSource, FindsTheBestOfEachRow) {
  Rng rng(3, Purpose::kInit);
  Matrix<float> scores = test::normal_matrix(40, 9, 1.0, rng);
  for (Index i = 0; i < scores.size(); ++i) scores.data()[i] = std::round(scores.data()[i]);
  const MatrixSource source(scores);
  const std::vector<ClassId> candidates = {7, 0, 3, 8, 2};
  std::vector<Index> rows;
  for (Index i = 39; i >= 0; i -= 2) rows.push_back(i);
  const Matrix<std::int32_t> best = source.best(rows, candidates, 3);
  const Matrix<double> all = source.scores(rows, candidates);
  const BestScores with_scores = source.best_scores(rows, candidates, 3, 0.5);
  for (Index i = 0; i < best.rows(); ++i) {
    std::vector<std::int32_t> expected = {0, 1, 2, 3, 4};
    std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
      return all(i, a) > all(i, b);
    });
    for (Index j = 0; j < 3; ++j) {
      EXPECT_EQ(best(i, j), expected[static_cast<std::size_t>(j)]);
      EXPECT_EQ(with_scores.places(i, j), best(i, j));
    }
    for (Index j = 0; j < 5; ++j) {
      const ClassId c = candidates[static_cast<std::size_t>(j)];
      EXPECT_EQ(all(i, j), double{scores(rows[static_cast<std::size_t>(i)], c)});
    }
  }
  struct Bad {
    std::vector<Index> rows;
    std::vector<ClassId> candidates;
    Index k;
  };
  for (const Bad& bad : std::vector<Bad>{{{40}, {0}, 1},
                                         {{-1}, {0}, 1},
                                         {{0}, {9}, 1},
                                         {{0}, {}, 1},
                                         {{0}, {1}, 2},
                                         {{0}, {1}, 0}}) {
    expect_error(ErrorKind::kInvalidArgument, {"scores: expected"}, [&] {
      (void)source.best(bad.rows, bad.candidates, bad.k);
    });
  }
  scores(4, 5) = NAN;
  expect_error(
      ErrorKind::kInvalidArgument, {"NaN in row 4, column 5"}, [&] { (void)MatrixSource(scores); });
}

}  // namespace
}  // namespace dem
