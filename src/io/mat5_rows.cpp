#include "io/mat5_rows.h"

#include <utility>

#include "io/array_checks.h"
#include "io/source_rows.h"

namespace dem::mat5 {
namespace {

// An array opened up to its numbers, as a source of these.
class NumbersSource : public ByteSource {
 public:
  NumbersSource(const Element& element, bool swap_bytes, const std::string& where)
      : NumbersSource(std::make_unique<OpenElement>(element, swap_bytes, where), where) {}

  [[nodiscard]] const ElementReader::NumericData& data() const { return data_; }
  // Bytes of the element, as it lies in the file or inflated, from the numbers on.
  [[nodiscard]] std::size_t element_left() const { return open_->source->left(); }

  void finish() override {
    open_->reader.skip_padding(data_.tag);
    open_->finish();
  }

 private:
  NumbersSource(std::unique_ptr<OpenElement> open, const std::string& where)
      : NumbersSource(open->reader.numeric_data(open->reader.array_head()), open, where) {}
  NumbersSource(const ElementReader::NumericData& data,
                std::unique_ptr<OpenElement>& open,
                const std::string& where)
      : ByteSource(where, data.tag.bytes), open_(std::move(open)), data_(data) {}

  std::span<const std::byte> next(std::size_t n) override { return open_->source->take(n); }

  std::unique_ptr<OpenElement> open_;
  ElementReader::NumericData data_;
};

}  // namespace

std::unique_ptr<RowReader> open_rows(const MappedFile& file,
                                     const Element& element,
                                     bool swap_bytes,
                                     const ArrayInfo& info,
                                     int row_axis) {
  auto numbers =
      std::make_unique<NumbersSource>(element, swap_bytes, place(file.path(), info.name));
  const ElementReader::NumericData& data = numbers->data();
  if (data.tag.small || data.tag.bytes == 0) return nullptr;
  StoredRowsOptions options = stored_rows_options(info, row_axis, true);
  options.type = data.type;
  options.swap_bytes = swap_bytes;
  if (element.compressed) return open_source_rows(file, std::move(numbers), options);
  options.offset = static_cast<std::size_t>(element.bytes.data() - file.bytes().data()) +
                   element.bytes.size() - numbers->element_left();
  return open_stored_rows(file.file(), options);
}

}  // namespace dem::mat5
