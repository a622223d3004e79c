// NumPy's .npy, versions 1 to 3 (NEP 1 and numpy.lib.format): the signature, a version, the length
// of a header (16 bits in version 1, else 32), a Python dictionary with the keys descr,
// fortran_order and shape, then the numbers.
#include <array>
#include <bit>
#include <filesystem>
#include <optional>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/formats.h"
#include "io/npy_header.h"
#include "io/npy_text.h"
#include "io/stored_array.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

std::size_t header_start(std::span<const std::byte> bytes, const std::string& path) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  const std::size_t major = bytes.size() > 7 ? byte(6) : 0;
  const std::size_t start = major == 1 ? 10 : 12;
  if (bytes.size() < start) {
    throw Error(
        ErrorKind::kFormat,
        concat(
            path, ": expected a .npy header, got a file that ends after ", bytes.size(), " bytes"));
  }
  if (major < 1 || major > 3) {
    throw Error(ErrorKind::kUnsupported,
                concat(path, ": expected .npy version 1, 2 or 3, got ", major));
  }
  return start;
}

std::size_t header_length(std::span<const std::byte> bytes, std::size_t start) {
  std::size_t length = 0;
  for (std::size_t i = start; i-- > 8;)
    length = length << 8 | std::to_integer<std::size_t>(bytes[i]);
  return length;
}

class NpyFile : public ArrayFile {
 public:
  explicit NpyFile(const std::string& path) : ArrayFile(path, FileFormat::kNpy), file_(path) {
    const auto bytes = file_.bytes();
    const std::size_t start = header_start(bytes, path);
    const std::size_t length = header_length(bytes, start);
    if (length > bytes.size() - start) {
      throw Error(
          ErrorKind::kFormat,
          concat(
              path, ": expected a .npy header of ", length, " bytes, got ", bytes.size() - start));
    }
    header_ = parse_npy_header({reinterpret_cast<const char*>(bytes.data()) + start, length},
                               path + ": .npy header");
    data_ = bytes.subspan(start + length);
    arrays_.push_back({std::filesystem::path(path).stem().string(),
                       header_.type.element,
                       header_.shape,
                       header_.type.note});
    check_size();
  }

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override {
    read_stored_matrix(stored(), *this, info, row_axis, out);
  }

  std::unique_ptr<RowReader> open_rows(const ArrayInfo& info, int row_axis) override {
    check_rows_request(*this, info, row_axis);
    StoredRowsOptions options = stored_rows_options(info, row_axis, header_.fortran_order);
    options.offset = static_cast<std::size_t>(data_.data() - file_.bytes().data());
    options.swap_bytes = header_.type.swap_bytes;
    return open_stored_rows(file_.file(), options);
  }

  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override {
    return read_stored_integers(stored(), *this, info);
  }

  std::vector<std::string> read_strings(const ArrayInfo& info) override {
    if (info.type != ElementType::kText || info.shape.size() > 1) {
      throw Error(
          ErrorKind::kFormat,
          concat(place(path_, info.name), ": expected a list of strings, got ", to_string(info)));
    }
    return read_npy_text(data_, header_.type);
  }

 private:
  [[nodiscard]] StoredArray stored() const {
    return {data_, header_.fortran_order, header_.type.swap_bytes};
  }

  // Bytes beyond the array would mean a shape that was tampered with, or a second array that nobody
  // reads: both are errors.
  void check_size() const {
    const std::size_t item = header_.type.item_size;
    if (item == 0) return;  // nothing can be read from it
    const std::string at = place(path_, arrays_.front().name);
    const std::uint64_t count = checked_element_count(header_.shape, data_.size() / item, at);
    if (count * item == data_.size()) return;
    throw Error(ErrorKind::kFormat,
                concat(at,
                       ": expected ",
                       count * item,
                       " bytes for ",
                       to_string(arrays_.front()),
                       ", got ",
                       data_.size()));
  }

  MappedFile file_;
  NpyHeader header_;
  std::span<const std::byte> data_;
};

}  // namespace

std::unique_ptr<ArrayFile> open_npy(const std::string& path) {
  return std::make_unique<NpyFile>(path);
}

}  // namespace dem
