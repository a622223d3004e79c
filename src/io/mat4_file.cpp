// MAT v4: for each array twenty bytes of header, a name, and the numbers, column after column.
// (MathWorks, "MAT-File Format", chapter "Level 4 MAT-Files".)
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/byte_source.h"
#include "io/character_rows.h"
#include "io/convert.h"
#include "io/mat_formats.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

constexpr std::size_t kArrayHeaderBytes = 20;
constexpr ElementType kPrecisions[] = {ElementType::kFloat64,
                                       ElementType::kFloat32,
                                       ElementType::kInt32,
                                       ElementType::kInt16,
                                       ElementType::kUint16,
                                       ElementType::kUint8};

// What one array's header says, and its numbers.
struct Stored {
  bool swap_bytes = false;
  ElementType precision = ElementType::kOther;
  std::uint32_t kind = 0;  // 0 numbers, 1 text, 2 sparse
  bool is_complex = false;
  Index rows = 0;
  Index cols = 0;
  std::string name;
  std::span<const std::byte> data;  // the real part
};

class Mat4File : public ArrayFile {
 public:
  explicit Mat4File(std::unique_ptr<MappedFile> file);

  void read_matrix(const ArrayInfo& listed, int row_axis, MatrixView<float> out) override;
  [[nodiscard]] std::unique_ptr<RowReader> open_rows(const ArrayInfo& listed,
                                                     int row_axis) override;
  [[nodiscard]] std::vector<std::int64_t> read_integers(const ArrayInfo& listed) override;
  [[nodiscard]] std::vector<std::string> read_strings(const ArrayInfo& listed) override;

 private:
  [[nodiscard]] Stored next(MemorySource& source) const;
  void add(Stored array);
  // `info` is one of arrays_.
  [[nodiscard]] const Stored& stored(const ArrayInfo& info) const;

  std::unique_ptr<MappedFile> file_;
  std::vector<Stored> stored_;  // of arrays_, in the same order
};

std::uint32_t word(std::span<const std::byte> header, std::size_t index, bool swap_bytes) {
  std::uint32_t value;
  std::memcpy(&value, header.data() + 4 * index, sizeof value);
  return swap_bytes ? __builtin_bswap32(value) : value;
}

// Splits the type word, decimal digits MOPT: machine, 0, precision, kind.
void read_type(std::span<const std::byte> header, const std::string& where, Stored& array) {
  constexpr bool kNativeLittle = std::endian::native == std::endian::little;
  // Little-endian files have M = 0, so in the wrong order their word is 0 or beyond four digits.
  const bool little = word(header, 0, !kNativeLittle) < 1000;
  array.swap_bytes = little != kNativeLittle;
  const std::uint32_t type = word(header, 0, array.swap_bytes);
  const std::uint32_t machine = type / 1000, precision = type / 10 % 10;
  array.kind = type % 10;
  if (machine >= 2 && machine <= 4 && type / 100 % 10 == 0) {
    throw Error(ErrorKind::kUnsupported,
                concat(where, ": expected IEEE numbers, got those of a VAX or Cray (", type, ")"));
  }
  if (machine != (little ? 0u : 1u) || type / 100 % 10 != 0 || precision > 5 || array.kind > 2) {
    throw Error(ErrorKind::kFormat, concat(where, ": expected a MAT v4 type, got ", type));
  }
  array.precision = kPrecisions[precision];
}

Mat4File::Mat4File(std::unique_ptr<MappedFile> file)
    : ArrayFile(file->path(), FileFormat::kMat4), file_(std::move(file)) {
  const auto bytes = file_->bytes();
  if (bytes.empty()) throw Error(ErrorKind::kFormat, concat(path_, ": the file is empty"));
  MemorySource source(bytes, path_);
  while (source.left() > 0) {
    source.set_where(concat(path_, ": array at byte ", bytes.size() - source.left()));
    add(next(source));
  }
}

Stored Mat4File::next(MemorySource& source) const {
  Stored array;
  const auto header = source.take(kArrayHeaderBytes);
  read_type(header, source.where(), array);
  array.rows = static_cast<std::int32_t>(word(header, 1, array.swap_bytes));
  array.cols = static_cast<std::int32_t>(word(header, 2, array.swap_bytes));
  const std::uint32_t imaginary = word(header, 3, array.swap_bytes);
  const std::uint32_t name_bytes = word(header, 4, array.swap_bytes);
  if (imaginary > 1) {
    throw Error(ErrorKind::kFormat,
                concat(source.where(), ": expected an imaginary flag, got ", imaginary));
  }
  array.is_complex = imaginary == 1;
  const auto name = source.take(name_bytes);
  array.name.assign(reinterpret_cast<const char*>(name.data()), name.size());
  array.name.erase(std::find(array.name.begin(), array.name.end(), '\0'), array.name.end());
  source.set_where(place(path_, array.name));
  const Index count = element_count(std::array{array.rows, array.cols}, source.where());
  const std::size_t bytes = static_cast<std::size_t>(count) * element_size(array.precision);
  array.data = source.take(bytes);
  if (array.is_complex) source.skip(bytes);
  return array;
}

// A sparse array is stored as rows (i, j, value), the last of which holds its extents.
std::vector<Index> sparse_shape(const Stored& array) {
  const auto size = element_size(array.precision);
  std::vector<Index> shape;
  for (const Index col : {Index{0}, Index{1}}) {
    if (array.rows < 1 || col >= array.cols) return {};
    const auto position = static_cast<std::size_t>(array.rows * (col + 1) - 1);
    const double extent =
        element_to_double(array.precision, array.data.data() + position * size, array.swap_bytes);
    if (!(extent >= 0 && extent <= 0x1.0p53)) return {};
    shape.push_back(static_cast<Index>(extent));
  }
  return shape;
}

void Mat4File::add(Stored array) {
  ArrayInfo info{
      .name = array.name, .type = array.precision, .shape = {array.rows, array.cols}, .note = ""};
  if (array.kind == 2) {
    info.type = ElementType::kOther;
    info.shape = sparse_shape(array);
    info.note = "sparse";
  } else if (array.is_complex) {
    info.type = ElementType::kOther;
    info.note = "complex";
  } else if (array.kind == 1) {
    info.type = ElementType::kText;
    info.shape.pop_back();  // Python sees a string a row
  }
  const ArrayInfo* earlier = find(info.name);  // the last of several wins, as in scipy
  if (earlier != nullptr) {
    stored_.erase(stored_.begin() + (earlier - arrays_.data()));
    arrays_.erase(arrays_.begin() + (earlier - arrays_.data()));
  }
  arrays_.push_back(std::move(info));
  stored_.push_back(std::move(array));
}

const Stored& Mat4File::stored(const ArrayInfo& info) const {
  return stored_[static_cast<std::size_t>(&info - arrays_.data())];
}

void Mat4File::read_matrix(const ArrayInfo& listed, int row_axis, MatrixView<float> out) {
  const ArrayInfo& info = require(listed.name);
  check_matrix_request(*this, info, row_axis, out);
  static_cast<void>(open_rows(info, row_axis)->read(out));
}

std::unique_ptr<RowReader> Mat4File::open_rows(const ArrayInfo& listed, int row_axis) {
  const ArrayInfo& info = require(listed.name);
  check_rows_request(*this, info, row_axis);
  const Stored& array = stored(info);
  StoredRowsOptions options = stored_rows_options(info, row_axis, true);
  options.offset = static_cast<std::size_t>(array.data.data() - file_->bytes().data());
  options.swap_bytes = array.swap_bytes;
  return open_stored_rows(file_->file(), options);
}

std::vector<std::int64_t> Mat4File::read_integers(const ArrayInfo& listed) {
  const ArrayInfo& info = require(listed.name);
  const Index count = checked_vector_length(*this, info);
  const Stored& array = stored(info);
  return convert_to_integers(
      array.precision, array.data.data(), array.swap_bytes, count, place(path_, info.name));
}

std::vector<std::string> Mat4File::read_strings(const ArrayInfo& listed) {
  const ArrayInfo& info = require(listed.name);
  check_text_request(*this, info);
  const Stored& array = stored(info);
  std::vector<char32_t> codes;
  const auto size = element_size(array.precision);
  for (std::size_t at = 0; at < array.data.size(); at += size) {
    const double code =
        element_to_double(array.precision, array.data.data() + at, array.swap_bytes);
    if (!(code >= 0 && code <= 0x10FFFF && code == std::floor(code))) {
      throw Error(ErrorKind::kFormat,
                  concat(place(path_, info.name), ": expected character codes, got ", code));
    }
    codes.push_back(static_cast<char32_t>(code));
  }
  return character_rows(codes, array.cols);
}

}  // namespace

std::unique_ptr<ArrayFile> open_mat4(std::unique_ptr<MappedFile> file) {
  return std::make_unique<Mat4File>(std::move(file));
}

}  // namespace dem
