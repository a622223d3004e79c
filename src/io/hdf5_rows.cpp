#include "io/hdf5_rows.h"

#include <algorithm>
#include <vector>

#include "io/convert.h"
#include "io/hdf5_chunks.h"
#include "io/hdf5_storage.h"

namespace dem::hdf5 {
namespace {

constexpr Index kWindowBytes = Index{16} << 20;  // of plain data
constexpr Index kBandBytes = Index{64} << 20;    // at most, of data in chunks

class Hdf5Rows : public RowReader {
 public:
  Hdf5Rows(Dataset dataset, int row_axis, std::string where)
      : RowReader(dataset.shape[row_axis == 0 ? 0 : 1], dataset.shape[row_axis == 0 ? 1 : 0]),
        dataset_(std::move(dataset)),
        memory_(memory_type(dataset_.element)),
        row_axis_(row_axis),
        where_(std::move(where)),
        chunks_(ChunkReader::of(dataset_, memory_, where_)),
        window_rows_(choose_window()),
        band_rows_(std::min(band(), window_rows_)) {}

 private:
  [[nodiscard]] Index row_bytes() const {
    return std::max<Index>(1, cols() * static_cast<Index>(element_size(memory_.element)));
  }

  // Rows of a chunk.
  [[nodiscard]] Index band() const {
    return dataset_.chunk.empty() ? 1 : dataset_.chunk[static_cast<std::size_t>(row_axis_)];
  }

  [[nodiscard]] Index choose_window() const {
    const Index plain = std::max<Index>(1, kWindowBytes / row_bytes());
    if (band() <= plain) return plain / band() * band();
    return std::min(band(), std::max<Index>(1, kBandBytes / row_bytes()));
  }

  Index next(MatrixView<float> out) override {
    for (Index done = 0; done < out.rows();) {
      const Index row = position() + done;
      // The rest of a block alone, since its reader may skip what follows.
      if (row >= first_ + held_) load(row, done == 0 ? rows() : position() + out.rows());
      const Index count = std::min(out.rows() - done, first_ + held_ - row);
      convert(row - first_, out.row_block(done, count));
      done += count;
    }
    return out.rows();
  }

  Index pass_over(Index count) override { return count; }

  // Whole bands from that of `row` on, up to that of row end - 1 at most.
  void load(Index row, Index end) {
    const QuietErrors quiet;
    first_ = row / band_rows_ * band_rows_;
    held_ = 0;  // should reading fail
    const Index bands = (end - first_ + band_rows_ - 1) / band_rows_;
    const Index count = std::min({window_rows_, bands * band_rows_, rows() - first_});
    window_.resize(static_cast<std::size_t>(count * row_bytes()));
    if (chunks_) {
      load_chunks(count);
    } else if (row_axis_ == 0) {
      read_block(dataset_, memory_.type, {first_, 0}, {count, cols()}, window_.data(), where_);
    } else {
      read_block(dataset_, memory_.type, {0, first_}, {cols(), count}, window_.data(), where_);
    }
    held_ = count;
  }

  void load_chunks(Index count) {
    const bool by_row = row_axis_ == 0;
    const Index row = by_row ? first_ : 0, col = by_row ? 0 : first_;
    const Block block = by_row ? Block{count, cols()} : Block{cols(), count};
    const auto size = static_cast<Index>(element_size(memory_.element));
    chunks_->read(row, col, block, [&](const ChunkReader::Part& part) {
      for (Index i = 0; i < part.rows; ++i) {
        std::copy_n(part.bytes + i * part.row_stride,
                    part.cols * size,
                    window_.data() + ((part.row + i - row) * block.cols + part.col - col) * size);
      }
    });
  }

  void convert(Index window_row, MatrixView<float> out) const {
    const auto size = static_cast<Index>(element_size(memory_.element));
    const Index row_stride = row_axis_ == 0 ? cols() * size : size;
    const Index col_stride = row_axis_ == 0 ? size : held_ * size;
    convert_matrix(memory_.element,
                   window_.data() + window_row * row_stride,
                   row_stride,
                   col_stride,
                   false,
                   out);
  }

  Dataset dataset_;
  MemoryType memory_;
  int row_axis_;
  std::string where_;
  std::optional<ChunkReader> chunks_;
  Index window_rows_;
  Index band_rows_;  // of whole chunks; of a window where that is less
  Index first_ = 0;  // rows first_ .. first_ + held_ - 1 are in the window
  Index held_ = 0;
  std::vector<std::byte> window_;
};

}  // namespace

void widen_chunk_cache(hid_t file,
                       const std::string& name,
                       const std::string& where,
                       Dataset& dataset) {
  constexpr std::size_t kSlots = 521, kLeastBytes = std::size_t{1} << 20;
  if (dataset.chunk.empty()) return;
  std::size_t chunk_bytes = H5Tget_size(dataset.type);
  for (const Index extent : dataset.chunk) chunk_bytes *= static_cast<std::size_t>(extent);
  const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose, where, "no properties");
  H5Pset_chunk_cache(access, kSlots, std::max(chunk_bytes, kLeastBytes), 1.0);
  dataset.id.reset();
  dataset.id = Handle(H5Dopen2(file, name.c_str(), access), H5Dclose, where, "cannot be opened");
}

void read_block(const Dataset& dataset,
                hid_t type,
                std::pair<Index, Index> start,
                Block block,
                void* to,
                const std::string& where) {
  // Further extents are 1.
  const std::size_t rank = std::max<std::size_t>(2, dataset.shape.size());
  std::vector<hsize_t> offset(rank, 0);
  std::vector<hsize_t> count(rank, 1);
  offset[0] = static_cast<hsize_t>(start.first);
  offset[1] = static_cast<hsize_t>(start.second);
  count[0] = static_cast<hsize_t>(block.rows);
  count[1] = static_cast<hsize_t>(block.cols);
  const Handle memory(H5Screate_simple(2, count.data(), nullptr), H5Sclose, where, "no dataspace");
  checked(H5Sselect_hyperslab(
              dataset.space, H5S_SELECT_SET, offset.data(), nullptr, count.data(), nullptr),
          where,
          "cannot be selected");
  checked(H5Dread(dataset.id, type, memory, dataset.space, H5P_DEFAULT, to),
          where,
          "its data cannot be read");
}

std::unique_ptr<RowReader> open_rows(
    hid_t file, const std::string& name, Dataset dataset, int row_axis, const std::string& where) {
  require_filters(dataset, where);
  widen_chunk_cache(file, name, where, dataset);
  return std::make_unique<Hdf5Rows>(std::move(dataset), row_axis, where);
}

}  // namespace dem::hdf5
