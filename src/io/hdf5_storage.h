// How the values of an HDF5 dataset are stored, and whether all of them are.
#pragma once

#include <string>

#include "io/hdf5_dataset.h"

namespace dem::hdf5 {

// Fills in `chunk`. Where the values are not in this file, or not all of them, says why: HDF5 would
// read the missing ones as zeros, and a lying shape would make a caller ask for memory without end.
// Empty where all is well.
[[nodiscard]] std::string inspect_storage(const std::string& where, Dataset& dataset);

// What undoes the storage of a chunk: h5py's and MATLAB's usual filters, in the order of writing.
struct ChunkFilters {
  bool known = false;  // nothing but these, and whole chunks at the edges too
  int shuffle = -1;    // the place of the byte shuffle among the filters; -1 for none
  int deflate = -1;
};
[[nodiscard]] ChunkFilters chunk_filters(const Dataset& dataset, const std::string& where);

// Throws Error{kUnsupported} naming a filter that this HDF5 library lacks.
void require_filters(const Dataset& dataset, const std::string& where);

}  // namespace dem::hdf5
