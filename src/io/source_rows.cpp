#include "io/source_rows.h"

#include <algorithm>
#include <utility>

#include "io/convert.h"
#include "io/overlapped.h"

namespace dem {
namespace {

constexpr Index kSourcePieceBytes = Index{1} << 20;
constexpr Index kReleaseBytes = Index{8} << 20;

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
    take_rows(out.rows(), kConvertedParts, [&](Index first, Index count, const std::byte* bytes) {
      convert_matrix(type_, bytes, cols() * size, size, swap_bytes_, out.row_block(first, count));
    });
    return out.rows();
  }

  // The checksum needs every byte.
  Index pass_over(Index count) override {
    take_rows(count, 0, [](Index, Index, const std::byte*) {});
    return count;
  }

  // Calls visit(first, count, bytes) for parts of the next rows.
  template <typename Visit>
  void take_rows(Index wanted, Index parts, Visit&& visit) {
    const Index row_bytes = cols() * static_cast<Index>(element_size(type_));
    const Index most = std::max<Index>(1, kSourcePieceBytes / row_bytes);
    const auto rows_of = [&](Index k) { return std::min(most, wanted - k * most); };
    take_overlapped(
        *numbers_,
        (wanted + most - 1) / most,
        parts,
        [&](Index k) {
          release_pages(rows_of(k) * row_bytes);
          return rows_of(k) * row_bytes;
        },
        [&](Index k, Index part, std::span<const std::byte> bytes) {
          const Index first = rows_of(k) * part / parts;
          const Index count = rows_of(k) * (part + 1) / parts - first;
          visit(k * most + first, count, bytes.data() + first * row_bytes);
        });
    if (position() + wanted == rows()) numbers_->finish();
  }

  void release_pages(Index taken) {
    taken_ += taken;
    if (taken_ < kReleaseBytes) return;
    file_.release_pages();
    taken_ = 0;
  }

  const MappedFile& file_;
  std::unique_ptr<ByteSource> numbers_;
  Index taken_ = 0;  // bytes since pages were given back
  ElementType type_;
  bool swap_bytes_;
};

class SpooledRows : public RowReader {
 public:
  SpooledRows(const MappedFile& file, ByteSource& numbers, StoredRowsOptions options)
      : RowReader(options.rows, options.cols) {
    const auto total = static_cast<Index>(numbers.left());
    take_overlapped(
        numbers,
        (total + kSourcePieceBytes - 1) / kSourcePieceBytes,
        1,
        [&](Index k) { return std::min(kSourcePieceBytes, total - k * kSourcePieceBytes); },
        [&](Index k, Index, std::span<const std::byte> bytes) {
          scratch_.append(bytes);
          if (k % (kReleaseBytes / kSourcePieceBytes) == 0) file.release_pages();
        });
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
