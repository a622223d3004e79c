// Chunks of a matrix dataset, undone by all threads: HDF5 itself does one at a time.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "io/hdf5_dataset.h"
#include "io/hdf5_rows.h"
#include "io/hdf5_storage.h"

namespace dem::hdf5 {

// Not thread-safe. `dataset` must outlive it.
class ChunkReader {
 public:
  // None where HDF5 has to read the dataset: not chunked, chunks of more than 8 MiB, filters other
  // than deflate and shuffle, or numbers stored in another way than `memory`.
  [[nodiscard]] static std::optional<ChunkReader> of(const Dataset& dataset,
                                                     MemoryType memory,
                                                     const std::string& where);

  // A part of a chunk in memory: the values from (row, col) of the dataset on.
  struct Part {
    Index row, rows;
    Index col, cols;
    const std::byte* bytes;
    Index row_stride;  // bytes
  };

  // Calls use(part) for parts that make up `block` at (row, col), on any thread and in any order.
  // Throws Error{kFormat} where a chunk is broken.
  void read(Index row, Index col, Block block, const std::function<void(const Part&)>& use);

 private:
  struct Chunk {
    Index row, col;
    std::size_t begin, size;  // of its bytes in raw_
    unsigned skipped_filters;
  };

  ChunkReader(const Dataset& dataset, ChunkFilters filters, std::string where);
  [[noreturn]] void refuse(const std::string& what) const;
  void fetch(Index row, Index col);
  void undo(const Chunk& chunk, const std::function<void(const std::byte*)>& use) const;

  const Dataset& dataset_;
  ChunkFilters filters_;
  std::string where_;
  Index size_;  // bytes of a value
  std::size_t chunk_bytes_;
  std::vector<Chunk> fetched_;
  std::vector<std::byte> raw_;
};

}  // namespace dem::hdf5
