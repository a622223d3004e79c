// MAT v5 ("v6" where plain, "v7" where compressed): a header of 128 bytes, then one element an
// array, each compressed on its own or not at all.
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/byte_source.h"
#include "io/character_rows.h"
#include "io/column_major.h"
#include "io/convert.h"
#include "io/mat5_describe.h"
#include "io/mat5_element.h"
#include "io/mat5_open_element.h"
#include "io/mat5_rows.h"
#include "io/mat5_sparse.h"
#include "io/mat_formats.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

using mat5::ArrayHead;
using mat5::Element;
using mat5::ElementReader;
using mat5::OpenElement;
using mat5::Tag;

constexpr std::size_t kFileHeaderBytes = 128;

class Mat5File : public ArrayFile {
 public:
  explicit Mat5File(std::unique_ptr<MappedFile> file);

  void read_matrix(const ArrayInfo& listed, int row_axis, MatrixView<float> out) override;
  [[nodiscard]] std::unique_ptr<RowReader> open_rows(const ArrayInfo& listed,
                                                     int row_axis) override;
  [[nodiscard]] std::vector<std::int64_t> read_integers(const ArrayInfo& listed) override;
  [[nodiscard]] std::vector<std::string> read_strings(const ArrayInfo& listed) override;

 private:
  [[nodiscard]] std::uint32_t word(std::size_t offset) const;
  void check_header() const;
  void scan();
  void add(const Element& element, bool truncated);
  void add_fields(const Element& element, OpenElement& open, const ArrayHead& head);
  void list(ArrayInfo info, const Element& element);
  // `info` is one of arrays_.
  [[nodiscard]] OpenElement open(const ArrayInfo& info) const;

  std::unique_ptr<MappedFile> file_;
  std::span<const std::byte> bytes_;
  bool swap_;
  std::vector<Element> elements_;  // of arrays_, in the same order
};

Mat5File::Mat5File(std::unique_ptr<MappedFile> file)
    : ArrayFile(file->path(), FileFormat::kMat5), file_(std::move(file)), bytes_(file_->bytes()) {
  // Bytes 126 and 127 read "IM" where the file is little-endian.
  const bool little = bytes_[126] == std::byte{'I'};
  swap_ = little != (std::endian::native == std::endian::little);
  check_header();
  scan();
}

std::uint32_t Mat5File::word(std::size_t offset) const {
  std::uint32_t value;
  std::memcpy(&value, bytes_.data() + offset, sizeof value);
  return swap_ ? __builtin_bswap32(value) : value;
}

void Mat5File::check_header() const {
  const bool little = bytes_[126] == std::byte{'I'};
  const auto high = std::to_integer<int>(bytes_[little ? 125 : 124]);
  const auto low = std::to_integer<int>(bytes_[little ? 124 : 125]);
  if (high != 1 || low != 0) {
    throw Error(ErrorKind::kFormat,
                concat(path_,
                       ": expected MAT version 1.0, got ",
                       high,
                       ".",
                       low,
                       high == 2 ? " (v7.3) without its HDF5 part" : ""));
  }
}

void Mat5File::scan() {
  std::size_t offset = kFileHeaderBytes;
  while (offset < bytes_.size()) {
    const std::string where = concat(path_, ": element at byte ", offset);
    const std::size_t left = bytes_.size() - offset;
    if (left < 8) {
      throw Error(ErrorKind::kFormat,
                  concat(where, ": data end early: expected a tag of 8 bytes, got ", left));
    }
    const std::uint32_t type = word(offset);
    const std::size_t size = word(offset + 4);
    if (type != mat5::kMiMatrix && type != mat5::kMiCompressed) {
      throw Error(ErrorKind::kFormat, concat(where, ": expected an array, got type ", type));
    }
    const bool truncated = size > left - 8;
    add({offset, bytes_.subspan(offset + 8, std::min(size, left - 8)), type == mat5::kMiCompressed},
        truncated);
    offset += 8 + size;
  }
}

void Mat5File::add(const Element& element, bool truncated) {
  std::string where = concat(path_, ": element at byte ", element.offset);
  if (element.bytes.empty() && !truncated) return;  // scipy reads this as a nameless empty array
  OpenElement open(element, swap_, where);
  const ArrayHead head = open.reader.array_head();
  where = place(path_, head.name);
  open.source->set_where(where);
  if (truncated) {
    throw Error(ErrorKind::kFormat, concat(where, ": data end early: the file ends within it"));
  }
  if (head.name.empty()) return;  // MATLAB keeps the workspaces of functions in such an array
  list(mat5::describe(open.reader, head), element);
  if (head.array_class == mat5::kMxStruct && element_count(head.shape, where) == 1) {
    add_fields(element, open, head);
  }
}

// MATLAB and scipy let the last of several arrays of one name win.
void Mat5File::list(ArrayInfo info, const Element& element) {
  const bool sparse = info.note == kSparseNote;
  if (sparse && !is_plausible_dense(info.shape[0], info.shape[1], bytes_.size())) {
    info.type = ElementType::kOther;
    info.note = "sparse, of more elements than are read as dense";
  }
  const ArrayInfo* earlier = find(info.name);
  if (earlier != nullptr) {
    elements_.erase(elements_.begin() + (earlier - arrays_.data()));
    arrays_.erase(arrays_.begin() + (earlier - arrays_.data()));
  }
  arrays_.push_back(std::move(info));
  elements_.push_back(element);
}

// The fields of a single struct, as STRUCT.FIELD; what is deeper is not looked into.
void Mat5File::add_fields(const Element& element, OpenElement& open, const ArrayHead& head) {
  ElementReader& reader = open.reader;
  ByteSource& source = reader.source();
  for (const std::string& field : mat5::field_names(reader)) {
    const Tag tag = reader.tag();
    if (tag.type != mat5::kMiMatrix || tag.small) reader.fail("expected an array in a field");
    if (tag.bytes == 0) continue;
    const std::size_t start = open.size - source.left();
    const std::size_t outer = source.enter(tag.bytes);
    ArrayHead inner = reader.array_head();
    inner.name = concat(head.name, ".", field);
    Element part = element;
    if (element.compressed) {
      part.field = {start, tag.bytes};
    } else {
      part.bytes = element.bytes.subspan(start, tag.bytes);
    }
    list(mat5::describe(reader, inner), part);
    source.skip(source.left());
    source.leave(outer);
  }
}

OpenElement Mat5File::open(const ArrayInfo& info) const {
  const auto index = static_cast<std::size_t>(&info - arrays_.data());
  return OpenElement(elements_[index], swap_, place(path_, info.name));
}

void Mat5File::read_matrix(const ArrayInfo& listed, int row_axis, MatrixView<float> out) {
  const ArrayInfo& info = require(listed.name);
  check_matrix_request(*this, info, row_axis, out);
  OpenElement element = open(info);
  ElementReader& reader = element.reader;
  const ArrayHead head = reader.array_head();
  DEM_CHECK_EQ(head.shape == info.shape, true);
  if (head.array_class == mat5::kMxSparse) {
    fill_dense(mat5::read_sparse(reader, head), row_axis, out);
    return element.finish();
  }
  const auto data = reader.numeric_data(head);
  if (data.tag.small) {
    MemorySource inside(std::span(data.tag.inside).first(data.tag.bytes), element.source->where());
    read_column_major(inside, data.type, swap_, row_axis, out);
  } else {
    const Element& stored = elements_[static_cast<std::size_t>(&info - arrays_.data())];
    if (stored.compressed) {
      read_column_major(*element.source, data.type, swap_, row_axis, out, file_.get());
    } else if (const auto rows = mat5::open_rows(*file_, stored, swap_, info, row_axis)) {
      static_cast<void>(rows->read(out));
      element.source->skip(data.tag.bytes);
    }
    reader.skip_padding(data.tag);
  }
  element.finish();
}

std::unique_ptr<RowReader> Mat5File::open_rows(const ArrayInfo& listed, int row_axis) {
  const ArrayInfo& info = require(listed.name);
  check_rows_request(*this, info, row_axis);
  if (info.note == kSparseNote) return open_memory_rows(*this, info, row_axis);
  const auto index = static_cast<std::size_t>(&info - arrays_.data());
  auto rows = mat5::open_rows(*file_, elements_[index], swap_, info, row_axis);
  return rows ? std::move(rows) : open_memory_rows(*this, info, row_axis);
}

std::vector<std::int64_t> Mat5File::read_integers(const ArrayInfo& listed) {
  const ArrayInfo& info = require(listed.name);
  const Index count = checked_vector_length(*this, info);
  OpenElement element = open(info);
  const ArrayHead head = element.reader.array_head();
  if (head.array_class == mat5::kMxSparse) {
    auto values = dense_integers(mat5::read_sparse(element.reader, head), element.source->where());
    element.finish();
    return values;
  }
  const auto data = element.reader.numeric_data(head);
  const auto payload = element.reader.payload(data.tag);
  auto values =
      convert_to_integers(data.type, payload.data(), swap_, count, place(path_, info.name));
  element.finish();
  return values;
}

// The text of one cell; MATLAB writes an empty string as an empty array of any class.
std::string read_cell(ElementReader& reader, Index position, int depth = 0) {
  const Tag tag = reader.tag();
  if (tag.type != mat5::kMiMatrix || tag.small) reader.fail("expected an array in a cell");
  if (tag.bytes == 0) return {};
  const std::size_t outer = reader.source().enter(tag.bytes);
  const ArrayHead head = reader.array_head();
  const bool empty = element_count(head.shape, reader.source().where()) == 0;
  std::string text;
  const bool nested = head.array_class == mat5::kMxCell && depth < mat5::kMostNested;
  if (nested && element_count(head.shape, reader.source().where()) == 1) {
    text = read_cell(reader, position, depth + 1);
  } else if (!empty) {
    if (head.array_class != mat5::kMxChar || head.shape.size() != 2 || head.shape[0] != 1) {
      reader.fail(
          concat("expected a string in each cell, got something else at position ", position));
    }
    text = to_utf8(reader.characters(head));
  }
  reader.source().skip(reader.source().left());
  reader.source().leave(outer);
  return text;
}

std::vector<std::string> Mat5File::read_strings(const ArrayInfo& listed) {
  const ArrayInfo& info = require(listed.name);
  check_text_request(*this, info);
  OpenElement element = open(info);
  ElementReader& reader = element.reader;
  const ArrayHead head = reader.array_head();
  std::vector<std::string> texts;
  if (head.array_class == mat5::kMxChar) {
    texts = character_rows(reader.characters(head), head.shape.back());
  } else {
    const Index count = element_count(head.shape, element.source->where());
    for (Index i = 0; i < count; ++i) texts.push_back(read_cell(reader, i));
  }
  element.finish();
  return texts;
}

}  // namespace

std::unique_ptr<ArrayFile> open_mat5(std::unique_ptr<MappedFile> file) {
  return std::make_unique<Mat5File>(std::move(file));
}

}  // namespace dem
