// Datasets for tests of scored folds, and what these must be, in plain loops.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/at.h"
#include "dem/data/dataset.h"
#include "dem/learn/class_statistics.h"
#include "dem/learn/scored_fold.h"
#include "support/random_matrix.h"

namespace dem::test {

// counts[c] training images of seen class c, far from zero and mixed up, and 30 test images, of
// class 0 and of a last class, which is not seen.
inline Dataset scored_dataset(const std::vector<Index>& counts, Index feature_dim) {
  Dataset dataset;
  const auto unseen = static_cast<ClassId>(counts.size());
  for (ClassId c = 0; c < unseen; ++c) {
    dataset.seen_classes.push_back(c);
    dataset.labels.insert(dataset.labels.end(), at(counts[at(c)]), c);
  }
  Rng rng(3, Purpose::kInit);
  shuffle(std::span<ClassId>(dataset.labels), rng);
  for (Index row = 0; row < dataset.num_rows(); ++row) dataset.split.trainval.push_back(row);
  for (int i = 0; i < 15; ++i) {
    for (const ClassId c : {ClassId{0}, unseen}) {
      auto& list = c == 0 ? dataset.split.test_seen : dataset.split.test_unseen;
      list.push_back(dataset.num_rows());
      dataset.labels.push_back(c);
    }
  }
  dataset.unseen_classes = {unseen};
  dataset.visual_features = normal_matrix(dataset.num_rows(), feature_dim, 0.5, rng);
  for (Index i = 0; i < dataset.visual_features.size(); ++i) {
    dataset.visual_features.data()[i] += 50.0f;
  }
  for (ClassId c = 0; c <= unseen; ++c) {
    dataset.classes.names.push_back("class " + std::to_string(c));
    dataset.classes.seen.push_back(c != unseen);
  }
  dataset.classes.spaces = {"attribute"};
  dataset.classes.embeddings.push_back(normal_matrix(unseen + 1, 2, 1.0, rng));
  return dataset;
}

// Rows by their features, which differ: lists of those with the same.
using RowsByFeatures = std::map<std::vector<float>, std::vector<Index>>;

inline std::vector<float> key_of(std::span<const float> row) {
  return {row.begin(), row.end()};
}

inline RowsByFeatures rows_by_features(MatrixView<const float> features) {
  RowsByFeatures rows;
  for (Index i = 0; i < features.rows(); ++i) rows[key_of(features.row(i))].push_back(i);
  return rows;
}

// The first row of the dataset that each row of `rows` is.
inline std::vector<Index> found_rows(const ScoredFold::Rows& rows, const RowsByFeatures& all) {
  std::vector<Index> found;
  EXPECT_EQ(rows.features.rows(), static_cast<Index>(rows.labels.size()));
  for (Index i = 0; i < rows.features.rows(); ++i) {
    const auto place = all.find(key_of(rows.features.row(i)));
    found.push_back(place == all.end() ? -1 : place->second.front());
  }
  return found;
}

inline bool contains(std::span<const ClassId> classes, ClassId c) {
  return std::find(classes.begin(), classes.end(), c) != classes.end();
}

// By definition, of some rows.
inline ClassStatistics naive_statistics(MatrixView<const float> features,
                                        std::span<const ClassId> labels,
                                        std::span<const Index> rows,
                                        Index num_classes) {
  const Index dim = features.cols();
  ClassStatistics out{std::vector<Index>(at(num_classes)),
                      Matrix<double>(num_classes, dim),
                      std::vector<double>(at(dim)),
                      std::vector<float>(at(dim), std::numeric_limits<float>::infinity()),
                      std::vector<float>(at(dim), -std::numeric_limits<float>::infinity()),
                      Matrix<double>(dim, dim)};
  for (const Index row : rows) ++out.counts[at(labels[at(row)])];
  for (const Index row : rows) {
    const ClassId c = labels[at(row)];
    for (Index j = 0; j < dim; ++j) {
      out.means(c, j) += double{features(row, j)} / static_cast<double>(out.counts[at(c)]);
      out.lowest[at(j)] = std::min(out.lowest[at(j)], features(row, j));
      out.highest[at(j)] = std::max(out.highest[at(j)], features(row, j));
    }
  }
  for (const Index row : rows) {
    const ClassId c = labels[at(row)];
    for (Index i = 0; i < dim; ++i) {
      const double d = double{features(row, i)} - out.means(c, i);
      out.scatter[at(i)] += d * d;
      for (Index j = 0; j < dim; ++j) {
        out.second_moment(i, j) += d * (double{features(row, j)} - out.means(c, j));
      }
    }
  }
  return out;
}

inline bool same_values(const Matrix<float>& a, const Matrix<float>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::equal(a.data(), a.data() + a.size(), b.data());
}

inline bool same_rows(const ScoredFold::Rows& a, const ScoredFold::Rows& b) {
  return a.labels == b.labels && same_values(a.features, b.features);
}

}  // namespace dem::test
