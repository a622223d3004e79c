// The features of a dataset out of its files: all rows, or those of a shard.
#pragma once

#include <span>

#include "data/array_access.h"
#include "data/fingerprint.h"
#include "dem/data/dataset.h"

namespace dem {

// A matrix [rows, feature_dim] in a file, samples along row_axis, that holds some of the dataset's
// rows.
struct FeaturePart {
  ArrayRef array;
  int row_axis = 0;
  Index rows = 0;
};

// Fills visual_features, feature_rows and file_starts of a dataset of which all else is there from
// `parts`, whose rows follow one another, or gives them to options.on_features, and adds the
// features to the fingerprint. What is not finite becomes 0 where dataset.missing_features says so,
// with a line of the log. Throws as read_finite does, on every rank alike.
void read_features(std::span<const FeaturePart> parts,
                   Index feature_dim,
                   const DatasetOptions& options,
                   Dataset& dataset,
                   DatasetFingerprint& fingerprint);

}  // namespace dem
