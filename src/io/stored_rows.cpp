#include "io/stored_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/parallel.h"
#include "io/convert.h"

namespace dem {
namespace {

// What one thread reads at a time: it stays in cache.
constexpr Index kPieceBytes = Index{256} << 10;
// Of a block that is stored by columns.
constexpr Index kColumnBytes = Index{16} << 20;

class StoredRows : public RowReader {
 public:
  StoredRows(const PositionedFile& file, const StoredRowsOptions& options)
      : RowReader(options.rows, options.cols),
        file_(file),
        options_(options),
        size_(static_cast<Index>(element_size(options.type))) {}

 private:
  Index next(MatrixView<float> out) override {
    if (options_.by_column) {
      const Index most = std::max<Index>(1, kColumnBytes / std::max<Index>(1, cols() * size_));
      for (Index first = 0; first < out.rows(); first += most) {
        const Index count = std::min(most, out.rows() - first);
        read_columns(position() + first, out.row_block(first, count));
      }
    } else {
      read_rows(out);
    }
    skipped_ = 0;
    return out.rows();
  }

  Index pass_over(Index count) override {
    skipped_ += count;
    return count;
  }

  [[nodiscard]] std::size_t place(Index elements) const {
    return options_.offset + static_cast<std::size_t>(elements * size_);
  }

  void read_rows(MatrixView<float> out) {
    const Index row_bytes = cols() * size_;
    const bool as_stored = options_.type == ElementType::kFloat32 && !options_.swap_bytes &&
                           out.stride() == out.cols();
    const Index grain = std::max<Index>(1, kPieceBytes / std::max<Index>(1, row_bytes));
    parallel_for(out.rows(), grain, [&](Index first, Index last) {
      const MatrixView<float> rows = out.row_block(first, last - first);
      const auto bytes = static_cast<std::size_t>((last - first) * row_bytes);
      const std::size_t from = place((position() + first) * cols());
      if (as_stored) {
        file_.read(from, {reinterpret_cast<std::byte*>(rows.data()), bytes});
        return;
      }
      const auto buffer = std::make_unique_for_overwrite<std::byte[]>(bytes);
      file_.read(from, {buffer.get(), bytes});
      convert_matrix(options_.type, buffer.get(), row_bytes, size_, options_.swap_bytes, rows);
    });
    // Who skipped rows before these will skip as many behind them.
    const Index next = position() + out.rows() + skipped_;
    const Index following = std::min(out.rows(), this->rows() - next);
    if (following <= 0) return;  // 0 bytes mean all
    file_.will_need(place(next * cols()), static_cast<std::size_t>(following * row_bytes));
  }

  // A piece of each column, then all of them turned.
  void read_columns(Index first_row, MatrixView<float> out) {
    const Index column_bytes = out.rows() * size_;
    buffer_.resize(static_cast<std::size_t>(column_bytes * cols()));
    constexpr Index kGrain = 32;
    parallel_for(cols(), kGrain, [&](Index first, Index last) {
      for (Index column = first; column < last; ++column) {
        file_.read(
            place(column * rows() + first_row),
            {buffer_.data() + column * column_bytes, static_cast<std::size_t>(column_bytes)});
      }
    });
    convert_matrix(options_.type, buffer_.data(), size_, column_bytes, options_.swap_bytes, out);
  }

  const PositionedFile& file_;
  StoredRowsOptions options_;
  Index size_;
  Index skipped_ = 0;  // since the last read
  std::vector<std::byte> buffer_;
};

class MemoryRows : public RowReader {
 public:
  explicit MemoryRows(Matrix<float> values)
      : RowReader(values.rows(), values.cols()), values_(std::move(values)) {}

 private:
  Index next(MatrixView<float> out) override {
    for (Index i = 0; i < out.rows(); ++i) {
      const auto row = std::as_const(values_).row(position() + i);
      std::copy(row.begin(), row.end(), out.row(i).begin());
    }
    return out.rows();
  }
  Index pass_over(Index count) override { return count; }

  Matrix<float> values_;
};

}  // namespace

std::unique_ptr<RowReader> open_stored_rows(const PositionedFile& file,
                                            const StoredRowsOptions& options) {
  return std::make_unique<StoredRows>(file, options);
}

StoredRowsOptions stored_rows_options(const ArrayInfo& info, int row_axis, bool fortran_order) {
  StoredRowsOptions options;
  options.type = info.type;
  if (info.shape.size() == 1) {  // a row
    options.rows = 1;
    options.cols = info.shape[0];
    return options;
  }
  options.rows = info.shape[row_axis == 0 ? 0 : 1];
  options.cols = info.shape[row_axis == 0 ? 1 : 0];
  options.by_column = (row_axis == 0) == fortran_order;
  return options;
}

std::unique_ptr<RowReader> open_memory_rows(ArrayFile& file, const ArrayInfo& info, int row_axis) {
  return std::make_unique<MemoryRows>(read_matrix(file, info, row_axis));
}

}  // namespace dem
