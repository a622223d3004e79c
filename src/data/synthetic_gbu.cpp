// Synthetic data in layout gbu.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "base/text.h"
#include "data/synthetic_model.h"
#include "data/synthetic_parts.h"

namespace dem {
namespace {

// Rows lie class after class, in the order of the class numbers, as in the published files.
struct Rows {
  std::vector<ClassId> labels;
  std::vector<Index> trainval, train, val, test_seen, test_unseen;
};

// How many images of each kind a class has.
struct ClassSizes {
  std::vector<Index> train, test_seen, test_unseen;  // [num_classes]
};

ClassSizes draw_sizes(const SyntheticOptions& options, const SeenAndUnseen& classes) {
  const std::size_t num_classes = classes.seen.size() + classes.unseen.size();
  Rng rng = size_stream(options);
  const auto spread = [&](Index count, const std::vector<ClassId>& ids) {
    std::vector<Index> sizes(num_classes);
    const auto drawn = class_sizes(count, static_cast<Index>(ids.size()), rng);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      sizes[static_cast<std::size_t>(ids[i])] = drawn[i];
    }
    return sizes;
  };
  ClassSizes sizes;
  sizes.train = spread(options.num_train_images, classes.seen);
  sizes.test_seen = spread(options.num_test_seen_images, classes.seen);
  sizes.test_unseen = spread(options.num_test_images, classes.unseen);
  return sizes;
}

// A fifth of the seen classes. At least two of four, for one alone is always right among itself;
// of two or three one, of one none.
std::vector<bool> draw_val_classes(const SeenAndUnseen& classes, Rng& rng) {
  std::vector<bool> is_val(classes.seen.size() + classes.unseen.size());
  std::vector<ClassId> seen = classes.seen;
  shuffle(std::span<ClassId>(seen), rng);
  const std::size_t least = std::min<std::size_t>(seen.size() / 2, 2);
  const std::size_t count = std::max(least, seen.size() / 5);
  for (std::size_t i = 0; i < count; ++i) is_val[static_cast<std::size_t>(seen[i])] = true;
  return is_val;
}

Rows draw_rows(const SyntheticOptions& options, const SeenAndUnseen& classes) {
  const ClassSizes sizes = draw_sizes(options, classes);
  Rng rng = row_stream(options);
  const std::vector<bool> is_val = draw_val_classes(classes, rng);
  Rows rows;
  for (std::size_t c = 0; c < is_val.size(); ++c) {
    const Index trained = sizes.train[c];
    const Index count = trained + sizes.test_seen[c] + sizes.test_unseen[c];
    std::vector<Index> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), static_cast<Index>(rows.labels.size()));
    shuffle(std::span<Index>(order), rng);
    rows.labels.insert(rows.labels.end(), order.size(), static_cast<ClassId>(c));
    for (Index i = 0; i < count; ++i) {
      const Index row = order[static_cast<std::size_t>(i)];
      if (i < trained) {
        rows.trainval.push_back(row);
        (is_val[c] ? rows.val : rows.train).push_back(row);
      } else {
        (sizes.test_unseen[c] > 0 ? rows.test_unseen : rows.test_seen).push_back(row);
      }
    }
  }
  for (auto* list : {&rows.trainval, &rows.train, &rows.val, &rows.test_seen, &rows.test_unseen}) {
    std::sort(list->begin(), list->end());
  }
  return rows;
}

Matrix<float> unit_rows(const Matrix<float>& matrix) {
  Matrix<float> out = matrix.clone();
  for (Index i = 0; i < out.rows(); ++i) {
    double squares = 0.0;
    for (const float value : out.row(i)) squares += static_cast<double>(value) * value;
    const double scale = squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
    for (float& value : out.row(i)) value = static_cast<float>(value * scale);
  }
  return out;
}

// MATLAB's [dim, n]: a sample a column.
MatVariable columns(const char* name, const Matrix<float>& matrix) {
  return {name, matrix.view(), ElementType::kFloat64, /*transposed=*/true};
}

void write_split(const std::string& path, const SyntheticModel& model, const Rows& rows) {
  const Matrix<float> unit = unit_rows(model.attributes());
  std::vector<std::string> names;
  for (Index c = 1; c <= unit.rows(); ++c) names.push_back(concat("synthetic-", c));
  const NumberColumn lists[] = {{"trainval_loc", rows.trainval},
                                {"train_loc", rows.train},
                                {"val_loc", rows.val},
                                {"test_seen_loc", rows.test_seen},
                                {"test_unseen_loc", rows.test_unseen}};
  std::vector<MatVariable> variables = {columns("att", unit),
                                        columns("original_att", model.attributes()),
                                        {"allclasses_names", std::span<const std::string>(names)}};
  for (const NumberColumn& list : lists) variables.push_back(list.variable());
  write_mat5(path, variables);
}

}  // namespace

std::vector<std::string> write_synthetic_gbu(const SyntheticOptions& options) {
  const SyntheticModel model(options);
  const Rows rows = draw_rows(options, draw_classes(options));
  const std::string folder = concat(options.output, "/", options.name);
  std::filesystem::create_directories(folder);
  const std::string features_path = folder + "/res101.mat";
  const std::string split_path = folder + "/att_splits.mat";
  Matrix<float> features =
      Matrix<float>::uninitialised(static_cast<Index>(rows.labels.size()), options.feature_dim);
  model.draw_images(rows.labels, 0, features);
  const NumberColumn labels("labels", rows.labels);
  const MatVariable variables[] = {columns("features", features), labels.variable()};
  write_mat5(features_path, variables);
  write_split(split_path, model, rows);
  return {features_path, split_path};
}

}  // namespace dem
