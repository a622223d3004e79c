#include "learn/rank_statistics.h"

#include <algorithm>

#include "base/at.h"

namespace dem {

std::vector<StatisticsGatherer::Image> training_images(const TrainingSet& data) {
  using Image = StatisticsGatherer::Image;
  std::vector<Image> images;
  images.reserve(data.rows.size());
  for (const Index row : data.rows) {
    const Index held = data.feature_rows.empty() ? row : data.feature_rows[at(row)];
    if (held >= 0) images.push_back({held, data.labels[at(row)]});
  }
  std::sort(
      images.begin(), images.end(), [](const Image& a, const Image& b) { return a.row < b.row; });
  return images;
}

CountsAndMeans share_means(Communicator& group, std::vector<Index>& counts, Matrix<double>& means) {
  CountsAndMeans own{counts, means.clone()};
  group.sum(std::span(counts));
  for (Index c = 0; c < means.rows(); ++c) {
    for (double& mean : means.row(c)) mean *= static_cast<double>(own.counts[at(c)]);
  }
  group.sum(std::span(means.data(), at(means.size())));
  for (Index c = 0; c < means.rows(); ++c) {
    const auto all = static_cast<double>(std::max<Index>(counts[at(c)], 1));
    for (double& mean : means.row(c)) mean /= all;
  }
  return own;
}

void share_ranges(Communicator& group, std::vector<float>& lowest, std::vector<float>& highest) {
  std::vector<double> ends(lowest.begin(), lowest.end());
  for (const float value : highest) ends.push_back(-double{value});
  group.least(ends);
  for (std::size_t j = 0; j < lowest.size(); ++j) {
    lowest[j] = static_cast<float>(ends[j]);
    highest[j] = static_cast<float>(-ends[lowest.size() + j]);
  }
}

}  // namespace dem
