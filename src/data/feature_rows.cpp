#include "data/feature_rows.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/large_pages.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr Index kBlockBytes = Index{8} << 20;  // of a file, read at a time for a shard

// [num_rows]: numbers the rows of a shard in their order; -1 for all others. In their order, since
// so they come out of the file.
std::vector<Index> deal_rows(const Split& split,
                             Index num_rows,
                             const DatasetOptions::Shard& shard) {
  constexpr Index kUnlisted = -1;
  std::vector<Index> places(static_cast<std::size_t>(num_rows), kUnlisted);
  for (const std::vector<Index>* list : {&split.trainval, &split.test_unseen, &split.test_seen}) {
    for (std::size_t position = 0; position < list->size(); ++position) {
      Index& place = places[static_cast<std::size_t>((*list)[position])];
      if (place == kUnlisted) place = static_cast<Index>(position);
    }
  }
  Index held = 0;
  for (std::size_t row = 0; row < places.size(); ++row) {
    const Index place = places[row] == kUnlisted ? static_cast<Index>(row) : places[row];
    places[row] = place % shard.size == shard.rank ? held++ : -1;
  }
  return places;
}

Matrix<float> uninitialised_features(Index rows, Index cols) {
  Matrix<float> features = Matrix<float>::uninitialised(rows, cols);
  prefer_large_pages(features.data(), static_cast<std::size_t>(features.size()) * sizeof(float));
  return features;
}

// Of rows from `first` on of a part.
void settle_missing(const FeaturePart& part,
                    Index first,
                    MatrixView<float> rows,
                    Dataset& dataset) {
  if (dataset.missing_features == MissingFeatures::kZero) {
    return zero_missing(rows, dataset.zeroed_features);
  }
  try {
    require_finite(part.array, part.row_axis, rows, first);
  } catch (const Error& error) {
    throw Error(error.kind(), concat(error.what(), "; missing features zero takes it as 0"));
  }
}

void read_whole(std::span<const FeaturePart> parts,
                Dataset& dataset,
                DatasetFingerprint& fingerprint) {
  Index first = 0;
  for (const FeaturePart& part : parts) {
    const MatrixView<float> rows = dataset.visual_features.view().row_block(first, part.rows);
    part.array.file->read_matrix(*part.array.info, part.row_axis, rows);
    settle_missing(part, 0, rows, dataset);
    first += part.rows;
  }
  fingerprint.add_features(dataset.visual_features);
}

// Calls visit(first row, rows) for every block of `part`, once it has been checked and hashed.
// Readers that cannot give blocks (CSV, arrays of a few bytes) hold the whole array meanwhile.
template <typename Visit>
void stream(const FeaturePart& part,
            Dataset& dataset,
            DatasetFingerprint& fingerprint,
            Visit&& visit) {
  const Index feature_dim = dataset.feature_dim();
  const Index row_bytes = feature_dim * static_cast<Index>(sizeof(float));
  const Index block_rows = std::clamp<Index>(kBlockBytes / row_bytes, 1, part.rows);
  Matrix<float> block = Matrix<float>::uninitialised(block_rows, feature_dim);
  const std::unique_ptr<RowReader> reader =
      part.array.file->open_rows(*part.array.info, part.row_axis);
  for (Index first = 0; first < part.rows; first = reader->position()) {
    const Index count = reader->read(block);
    DEM_CHECK_LE(Index{1}, count);
    const MatrixView<float> rows = block.view().row_block(0, count);
    settle_missing(part, first, rows, dataset);
    fingerprint.add_features(rows);
    visit(first, MatrixView<const float>(rows));
  }
}

void read_shard(std::span<const FeaturePart> parts,
                Dataset& dataset,
                DatasetFingerprint& fingerprint) {
  Index part_first = 0;
  for (const FeaturePart& part : parts) {
    const auto keep = [&](Index first, MatrixView<const float> rows) {
      for (Index i = 0; i < rows.rows(); ++i) {
        const auto row = static_cast<std::size_t>(part_first + first + i);
        const Index held = dataset.feature_rows[row];
        const std::span<const float> x = rows.row(i);
        if (held >= 0) std::copy(x.begin(), x.end(), dataset.visual_features.row(held).begin());
      }
    };
    stream(part, dataset, fingerprint, keep);
    part_first += part.rows;
  }
}

void give_away(std::span<const FeaturePart> parts,
               const DatasetOptions& options,
               Dataset& dataset,
               DatasetFingerprint& fingerprint) {
  Index part_first = 0;
  for (const FeaturePart& part : parts) {
    stream(part, dataset, fingerprint, [&](Index first, MatrixView<const float> rows) {
      options.on_features(dataset, part_first + first, rows);
    });
    part_first += part.rows;
  }
}

void log_zeroed(const Dataset& dataset, Index num_rows) {
  const ZeroedFeatures& zeroed = dataset.zeroed_features;
  if (zeroed.values == 0) return;
  log(LogLevel::kInfo,
      concat(dataset.name,
             ": features that are not finite: ",
             zeroed.values,
             " in ",
             zeroed.rows,
             " of ",
             num_rows,
             " rows; taken as 0"));
}

// Fills visual_features and feature_rows, or gives the features away.
void read_rows(std::span<const FeaturePart> parts,
               Index num_rows,
               Index feature_dim,
               const DatasetOptions& options,
               Dataset& dataset,
               DatasetFingerprint& fingerprint) {
  if (options.on_features) {
    dataset.visual_features = Matrix<float>(0, feature_dim);
    return give_away(parts, options, dataset, fingerprint);
  }
  if (options.shard.size == 1) {
    dataset.visual_features = uninitialised_features(num_rows, feature_dim);
    return read_whole(parts, dataset, fingerprint);
  }
  dataset.feature_rows = deal_rows(dataset.split, num_rows, options.shard);
  const auto others =
      std::count(dataset.feature_rows.begin(), dataset.feature_rows.end(), Index{-1});
  dataset.visual_features = uninitialised_features(num_rows - others, feature_dim);
  read_shard(parts, dataset, fingerprint);
}

}  // namespace

void read_features(std::span<const FeaturePart> parts,
                   Index feature_dim,
                   const DatasetOptions& options,
                   Dataset& dataset,
                   DatasetFingerprint& fingerprint) {
  Index num_rows = 0;
  for (const FeaturePart& part : parts) {
    if (parts.size() > 1) dataset.file_starts.push_back(num_rows);
    num_rows += part.rows;
  }
  if (dataset.missing_features == MissingFeatures::kZero) {
    for (const FeaturePart& part : parts) part.array.file->take_missing_cells();
  }
  fingerprint.start_features(num_rows, feature_dim);
  read_rows(parts, num_rows, feature_dim, options, dataset, fingerprint);
  log_zeroed(dataset, num_rows);
}

}  // namespace dem
