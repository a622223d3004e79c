// Matrix datasets of HDF5 files, read in blocks.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "dem/io/row_reader.h"
#include "io/hdf5_dataset.h"

namespace dem::hdf5 {

struct Block {
  Index rows;
  Index cols;
};

// Opens the dataset again, with a cache that holds one of its chunks. Closes it before: the library
// keeps the cache of an open dataset.
void widen_chunk_cache(hid_t file,
                       const std::string& name,
                       const std::string& where,
                       Dataset& dataset);

// Reads rows x cols values at `start` (row, column) of a matrix dataset as `type` to `to`.
void read_block(const Dataset& dataset,
                hid_t type,
                std::pair<Index, Index> start,
                Block block,
                void* to,
                const std::string& where);

// Rows along `row_axis` of a numeric matrix dataset; the file outlives the reader. Reads bands of
// whole chunks where one takes at most 64 MiB, so that no chunk is inflated twice.
[[nodiscard]] std::unique_ptr<RowReader> open_rows(
    hid_t file, const std::string& name, Dataset dataset, int row_axis, const std::string& where);

}  // namespace dem::hdf5
