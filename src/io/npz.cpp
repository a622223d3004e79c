#include "io/npz.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/byte_source.h"
#include "io/column_major.h"
#include "io/convert.h"
#include "io/formats.h"
#include "io/npy_text.h"
#include "io/source_rows.h"
#include "io/sparse_npz.h"
#include "io/stored_array.h"
#include "io/stored_rows.h"
#include "io/zip_entry.h"

namespace dem {
namespace {

constexpr std::string_view kEnding = ".npy";

}  // namespace

NpzFile::NpzFile(const std::string& path) : ArrayFile(path, FileFormat::kNpz), file_(path) {
  std::unordered_set<std::string> names;
  for (ZipEntry& entry : read_zip_directory(file_.bytes(), path)) {
    add(std::move(entry));
    if (names.insert(arrays_.back().name).second) continue;
    throw Error(
        ErrorKind::kFormat,
        concat(place(path, arrays_.back().name), ": expected a name of its own, got it twice"));
  }
}

void NpzFile::add(ZipEntry entry) {
  Array array{std::move(entry), {}, 0, false};
  std::string name = array.entry.name;
  if (!name.ends_with(kEnding)) {
    arrays_.push_back({std::move(name), ElementType::kOther, {}, "no .npy file"});
    contents_.push_back(std::move(array));
    return;
  }
  name.resize(name.size() - kEnding.size());
  const std::string where = place(path_, name);
  ZipEntrySource source(array.entry, file_, where);
  array.header = read_npy_header(source);
  array.header_bytes = static_cast<std::size_t>(array.entry.size) - source.left();
  check_npy_size(array.header, source.left(), where);
  arrays_.push_back(
      {std::move(name), array.header.type.element, array.header.shape, array.header.type.note});
  contents_.push_back(std::move(array));
}

NpzFile::Array& NpzFile::array_of(const ArrayInfo& info) {
  return contents_[array_index(*this, info)];
}

void NpzFile::verify(Array& array) {
  if (array.verified) return;
  verify_stored(array.entry, place(path_, array.entry.name));
  array.verified = true;
}

std::span<const std::byte> NpzFile::content(Array& array, std::vector<std::byte>& storage) {
  if (!array.entry.deflated) {
    verify(array);
    return array.entry.stored.subspan(array.header_bytes);
  }
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  ZipEntrySource source(array.entry, file_, place(path_, array.entry.name));
  source.skip(array.header_bytes);
  storage.clear();  // grows with what there is, not with what is claimed
  while (source.left() > 0) {
    const auto piece = source.take(std::min(kPiece, source.left()));
    storage.insert(storage.end(), piece.begin(), piece.end());
  }
  source.finish();
  return storage;
}

void NpzFile::read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) {
  Array& array = array_of(info);
  const bool fortran_order = array.header.fortran_order;
  const bool swap_bytes = array.header.type.swap_bytes;
  if (!array.entry.deflated) {
    std::vector<std::byte> none;
    read_stored_matrix(
        {content(array, none), fortran_order, swap_bytes}, *this, info, row_axis, out);
    return;
  }
  check_matrix_request(*this, info, row_axis, out);
  ZipEntrySource source(array.entry, file_, place(path_, info.name));
  source.skip(array.header_bytes);
  // An array in C order is its transpose in Fortran's.
  read_column_major(source, info.type, swap_bytes, fortran_order ? row_axis : 1 - row_axis, out);
  source.finish();
}

std::unique_ptr<RowReader> NpzFile::open_rows(const ArrayInfo& info, int row_axis) {
  check_rows_request(*this, info, row_axis);
  const Array& array = array_of(info);
  StoredRowsOptions options = stored_rows_options(info, row_axis, array.header.fortran_order);
  options.swap_bytes = array.header.type.swap_bytes;
  auto source = std::make_unique<ZipEntrySource>(array.entry, file_, place(path_, info.name));
  source->skip(array.header_bytes);
  if (array.entry.deflated || !options.by_column) {
    return open_source_rows(file_, std::move(source), options);
  }
  source->skip(source->left());
  source->finish();
  options.offset = array.header_bytes +
                   static_cast<std::size_t>(array.entry.stored.data() - file_.bytes().data());
  return open_stored_rows(file_.file(), options);
}

std::vector<std::int64_t> NpzFile::read_integers(const ArrayInfo& info) {
  Array& array = array_of(info);
  (void)checked_vector_length(*this, info);
  std::vector<std::byte> storage;
  const NpyHeader& header = array.header;
  return read_stored_integers(
      {content(array, storage), header.fortran_order, header.type.swap_bytes}, *this, info);
}

std::vector<std::string> NpzFile::read_strings(const ArrayInfo& info) {
  check_text_request(*this, info);
  if (!is_list(info)) {
    throw Error(
        ErrorKind::kFormat,
        concat(place(path_, info.name), ": expected a list of strings, got ", to_string(info)));
  }
  Array& array = array_of(info);
  std::vector<std::byte> storage;
  return read_npy_text(content(array, storage), array.header.type);
}

std::span<const std::byte> NpzFile::plain_numbers(const ArrayInfo& info,
                                                  std::vector<std::byte>& storage) {
  Array& array = array_of(info);
  const StoredArray stored{
      content(array, storage), array.header.fortran_order, array.header.type.swap_bytes};
  if (is_plain(stored, info)) return stored.bytes;
  storage = plain_bytes(stored, info);
  return storage;
}

std::unique_ptr<ArrayFile> open_npz(const std::string& path) {
  auto file = std::make_unique<NpzFile>(path);
  if (is_sparse_npz(*file)) return open_sparse_npz(std::move(file));
  return file;
}

}  // namespace dem
