#include "io/hdf5_chunks.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/zlib_data.h"

namespace dem::hdf5 {
namespace {

constexpr std::size_t kMostChunkBytes = std::size_t{8} << 20;
constexpr std::size_t kBatchBytes = std::size_t{8} << 20;  // as stored, fetched at a time
constexpr std::size_t kMostBatch = 256;                    // chunks
// Of a batch once inflated: each thread holds the chunk that it is at, twice.
constexpr std::size_t kMostInflated = std::size_t{16} << 20;

// Puts the bytes of each value together again: of all first bytes, then all second ones, ...
template <std::size_t kSize>
void unshuffle(const std::byte* from, std::size_t count, std::byte* to) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t b = 0; b < kSize; ++b) to[i * kSize + b] = from[b * count + i];
  }
}

void unshuffle(std::span<const std::byte> from, std::size_t size, std::byte* to) {
  switch (size) {
    case 2:
      return unshuffle<2>(from.data(), from.size() / 2, to);
    case 4:
      return unshuffle<4>(from.data(), from.size() / 4, to);
    case 8:
      return unshuffle<8>(from.data(), from.size() / 8, to);
    default:
      std::copy(from.begin(), from.end(), to);
  }
}

}  // namespace

std::optional<ChunkReader> ChunkReader::of(const Dataset& dataset,
                                           MemoryType memory,
                                           const std::string& where) {
  if (dataset.chunk.size() != 2 || H5Tequal(dataset.type, memory.type) <= 0) return std::nullopt;
  const auto most = static_cast<Index>(kMostChunkBytes / element_size(memory.element));
  if (dataset.chunk[0] > most / dataset.chunk[1]) return std::nullopt;
  const ChunkFilters filters = chunk_filters(dataset, where);
  if (!filters.known) return std::nullopt;
  return ChunkReader(dataset, filters, where);
}

ChunkReader::ChunkReader(const Dataset& dataset, ChunkFilters filters, std::string where)
    : dataset_(dataset),
      filters_(filters),
      where_(std::move(where)),
      size_(static_cast<Index>(H5Tget_size(dataset.type))),
      chunk_bytes_(static_cast<std::size_t>(dataset.chunk[0] * dataset.chunk[1] * size_)) {}

// Not hdf5::fail: the threads have called no HDF5.
void ChunkReader::refuse(const std::string& what) const {
  throw Error(ErrorKind::kFormat, concat(where_, ": its data cannot be read: ", what));
}

// Behind those that were fetched.
void ChunkReader::fetch(Index row, Index col) {
  constexpr const char* kUnreadable = "its data cannot be read";
  const hsize_t offset[2] = {static_cast<hsize_t>(row), static_cast<hsize_t>(col)};
  hsize_t size = 0;
  checked(H5Dget_chunk_storage_size(dataset_.id, offset, &size), where_, kUnreadable);
  // deflate adds less than this to what it cannot shrink.
  const bool plausible =
      filters_.deflate >= 0 ? size <= 2 * chunk_bytes_ + 1024 : size == chunk_bytes_;
  if (!plausible) refuse(concat("a chunk of ", size, " bytes"));
  const std::size_t begin = fetched_.empty() ? 0 : fetched_.back().begin + fetched_.back().size;
  if (raw_.size() < begin + size) raw_.resize(begin + size);
  std::uint32_t skipped = 0;
  checked(H5Dread_chunk(dataset_.id, H5P_DEFAULT, offset, &skipped, raw_.data() + begin),
          where_,
          kUnreadable);
  fetched_.push_back({row, col, begin, static_cast<std::size_t>(size), skipped});
}

void ChunkReader::undo(const Chunk& chunk, const std::function<void(const std::byte*)>& use) const {
  const auto applied = [&](int filter) {
    return filter >= 0 && (chunk.skipped_filters >> filter & 1) == 0;
  };
  std::span<const std::byte> bytes = std::span(raw_).subspan(chunk.begin, chunk.size);
  std::unique_ptr<std::byte[]> inflated, in_order;
  if (applied(filters_.deflate)) {
    inflated = std::make_unique_for_overwrite<std::byte[]>(chunk_bytes_ + 1);
    if (const char* problem = inflate_zlib(bytes, {inflated.get(), chunk_bytes_ + 1})) {
      refuse(concat("a chunk cannot be inflated: ", problem));
    }
    bytes = {inflated.get(), chunk_bytes_};
  }
  if (bytes.size() != chunk_bytes_) refuse(concat("a chunk of ", bytes.size(), " bytes"));
  if (applied(filters_.shuffle) && size_ > 1) {
    in_order = std::make_unique_for_overwrite<std::byte[]>(chunk_bytes_);
    unshuffle(bytes, static_cast<std::size_t>(size_), in_order.get());
    bytes = {in_order.get(), chunk_bytes_};
  }
  use(bytes.data());
}

void ChunkReader::read(Index row,
                       Index col,
                       Block block,
                       const std::function<void(const Part&)>& use) {
  const Index chunk_rows = dataset_.chunk[0], chunk_cols = dataset_.chunk[1];
  const Index end_row = row + block.rows, end_col = col + block.cols;
  const auto flush = [&] {
    parallel_for(static_cast<Index>(fetched_.size()), 1, [&](Index i, Index) {
      const Chunk& chunk = fetched_[static_cast<std::size_t>(i)];
      undo(chunk, [&](const std::byte* bytes) {
        Part part{
            std::max(row, chunk.row), 0, std::max(col, chunk.col), 0, nullptr, chunk_cols * size_};
        part.rows = std::min(end_row, chunk.row + chunk_rows) - part.row;
        part.cols = std::min(end_col, chunk.col + chunk_cols) - part.col;
        part.bytes =
            bytes + (part.row - chunk.row) * part.row_stride + (part.col - chunk.col) * size_;
        use(part);
      });
    });
    fetched_.clear();
  };
  fetched_.clear();  // of a read that failed
  for (Index r = row / chunk_rows * chunk_rows; r < end_row; r += chunk_rows) {
    for (Index c = col / chunk_cols * chunk_cols; c < end_col; c += chunk_cols) {
      fetch(r, c);
      const Chunk& last = fetched_.back();
      const bool is_full = last.begin + last.size >= kBatchBytes || fetched_.size() >= kMostBatch ||
                           fetched_.size() * chunk_bytes_ >= kMostInflated;
      if (is_full) flush();
    }
  }
  flush();
}

}  // namespace dem::hdf5
