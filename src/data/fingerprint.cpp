#include "data/fingerprint.h"

#include <string_view>

#include "base/hash.h"

namespace dem {
namespace {

// Every array goes in as tag, extents, bytes, so that neither moving a number from one array to the
// next nor another shape of the same bytes gives the same hash.
class Hasher {
 public:
  void add(std::string_view tag, MatrixView<const float> matrix) {
    add_header(tag, matrix.rows(), matrix.cols());
    for (Index row = 0; row < matrix.rows(); ++row) {
      hash_.add(matrix.row(row).data(), matrix.row(row).size_bytes());
    }
  }
  template <typename T>
  void add(std::string_view tag, const std::vector<T>& values) {
    add_header(tag, static_cast<Index>(values.size()), static_cast<Index>(sizeof(T)));
    hash_.add(values.data(), values.size() * sizeof(T));
  }
  void add(std::string_view tag, std::string_view text) {
    add_header(tag, static_cast<Index>(text.size()), 1);
    hash_.add(text.data(), text.size());
  }
  [[nodiscard]] std::string hex() const { return hash_.hex(); }

 private:
  void add_header(std::string_view tag, Index rows, Index cols) {
    const auto length = static_cast<Index>(tag.size());
    hash_.add(&length, sizeof(length));
    hash_.add(tag.data(), tag.size());
    hash_.add(&rows, sizeof(rows));
    hash_.add(&cols, sizeof(cols));
  }

  Fingerprint hash_;
};

}  // namespace

std::string dataset_fingerprint(const Dataset& dataset) {
  Hasher hasher;
  hasher.add("visual_features", dataset.visual_features.view());
  hasher.add("labels", dataset.labels);
  for (Index c = 0; c < dataset.classes.size(); ++c) {
    const auto position = static_cast<std::size_t>(c);
    hasher.add(dataset.classes.seen[position] ? "seen" : "unseen",
               std::string_view(dataset.classes.names[position]));
  }
  for (std::size_t s = 0; s < dataset.classes.spaces.size(); ++s) {
    hasher.add(dataset.classes.spaces[s], dataset.classes.embeddings[s].view());
  }
  hasher.add("seen_classes", dataset.seen_classes);
  hasher.add("unseen_classes", dataset.unseen_classes);
  hasher.add("trainval", dataset.split.trainval);
  hasher.add("train", dataset.split.train);
  hasher.add("val", dataset.split.val);
  hasher.add("test_seen", dataset.split.test_seen);
  hasher.add("test_unseen", dataset.split.test_unseen);
  return hasher.hex();
}

}  // namespace dem
