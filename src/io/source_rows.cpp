#include "io/source_rows.h"

#include <algorithm>
#include <utility>

#include "io/convert.h"

namespace dem {
namespace {

constexpr Index kPieceBytes = Index{8} << 20;

class RowsInOrder : public RowReader {
 public:
  RowsInOrder(const MappedFile& file,
              std::unique_ptr<ByteSource> numbers,
              const StoredRowsOptions& options)
      : RowReader(options.rows, options.cols),
        file_(file),
        numbers_(std::move(numbers)),
        type_(options.type),
        swap_bytes_(options.swap_bytes) {
    if (rows() == 0 || cols() == 0) numbers_->finish();
  }

 private:
  Index next(MatrixView<float> out) override {
    const auto size = static_cast<Index>(element_size(type_));
    take_rows(out.rows(), [&](Index first, Index count, const std::byte* bytes) {
      convert_matrix(type_, bytes, cols() * size, size, swap_bytes_, out.row_block(first, count));
    });
    return out.rows();
  }

  // The checksum needs every byte.
  Index pass_over(Index count) override {
    take_rows(count, [](Index, Index, const std::byte*) {});
    return count;
  }

  // Calls visit(first, count, bytes) for pieces of the next rows.
  template <typename Visit>
  void take_rows(Index wanted, Visit&& visit) {
    const Index row_bytes = cols() * static_cast<Index>(element_size(type_));
    const Index most = std::max<Index>(1, kPieceBytes / row_bytes);
    for (Index first = 0; first < wanted; first += most) {
      const Index count = std::min(most, wanted - first);
      visit(first, count, numbers_->take(static_cast<std::size_t>(count * row_bytes)).data());
      file_.release_pages();
    }
    if (position() + wanted == rows()) numbers_->finish();
  }

  const MappedFile& file_;
  std::unique_ptr<ByteSource> numbers_;
  ElementType type_;
  bool swap_bytes_;
};

class SpooledRows : public RowReader {
 public:
  SpooledRows(const MappedFile& file, ByteSource& numbers, StoredRowsOptions options)
      : RowReader(options.rows, options.cols) {
    while (numbers.left() > 0) {
      scratch_.append(
          numbers.take(std::min(numbers.left(), static_cast<std::size_t>(kPieceBytes))));
      file.release_pages();
    }
    numbers.finish();
    options.offset = 0;
    rows_reader_ = open_stored_rows(scratch_, options);
  }

 private:
  Index next(MatrixView<float> out) override { return rows_reader_->read(out); }
  Index pass_over(Index count) override { return rows_reader_->skip(count); }

  ScratchFile scratch_;
  std::unique_ptr<RowReader> rows_reader_;
};

}  // namespace

std::unique_ptr<RowReader> open_source_rows(const MappedFile& file,
                                            std::unique_ptr<ByteSource> numbers,
                                            const StoredRowsOptions& options) {
  if (options.by_column) return std::make_unique<SpooledRows>(file, *numbers, options);
  return std::make_unique<RowsInOrder>(file, std::move(numbers), options);
}

}  // namespace dem
