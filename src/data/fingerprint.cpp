#include "data/fingerprint.h"

#include <string_view>

namespace dem {
namespace {

// Every array goes in as tag, extents, bytes, so that neither moving a number from one array to the
// next nor another shape of the same bytes gives the same hash.
class Hasher {
 public:
  explicit Hasher(Fingerprint& hash) : hash_(hash) {}

  void add_header(std::string_view tag, Index rows, Index cols) {
    const auto length = static_cast<Index>(tag.size());
    hash_.add(&length, sizeof(length));
    hash_.add(tag.data(), tag.size());
    hash_.add(&rows, sizeof(rows));
    hash_.add(&cols, sizeof(cols));
  }
  void add_rows(MatrixView<const float> matrix) {
    for (Index row = 0; row < matrix.rows(); ++row) {
      hash_.add(matrix.row(row).data(), matrix.row(row).size_bytes());
    }
  }
  void add(std::string_view tag, MatrixView<const float> matrix) {
    add_header(tag, matrix.rows(), matrix.cols());
    add_rows(matrix);
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

 private:
  Fingerprint& hash_;
};

}  // namespace

void DatasetFingerprint::start_features(Index rows, Index cols) {
  Hasher(hash_).add_header("visual_features", rows, cols);
}

void DatasetFingerprint::add_features(MatrixView<const float> block) {
  Hasher(hash_).add_rows(block);
}

std::string DatasetFingerprint::finish(const Dataset& dataset) {
  Hasher hasher(hash_);
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
  return hash_.hex();
}

}  // namespace dem
