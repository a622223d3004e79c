#include "dem/data/dataset_from_arrays.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "data/array_access.h"
#include "data/class_checks.h"
#include "data/fill_descriptions.h"
#include "data/fingerprint.h"
#include "data/gbu_split.h"
#include "data/seen_classes.h"
#include "dem/base/error.h"

namespace dem {
namespace {

template <typename Expected, typename Got>
[[noreturn]] void refuse_argument(ErrorKind kind,
                                  const std::string& name,
                                  const Expected& expected,
                                  const Got& got) {
  throw Error(kind, concat(name, ": expected ", expected, ", got ", got));
}

void check_shape(MatrixView<const float> matrix,
                 Index rows,
                 std::string_view why,
                 const std::string& name) {
  if (matrix.rows() != rows || matrix.cols() == 0) {
    refuse_argument(ErrorKind::kShapeMismatch,
                    name,
                    concat('[', rows, ", any] (", why, ")"),
                    concat('[', matrix.rows(), ", ", matrix.cols(), ']'));
  }
}

void check_finite(MatrixView<const float> matrix, const std::string& name) {
  const auto bad = first_not_finite(matrix);
  if (!bad) return;
  refuse_argument(ErrorKind::kInvalidArgument,
                  name,
                  "finite numbers",
                  concat(matrix(bad->row, bad->col),
                         " at row ",
                         bad->row,
                         ", column ",
                         bad->col,
                         " (counted from 0)"));
}

// Those of the mode, then any others.
void check_spaces(const std::vector<std::string>& spaces, TrainMode mode) {
  const std::vector<std::string> first = input_spaces(mode);
  const bool begins =
      spaces.size() >= first.size() && std::equal(first.begin(), first.end(), spaces.begin());
  if (begins && std::set<std::string>(spaces.begin(), spaces.end()).size() == spaces.size()) return;
  refuse_argument(ErrorKind::kInvalidArgument,
                  "classes.spaces",
                  concat(join(first),
                         ", as train mode ",
                         to_string(mode),
                         " has them, then others of other names"),
                  spaces.empty() ? "none" : join(spaces));
}

void check_class_table(const ClassTable& classes, TrainMode mode, bool finite) {
  if (classes.names.empty()) {
    refuse_argument(ErrorKind::kInvalidArgument, "classes.names", "at least one class", "none");
  }
  check_spaces(classes.spaces, mode);
  const std::vector<std::string>& spaces = classes.spaces;
  if (classes.embeddings.size() != spaces.size()) {
    refuse_argument(ErrorKind::kShapeMismatch,
                    "classes.embeddings",
                    concat(spaces.size(), ", a matrix a space"),
                    classes.embeddings.size());
  }
  for (std::size_t s = 0; s < spaces.size(); ++s) {
    const std::string name = concat("classes.embeddings[", s, "]");
    check_shape(classes.embeddings[s], classes.size(), "a row a class", name);
    if (finite) check_finite(classes.embeddings[s], name);
  }
}

void check_dimension_names(const ClassTable& classes) {
  const auto& names = classes.dimension_names;
  if (names.empty()) return;
  if (names.size() != classes.spaces.size()) {
    refuse_argument(ErrorKind::kShapeMismatch,
                    "classes.dimension_names",
                    concat("none or ", classes.spaces.size(), ", a list a space"),
                    names.size());
  }
  for (std::size_t s = 0; s < names.size(); ++s) {
    const Index dims = classes.embeddings[s].cols();
    if (names[s].empty() || static_cast<Index>(names[s].size()) == dims) continue;
    refuse_argument(ErrorKind::kShapeMismatch,
                    concat("classes.dimension_names[", s, "]"),
                    concat("none or ", dims, ", a name a dimension"),
                    names[s].size());
  }
}

void check_labels(const std::vector<ClassId>& labels, Index num_classes) {
  if (labels.empty()) {
    refuse_argument(ErrorKind::kInvalidArgument, "labels", "at least one", "none");
  }
  const auto bad = std::find_if(
      labels.begin(), labels.end(), [&](ClassId c) { return c < 0 || c >= num_classes; });
  if (bad == labels.end()) return;
  refuse_argument(ErrorKind::kInvalidArgument,
                  "labels",
                  concat("classes 0 .. ", num_classes - 1),
                  concat(*bad, " at position ", bad - labels.begin(), " (counted from 0)"));
}

// The split as load_dataset checks and cleans it, in which errors are those of files.
Split checked_split(const DatasetArrays& arrays) {
  const Split& given = arrays.split;
  if (given.trainval.empty()) {
    refuse_argument(ErrorKind::kInvalidArgument, "split.trainval", "at least one row", "none");
  }
  RawSplit raw{{"split.trainval", given.trainval},
               {},
               {},
               NumberList{"split.test_seen", given.test_seen},
               {"split.test_unseen", given.test_unseen}};
  if (!given.train.empty()) raw.train = NumberList{"split.train", given.train};
  if (!given.val.empty()) raw.val = NumberList{"split.val", given.val};
  try {
    Split split = make_split(raw, static_cast<Index>(arrays.labels.size()), 0);
    check_split_classes(raw, arrays.labels, arrays.classes.names, split);
    return split;
  } catch (const Error& error) {
    throw Error(ErrorKind::kInvalidArgument, error.what());
  }
}

}  // namespace

Dataset dataset_from_arrays(Matrix<float>&& visual_features, DatasetArrays arrays) {
  check_class_table(arrays.classes, arrays.train_mode, !fills_in(arrays.missing_descriptions));
  check_dimension_names(arrays.classes);
  check_labels(arrays.labels, arrays.classes.size());
  const auto num_rows = static_cast<Index>(arrays.labels.size());
  check_shape(visual_features, num_rows, "a row a label", "visual_features");
  Dataset dataset;
  dataset.missing_features = arrays.missing_features;
  if (dataset.missing_features == MissingFeatures::kZero) {
    zero_missing(visual_features, dataset.zeroed_features);
  } else {
    check_finite(visual_features, "visual_features");
  }
  dataset.split = checked_split(arrays);
  dataset.name = std::move(arrays.name);
  dataset.layout = "arrays";
  dataset.train_mode = arrays.train_mode;
  dataset.original_attributes = arrays.original_attributes;
  dataset.has_original_attributes = arrays.original_attributes;
  dataset.visual_features = std::move(visual_features);
  dataset.labels = std::move(arrays.labels);
  dataset.classes = std::move(arrays.classes);
  dataset.missing_descriptions = arrays.missing_descriptions;
  fill_descriptions(dataset);
  derive_seen_classes(dataset);
  warn_of_doubtful_classes(dataset);
  DatasetFingerprint fingerprint;
  fingerprint.start_features(dataset.num_rows(), dataset.feature_dim());
  fingerprint.add_features(dataset.visual_features);
  dataset.fingerprint = fingerprint.finish(dataset);
  return dataset;
}

Dataset dataset_from_arrays(MatrixView<const float> visual_features, DatasetArrays arrays) {
  Matrix<float> copy = Matrix<float>::uninitialised(visual_features.rows(), visual_features.cols());
  for (Index row = 0; row < copy.rows(); ++row) {
    const auto source = visual_features.row(row);
    std::copy(source.begin(), source.end(), copy.row(row).begin());
  }
  return dataset_from_arrays(std::move(copy), std::move(arrays));
}

}  // namespace dem
