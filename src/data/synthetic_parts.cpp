#include "data/synthetic_parts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dem {
namespace {

constexpr std::uint64_t kLayoutStreams = std::uint64_t{1} << 62;

Rng layout_stream(const SyntheticOptions& options, std::uint64_t number) {
  return {options.seed, Purpose::kSynthetic, kLayoutStreams + number};
}

}  // namespace

Rng class_stream(const SyntheticOptions& options) {
  return layout_stream(options, 0);
}

Rng size_stream(const SyntheticOptions& options) {
  return layout_stream(options, 1);
}

Rng row_stream(const SyntheticOptions& options) {
  return layout_stream(options, 2);
}

std::vector<Index> class_sizes(Index count, Index num_classes, Rng& rng) {
  std::vector<double> ends(static_cast<std::size_t>(num_classes));
  double total = 0.0;
  for (double& end : ends) {
    total += 0.5 + rng.uniform();
    end = total;
  }
  const auto extra = static_cast<double>(count - num_classes);
  std::vector<Index> sizes;
  Index used = 0;
  for (const double end : ends) {
    const auto share = static_cast<Index>(std::llround(extra * end / total));
    sizes.push_back(1 + share - used);
    used = share;
  }
  return sizes;
}

SeenAndUnseen draw_classes(const SyntheticOptions& options) {
  std::vector<ClassId> order(
      static_cast<std::size_t>(options.num_seen_classes + options.num_unseen_classes));
  std::iota(order.begin(), order.end(), ClassId{0});
  Rng rng = class_stream(options);
  shuffle(std::span<ClassId>(order), rng);
  const auto border = order.begin() + options.num_seen_classes;
  SeenAndUnseen classes{{order.begin(), border}, {border, order.end()}};
  std::sort(classes.seen.begin(), classes.seen.end());
  std::sort(classes.unseen.begin(), classes.unseen.end());
  return classes;
}

std::vector<ClassId> repeat(const std::vector<ClassId>& classes, const std::vector<Index>& sizes) {
  std::vector<ClassId> labels;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    labels.insert(labels.end(), static_cast<std::size_t>(sizes[i]), classes[i]);
  }
  return labels;
}

Matrix<float> gather_rows(const Matrix<float>& source, std::span<const ClassId> rows) {
  Matrix<float> out = Matrix<float>::uninitialised(static_cast<Index>(rows.size()), source.cols());
  for (Index i = 0; i < out.rows(); ++i) {
    const auto row = source.row(rows[static_cast<std::size_t>(i)]);
    std::copy(row.begin(), row.end(), out.row(i).begin());
  }
  return out;
}

}  // namespace dem
