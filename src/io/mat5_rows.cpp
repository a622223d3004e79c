#include "io/mat5_rows.h"

#include <algorithm>
#include <utility>

#include "io/array_checks.h"
#include "io/convert.h"
#include "io/stored_rows.h"

namespace dem::mat5 {
namespace {

constexpr Index kPieceBytes = Index{8} << 20;

// An array opened up to its numbers.
struct OpenNumbers {
  OpenNumbers(const Element& element, bool swap_bytes, const std::string& where)
      : open(element, swap_bytes, where),
        data(open.reader.numeric_data(open.reader.array_head())) {}

  void finish() {
    open.reader.skip_padding(data.tag);
    open.finish();
  }

  OpenElement open;
  ElementReader::NumericData data;
};

// Rows that lie one after another in the inflated array.
class InflatedRows : public RowReader {
 public:
  InflatedRows(const MappedFile& file,
               std::unique_ptr<OpenNumbers> numbers,
               bool swap_bytes,
               const StoredRowsOptions& options)
      : RowReader(options.rows, options.cols),
        file_(file),
        numbers_(std::move(numbers)),
        swap_bytes_(swap_bytes) {}

 private:
  Index next(MatrixView<float> out) override {
    const auto size = static_cast<Index>(element_size(numbers_->data.type));
    const Index row_bytes = cols() * size;
    const Index most = std::max<Index>(1, kPieceBytes / std::max<Index>(1, row_bytes));
    for (Index first = 0; first < out.rows(); first += most) {
      const Index count = std::min(most, out.rows() - first);
      const auto bytes = numbers_->open.source->take(static_cast<std::size_t>(count * row_bytes));
      convert_matrix(numbers_->data.type,
                     bytes.data(),
                     row_bytes,
                     size,
                     swap_bytes_,
                     out.row_block(first, count));
    }
    file_.release_pages();  // the compressed bytes behind us
    if (position() + out.rows() == rows()) numbers_->finish();
    return out.rows();
  }

  const MappedFile& file_;
  std::unique_ptr<OpenNumbers> numbers_;
  bool swap_bytes_;
};

// Rows across the order of a compressed array, which is inflated to a scratch file first.
class SpooledRows : public RowReader {
 public:
  SpooledRows(const MappedFile& file, OpenNumbers& numbers, const StoredRowsOptions& options)
      : RowReader(options.rows, options.cols) {
    std::size_t left = numbers.data.tag.bytes;
    while (left > 0) {
      const std::size_t part = std::min(left, static_cast<std::size_t>(kPieceBytes));
      scratch_.append(numbers.open.source->take(part));
      file.release_pages();
      left -= part;
    }
    numbers.finish();
    rows_reader_ = open_stored_rows(scratch_, options);
  }

 private:
  Index next(MatrixView<float> out) override { return rows_reader_->read(out); }

  ScratchFile scratch_;
  std::unique_ptr<RowReader> rows_reader_;
};

}  // namespace

std::unique_ptr<RowReader> open_rows(const MappedFile& file,
                                     const Element& element,
                                     bool swap_bytes,
                                     const ArrayInfo& info,
                                     int row_axis) {
  auto numbers = std::make_unique<OpenNumbers>(element, swap_bytes, place(file.path(), info.name));
  if (numbers->data.tag.small || numbers->data.tag.bytes == 0) return nullptr;
  StoredRowsOptions options = stored_rows_options(info, row_axis, true);
  options.type = numbers->data.type;
  options.swap_bytes = swap_bytes;
  if (!element.compressed) {
    options.offset = static_cast<std::size_t>(element.bytes.data() - file.bytes().data()) +
                     element.bytes.size() - numbers->open.source->left();
    return open_stored_rows(file.file(), options);
  }
  if (options.by_column) return std::make_unique<SpooledRows>(file, *numbers, options);
  return std::make_unique<InflatedRows>(file, std::move(numbers), swap_bytes, options);
}

}  // namespace dem::mat5
