// A small problem for closed forms: images, class embeddings, and their statistics.
#pragma once

#include <vector>

#include "base/at.h"
#include "dem/learn/class_statistics.h"
#include "support/random_matrix.h"

namespace dem::test {

constexpr Index kClasses = 6;
constexpr Index kEmptyClass = 2;

struct Images {
  Images(Index count, Index feature_dim, Index embedding_dim)
      : embeddings(normal_doubles(kClasses, embedding_dim, rng)),
        features(normal_matrix(count, feature_dim, 1.0, rng)) {
    for (Index i = 0; i < count; ++i) {
      const Index c = (i * i) % kClasses;  // 0, 1, 4, 3, 4, 1: uneven
      labels.push_back(static_cast<ClassId>(i == 0 ? 5 : c));
      for (float& value : features.row(i)) value += 1.0f + 0.3f * static_cast<float>(c);
    }
    StatisticsGatherer gatherer(kClasses, feature_dim, true);
    gatherer.add(features, labels);
    statistics = gatherer.finish();
  }

  [[nodiscard]] std::span<const double> embedding_of(Index image) const {
    return embeddings.row(labels[at(image)]);
  }
  [[nodiscard]] std::vector<double> feature(Index image) const {
    const auto row = features.row(image);
    return {row.begin(), row.end()};
  }

  Rng rng{12, Purpose::kInit};
  Matrix<double> embeddings;
  Matrix<float> features;
  std::vector<ClassId> labels;
  ClassStatistics statistics;
};

inline double squared(const Matrix<double>& matrix) {
  double sum = 0.0;
  for (Index i = 0; i < matrix.size(); ++i) sum += matrix.data()[i] * matrix.data()[i];
  return sum;
}

inline std::span<double> all_of(Matrix<double>& matrix) {
  return {matrix.data(), at(matrix.size())};
}

}  // namespace dem::test
