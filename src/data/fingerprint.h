// What a dataset holds, as one number.
#pragma once

#include <string>

#include "base/hash.h"
#include "dem/data/dataset.h"

namespace dem {

// Hash of features, labels, class table, class lists and split, with their shapes. The same for the
// same content, whatever the files are called, however they are encoded, and whichever of the rows
// are held.
class DatasetFingerprint {
 public:
  // First the shape of all features, then all their rows in order, in blocks of any size.
  void start_features(Index rows, Index cols);
  void add_features(MatrixView<const float> block);
  // Last everything else of `dataset`. Returns 32 hex digits.
  [[nodiscard]] std::string finish(const Dataset& dataset);

 private:
  Fingerprint hash_;
};

}  // namespace dem
