// Strings in HDF5 files: HDF5's own and MATLAB's.
#pragma once

#include <string>
#include <vector>

#include "io/hdf5_dataset.h"

namespace dem::hdf5 {

// Whether the first reference of a cell array leads to characters (or to nothing, an empty string).
[[nodiscard]] bool starts_with_text(const Dataset& cell, const std::string& where);

// The strings of a dataset whose content is kStrings, kCharacters or kCell.
[[nodiscard]] std::vector<std::string> read_text(const Dataset& dataset, const std::string& where);

}  // namespace dem::hdf5
