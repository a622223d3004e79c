#include "io/pickled_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/formats.h"
#include "io/npy_text.h"
#include "io/source_rows.h"
#include "io/stored_rows.h"
#include "io/torch_archive.h"
#include "io/zip_entry.h"

namespace dem {
namespace {

// Distances between neighbours of a matrix whose rows lie along an axis, with extents of 1 or 0
// leaving them free.
struct RowLayout {
  RowLayout(const StridedArray& array, const std::vector<Index>& shape, int row_axis) {
    const auto axis = static_cast<std::size_t>(row_axis);
    const Index rows = shape[axis];
    const Index cols = shape[1 - axis];
    const Index row_stride = array.strides[axis];
    const Index col_stride = array.strides[1 - axis];
    in_order = (cols <= 1 || col_stride == 1) && (rows <= 1 || row_stride == cols);
    by_column = (rows <= 1 || row_stride == 1) && (cols <= 1 || col_stride == rows);
  }

  bool in_order = false;   // the first row's numbers come first, without gaps
  bool by_column = false;  // the first column's
};

}  // namespace

PickledFile::PickledFile(const std::string& path, FileFormat format)
    : ArrayFile(path, format), file_(path) {
  std::span<const std::byte> bytes = file_.bytes();
  std::string where = path;
  if (format == FileFormat::kTorch) {
    TorchArchive archive = read_torch_archive(bytes, path);
    storages_ = std::move(archive.storages);
    bytes = archive.pickle;
    where += ": data.pkl";
  } else {
    refuse_old_torch_file(bytes, path);
    where += ": pickle";
  }
  pickle_ = std::make_unique<Pickle>(bytes, where);
  contents_ =
      pickled_arrays(*pickle_, storages_, std::filesystem::path(path).stem().string(), path);
  for (const PickledArray& array : contents_) arrays_.push_back(array.info);
}

const PickledArray& PickledFile::array_of(const ArrayInfo& info) const {
  return contents_[array_index(*this, info)];
}

void PickledFile::verify(const PickledArray& array) {
  if (array.storage == nullptr) return;
  if (std::find(verified_.begin(), verified_.end(), array.storage) != verified_.end()) return;
  verify_stored(*array.storage, place(path_, array.storage->name));
  verified_.push_back(array.storage);
}

StridedArray PickledFile::numbers_of(const PickledArray& array, std::vector<std::byte>& storage) {
  verify(array);
  StridedArray numbers = array.numbers;
  if (array.values) {
    storage = value_numbers(*pickle_, array);
    numbers = {storage, 0, plain_strides(array.info.shape, false), false};
  } else if (array.as_text) {
    storage = bytes_of_text(numbers.bytes, place(path_, array.info.name));
    numbers.bytes = storage;
  }
  return numbers;
}

void PickledFile::read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) {
  check_matrix_request(*this, info, row_axis, out);
  std::vector<std::byte> storage;
  read_strided_matrix(numbers_of(array_of(info), storage), *this, info, row_axis, out);
}

std::unique_ptr<RowReader> PickledFile::open_rows(const ArrayInfo& info, int row_axis) {
  check_rows_request(*this, info, row_axis);
  const PickledArray& array = array_of(info);
  if (array.values || array.as_text) return open_memory_rows(*this, info, row_axis);
  const StridedArray& numbers = array.numbers;
  const RowLayout layout(numbers, info.shape, row_axis);
  StoredRowsOptions options = stored_rows_options(info, row_axis, false);
  options.swap_bytes = numbers.swap_bytes;
  options.by_column = !layout.in_order;
  const std::size_t size = element_size(info.type);
  const std::size_t total = static_cast<std::size_t>(element_count(info.shape, path_)) * size;
  if (array.storage != nullptr && layout.in_order && total == array.storage->stored.size()) {
    return open_source_rows(
        file_,
        std::make_unique<ZipEntrySource>(*array.storage, file_, place(path_, info.name)),
        options);
  }
  if (array.storage != nullptr) {
    ZipEntrySource source(*array.storage, file_, place(path_, array.storage->name));
    source.skip(source.left());
    source.finish();
  }
  if (!layout.in_order && !layout.by_column) {
    return open_strided_rows(file_, numbers, info, row_axis);
  }
  options.offset = static_cast<std::size_t>(numbers.bytes.data() - file_.bytes().data()) +
                   static_cast<std::size_t>(numbers.offset) * size;
  return open_stored_rows(file_.file(), options);
}

std::vector<std::int64_t> PickledFile::read_integers(const ArrayInfo& info) {
  (void)checked_vector_length(*this, info);
  std::vector<std::byte> storage;
  return read_strided_integers(numbers_of(array_of(info), storage), *this, info);
}

std::vector<std::string> PickledFile::read_strings(const ArrayInfo& info) {
  check_text_request(*this, info);
  const PickledArray& array = array_of(info);
  if (array.values) return value_texts(*pickle_, array);
  if (!is_list(info)) {
    throw Error(
        ErrorKind::kFormat,
        concat(place(path_, info.name), ": expected a list of strings, got ", to_string(info)));
  }
  std::vector<std::byte> storage;
  return read_npy_text(numbers_of(array, storage).bytes, array.text);
}

std::span<const std::byte> PickledFile::plain_numbers(const ArrayInfo& info,
                                                      std::vector<std::byte>& storage) {
  std::vector<std::byte> joined;
  const StridedArray numbers = numbers_of(array_of(info), joined);
  if (joined.empty()) return dem::plain_numbers(numbers, info, storage);
  std::vector<std::byte> turned;
  const auto plain = dem::plain_numbers(numbers, info, turned);
  storage.assign(plain.begin(), plain.end());
  return storage;
}

std::unique_ptr<ArrayFile> open_torch(const std::string& path) {
  return std::make_unique<PickledFile>(path, FileFormat::kTorch);
}

std::unique_ptr<ArrayFile> open_pickle(const std::string& path) {
  return std::make_unique<PickledFile>(path, FileFormat::kPickle);
}

}  // namespace dem
