// Classes and images made ready.
#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/parallel.h"
#include "learn/cnzsl/cnzsl_training.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr Index kImagesOfAPiece = 64;

// Less the centre, where there is one, and divided by what is then its norm.
void make_unit_image(std::span<const float> row,
                     std::span<const float> centre,
                     std::span<float> to) {
  if (centre.empty()) {
    std::copy(row.begin(), row.end(), to.begin());
  } else {
    std::transform(row.begin(), row.end(), centre.begin(), to.begin(), std::minus<>());
  }
  const double norm = std::sqrt(squared_norm(to));
  const double factor = norm > 0.0 ? 1.0 / norm : 0.0;
  for (float& value : to) value = static_cast<float>(factor * double{value});
}

// Class id -> row among the classes with images, or -1.
std::vector<Index> rows_of_classes(const TrainingImages& images, Index num_classes) {
  std::vector<Index> row(at(num_classes), -1);
  for (const ClassId label : images.labels) row[at(label)] = 0;
  Index next = 0;
  for (Index& r : row) {
    if (r == 0) r = next++;
  }
  return row;
}

}  // namespace

Matrix<float> scaled_descriptions(MatrixView<const float> rows, bool attribute_scale) {
  Matrix<float> out = Matrix<float>::uninitialised(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    const double norm = attribute_scale ? std::sqrt(squared_norm(rows.row(c))) : 1.0;
    const double length = attribute_scale ? std::sqrt(static_cast<double>(rows.cols())) : 1.0;
    const double factor = norm > 0.0 ? length / norm : 0.0;
    for (Index j = 0; j < rows.cols(); ++j) {
      out(c, j) = static_cast<float>(factor * double{rows(c, j)});
    }
  }
  return out;
}

std::vector<float> mean_image(const TrainingImages& images) {
  std::vector<double> sums(at(images.features.cols()), 0.0);
  for (const Index row : images.rows) {
    const auto values = images.features.row(row);
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += double{values[j]};
  }
  std::vector<float> mean;
  for (const double sum : sums) {
    mean.push_back(static_cast<float>(sum / static_cast<double>(images.rows.size())));
  }
  return mean;
}

CnzslProblem make_cnzsl_problem(const CnzslSettings& settings,
                                MatrixView<const float> descriptions,
                                const TrainingImages& images,
                                std::span<const float> centre) {
  CnzslProblem problem;
  const auto num_images = static_cast<Index>(images.rows.size());
  const std::vector<Index> row_of = rows_of_classes(images, descriptions.rows());
  const auto num_classes =
      std::count_if(row_of.begin(), row_of.end(), [](Index r) { return r >= 0; });
  Matrix<float> some = Matrix<float>::uninitialised(num_classes, descriptions.cols());
  for (Index c = 0; c < descriptions.rows(); ++c) {
    if (row_of[at(c)] < 0) continue;
    const auto from = descriptions.row(c);
    std::copy(from.begin(), from.end(), some.row(row_of[at(c)]).begin());
  }
  problem.descriptions = scaled_descriptions(some, settings.attribute_scale);
  problem.images = Matrix<float>::uninitialised(num_images, images.features.cols());
  parallel_for(num_images, kImagesOfAPiece, [&](Index first, Index last) {
    for (Index i = first; i < last; ++i) {
      make_unit_image(images.features.row(images.rows[at(i)]), centre, problem.images.row(i));
    }
  });
  for (const ClassId label : images.labels) problem.labels.push_back(row_of[at(label)]);
  return problem;
}

}  // namespace dem
