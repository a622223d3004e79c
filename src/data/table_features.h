// The features of layout table: one file or several, by whose samples labels may go.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/feature_rows.h"
#include "data/table_labels.h"

namespace dem {

struct TableFeatures {
  std::vector<std::unique_ptr<ArrayFile>> files;
  std::vector<FeaturePart> parts;    // rows follow one another
  std::vector<std::string> samples;  // [n]: names; empty where the files have none
  Index dim = 0;

  // What messages call them: the file, or the first one and how many more.
  [[nodiscard]] std::string where() const;
};

// An array named features, or the only one, of each file: samples in rows; in a single .mat or HDF5
// file in columns where only so there are as many as `labels` has. Reads no features. Throws
// Error{kFormat} and Error{kShapeMismatch} where files differ in width, hold no matrix, or have
// other numbers of samples than labels that go by position.
[[nodiscard]] TableFeatures open_table_features(const std::vector<std::string>& paths,
                                                const TableLabels& labels);

}  // namespace dem
