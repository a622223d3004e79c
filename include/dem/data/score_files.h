// Scores that another system gave, with what it takes to evaluate them.
#pragma once

#include <string>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/linalg/matrix.h"

namespace dem {

// A matrix of scores and the class of each of its rows.
struct ScoreFiles {
  std::string scores;  // [n, num_classes] in any readable format with one array of numbers
  std::string labels;  // [n]: 0-based columns of `scores`, or names of its classes
};

struct ScoreOptions {
  ScoreFiles test;
  std::string seen_classes;    // 0-based columns or names, one a line or an array
  std::string unseen_classes;  // likewise; both lists together need not have all columns
  // Names of the columns, one a line or an array of text; empty: those that the scores' file has
  // (the headings of CSV, the array `class_names` or `names` of others), or none.
  std::string class_names = "";
  bool distances = false;  // smaller is better
  // For gamma, scores of other images by a system that has not met some of the seen classes: these.
  ScoreFiles validation = {};
  std::string validation_unseen_classes = "";
};

// Scores [rows of data.labels, num_classes], larger is better, in single precision. `data` has no
// features: its visual_features are [n, 0].
struct ScoredData {
  Dataset data;
  Matrix<float> scores;
};

// Rows of unseen classes become the dataset's test_unseen, those of seen classes its test_seen. A
// number stands for a column, unless the names of classes are numbers themselves: then for a name.
// Throws Error{kInvalidArgument} where a file is not given, Error{kShapeMismatch} for another
// number of labels, Error{kFormat} naming file and row for scores that are not finite, labels and
// classes that are no column or name (also where numbers look as if they were counted from 1), a
// class that is both, and a label of a class that is neither.
[[nodiscard]] ScoredData read_scores(const ScoreOptions& options);

// The same of options.validation, seen classes those of options.seen_classes that are not
// validation_unseen_classes, which are some of them.
[[nodiscard]] ScoredData read_validation_scores(const ScoreOptions& options);

}  // namespace dem
