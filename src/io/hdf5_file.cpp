// HDF5 files, among them MATLAB's v7.3, as named arrays.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/convert.h"
#include "io/formats.h"
#include "io/hdf5_chunks.h"
#include "io/hdf5_dataset.h"
#include "io/hdf5_handle.h"
#include "io/hdf5_rows.h"
#include "io/hdf5_sparse.h"
#include "io/hdf5_storage.h"
#include "io/hdf5_text.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

// Bytes read from a dataset at a time, unless one chunk is larger.
constexpr Index kBlockBytes = Index{16} << 20;

class Hdf5File : public ArrayFile {
 public:
  Hdf5File(const std::string& path, FileFormat format);

  void read_matrix(const ArrayInfo& listed, int row_axis, MatrixView<float> out) override;
  [[nodiscard]] std::unique_ptr<RowReader> open_rows(const ArrayInfo& listed,
                                                     int row_axis) override;
  [[nodiscard]] std::vector<std::int64_t> read_integers(const ArrayInfo& listed) override;
  [[nodiscard]] std::vector<std::string> read_strings(const ArrayInfo& listed) override;

 private:
  void add(const std::string& name);
  void add_object(const std::string& name);
  // Whether it lies in the group of the array listed last, a sparse one.
  [[nodiscard]] bool is_part_of_sparse(const std::string& name) const;
  [[nodiscard]] hdf5::Dataset open(const ArrayInfo& info) const;

  hdf5::Handle file_;
};

std::vector<std::string> all_links(hid_t file, const std::string& path) {
  std::vector<std::string> names;
  const herr_t status = H5Lvisit(
      file,
      H5_INDEX_NAME,
      H5_ITER_INC,
      [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
        try {
          static_cast<std::vector<std::string>*>(data)->emplace_back(name);
          return 0;
        } catch (...) {
          return -1;  // no memory; nothing may be thrown through the C library
        }
      },
      &names);
  hdf5::checked(status, path, "its groups cannot be listed");
  return names;
}

Hdf5File::Hdf5File(const std::string& path, FileFormat format) : ArrayFile(path, format) {
  const hdf5::QuietErrors quiet;
  file_ = hdf5::Handle(
      H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path, "not a whole HDF5 file");
  for (const std::string& name : all_links(file_, path)) {
    // MATLAB keeps the cells of cell arrays and the insides of its objects there.
    const bool hidden = name.starts_with("#refs#") || name.starts_with("#subsystem#");
    if (!hidden && !is_part_of_sparse(name)) add(name);
  }
}

void Hdf5File::add(const std::string& name) {
  H5L_info_t link;
  hdf5::checked(
      H5Lget_info(file_, name.c_str(), &link, H5P_DEFAULT), place(path_, name), "no such link");
  if (link.type == H5L_TYPE_HARD) {
    add_object(name);
  } else if (link.type == H5L_TYPE_SOFT) {
    if (H5Oexists_by_name(file_, name.c_str(), H5P_DEFAULT) > 0) add_object(name);
  } else {
    arrays_.push_back({name, ElementType::kOther, {}, "a link to another file"});
  }
}

void Hdf5File::add_object(const std::string& name) {
  const std::string where = place(path_, name);
  const hdf5::Handle object(
      H5Oopen(file_, name.c_str(), H5P_DEFAULT), H5Oclose, where, "cannot be opened");
  const H5I_type_t kind = H5Iget_type(object);
  if (kind == H5I_GROUP && hdf5::has_attribute(object, "MATLAB_sparse")) {
    std::error_code ignored;
    arrays_.push_back(
        hdf5::describe_sparse(file_, name, where, std::filesystem::file_size(path_, ignored)));
  }
  if (kind != H5I_DATASET) return;
  const hdf5::Dataset dataset = hdf5::open_dataset(file_, name, where);
  ArrayInfo info{name, dataset.element, dataset.shape, dataset.note};
  if (dataset.content == hdf5::Content::kCell && !hdf5::starts_with_text(dataset, where)) {
    info.type = ElementType::kOther;
    info.note = "cell array of other than text";
  }
  arrays_.push_back(std::move(info));
}

bool Hdf5File::is_part_of_sparse(const std::string& name) const {
  return !arrays_.empty() && arrays_.back().note.starts_with(kSparseNote) &&
         name.starts_with(arrays_.back().name + "/");
}

hdf5::Dataset Hdf5File::open(const ArrayInfo& info) const {
  hdf5::Dataset dataset = hdf5::open_dataset(file_, info.name, place(path_, info.name));
  if (dataset.shape != info.shape) {
    throw Error(ErrorKind::kFormat,
                concat(place(path_, info.name), ": changed since it was listed"));
  }
  return dataset;
}

using hdf5::Block;

// How much of a matrix to read at a time: whole chunks, so that none is inflated twice.
Block choose_block(const std::vector<Index>& shape, const std::vector<Index>& chunk, Index size) {
  const Index most = kBlockBytes / size;  // elements
  const Index chunk_rows = chunk.empty() ? 1 : std::min(chunk[0], shape[0]);
  const Index chunk_cols = chunk.empty() ? 1 : std::min(chunk[1], shape[1]);
  if (chunk_rows <= most / shape[1]) return {most / shape[1] / chunk_rows * chunk_rows, shape[1]};
  if (chunk_cols <= most / chunk_rows)
    return {chunk_rows, most / chunk_rows / chunk_cols * chunk_cols};
  // One chunk is too much: parts of it, which the library's cache of one chunk serves.
  const Index cols = std::min(chunk_cols, most);
  return {std::max<Index>(1, most / cols), cols};
}

void convert_part(ElementType type,
                  const hdf5::ChunkReader::Part& part,
                  int row_axis,
                  MatrixView<float> out) {
  const auto size = static_cast<Index>(element_size(type));
  if (row_axis == 0) {
    convert_matrix(type,
                   part.bytes,
                   part.row_stride,
                   size,
                   false,
                   {&out(part.row, part.col), part.rows, part.cols, out.stride()});
  } else {
    convert_matrix(type,
                   part.bytes,
                   size,
                   part.row_stride,
                   false,
                   {&out(part.col, part.row), part.cols, part.rows, out.stride()});
  }
}

void Hdf5File::read_matrix(const ArrayInfo& listed, int row_axis, MatrixView<float> out) {
  const ArrayInfo& info = require(listed.name);
  check_matrix_request(*this, info, row_axis, out);
  if (out.empty()) return;
  const hdf5::QuietErrors quiet;
  const std::string where = place(path_, info.name);
  if (info.note == kSparseNote) {
    return fill_dense(hdf5::read_sparse(file_, info.name, where), 1 - row_axis, out);
  }
  hdf5::Dataset dataset = open(info);
  hdf5::require_filters(dataset, where);
  hdf5::widen_chunk_cache(file_, info.name, where, dataset);
  const hdf5::MemoryType memory = hdf5::memory_type(dataset.element);
  const auto size = static_cast<Index>(element_size(memory.element));
  if (auto chunks = hdf5::ChunkReader::of(dataset, memory, where)) {
    return chunks->read(
        0, 0, {info.shape[0], info.shape[1]}, [&](const hdf5::ChunkReader::Part& part) {
          convert_part(memory.element, part, row_axis, out);
        });
  }
  const Block most = choose_block(info.shape, dataset.chunk, size);
  std::vector<std::byte> buffer(static_cast<std::size_t>(
      std::min(most.rows, info.shape[0]) * std::min(most.cols, info.shape[1]) * size));
  for (Index col = 0; col < info.shape[1]; col += most.cols) {
    for (Index row = 0; row < info.shape[0]; row += most.rows) {
      const Block block{std::min(most.rows, info.shape[0] - row),
                        std::min(most.cols, info.shape[1] - col)};
      hdf5::read_block(dataset, memory.type, {row, col}, block, buffer.data(), where);
      convert_part(memory.element,
                   {row, block.rows, col, block.cols, buffer.data(), block.cols * size},
                   row_axis,
                   out);
    }
  }
}

std::unique_ptr<RowReader> Hdf5File::open_rows(const ArrayInfo& listed, int row_axis) {
  const ArrayInfo& info = require(listed.name);
  check_rows_request(*this, info, row_axis);
  if (info.note == kSparseNote) return open_memory_rows(*this, info, row_axis);
  const hdf5::QuietErrors quiet;
  return hdf5::open_rows(file_, info.name, open(info), row_axis, place(path_, info.name));
}

std::vector<std::int64_t> Hdf5File::read_integers(const ArrayInfo& listed) {
  const ArrayInfo& info = require(listed.name);
  const Index count = checked_vector_length(*this, info);
  if (count == 0) return {};
  const hdf5::QuietErrors quiet;
  const std::string where = place(path_, info.name);
  if (info.note == kSparseNote) {
    return dense_integers(hdf5::read_sparse(file_, info.name, where), where);
  }
  const hdf5::Dataset dataset = open(info);
  hdf5::require_filters(dataset, where);
  const hdf5::MemoryType memory = hdf5::memory_type(dataset.element);
  std::vector<std::byte> values(static_cast<std::size_t>(count) * element_size(memory.element));
  hdf5::checked(H5Dread(dataset.id, memory.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
                where,
                "its data cannot be read");
  return convert_to_integers(memory.element, values.data(), false, count, where);
}

std::vector<std::string> Hdf5File::read_strings(const ArrayInfo& listed) {
  const ArrayInfo& info = require(listed.name);
  check_text_request(*this, info);
  const hdf5::QuietErrors quiet;
  return hdf5::read_text(open(info), place(path_, info.name));
}

// MATLAB's v7.3 has its header of 128 bytes in the HDF5 user block: version 2.0, then "IM".
bool has_matlab_header(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char header[128] = "";
  file.read(header, sizeof header);
  const std::string_view end(header + 124, 4);
  return file.gcount() == sizeof header &&
         (end == std::string_view("\0\2IM", 4) || end == std::string_view("\2\0MI", 4));
}

}  // namespace

std::unique_ptr<ArrayFile> open_hdf5(const std::string& path) {
  return std::make_unique<Hdf5File>(
      path, has_matlab_header(path) ? FileFormat::kMat73 : FileFormat::kHdf5);
}

}  // namespace dem
