#include "io/hdf5_sparse.h"

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/hdf5_dataset.h"
#include "io/hdf5_storage.h"

namespace dem::hdf5 {
namespace {

// The rows, which MATLAB has in an attribute of the group.
Index count_rows(hid_t group, const std::string& where) {
  const Handle attribute(
      H5Aopen(group, "MATLAB_sparse", H5P_DEFAULT), H5Aclose, where, "MATLAB_sparse");
  const Handle space(H5Aget_space(attribute), H5Sclose, where, "no dataspace");
  std::int64_t rows = 0;
  if (H5Sget_simple_extent_npoints(space) != 1) fail(where, "MATLAB_sparse is no number");
  checked(H5Aread(attribute, H5T_NATIVE_INT64, &rows), where, "MATLAB_sparse cannot be read");
  return rows;
}

// A part of it, which is not there where it would have no elements.
template <typename T>
std::vector<T> read_part(hid_t group, const char* part, hid_t type, const std::string& where) {
  if (H5Lexists(group, part, H5P_DEFAULT) <= 0) return {};
  const std::string place = concat(where, "/", part);
  const Dataset dataset = open_dataset(group, part, place);
  if (dataset.content != Content::kNumbers || dataset.shape.size() != 1) {
    fail(place, "expected a list of numbers in a sparse array");
  }
  require_filters(dataset, place);
  std::vector<T> values(at(element_count(dataset.shape, place)));
  checked(H5Dread(dataset.id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
          place,
          "its data cannot be read");
  return values;
}

Handle open_group(hid_t file, const std::string& name, const std::string& where) {
  return {H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose, where, "cannot be opened"};
}

}  // namespace

ArrayInfo describe_sparse(hid_t file,
                          const std::string& name,
                          const std::string& where,
                          std::uint64_t file_bytes) {
  ArrayInfo info{name, ElementType::kOther, {}, "sparse, and not readable"};
  try {
    const Handle group = open_group(file, name, where);
    const Index rows = count_rows(group, where);
    const Dataset pointers = open_dataset(group, "jc", concat(where, "/jc"));
    if (pointers.shape.size() != 1 || pointers.shape[0] < 1 || rows < 0) return info;
    info.shape = {pointers.shape[0] - 1, rows};
    if (!is_plausible_dense(info.shape[0], rows, file_bytes)) {
      info.note = "sparse, of more elements than are read as dense";
      return info;
    }
    const bool logical = string_attribute(group, "MATLAB_class") == "logical";
    info.type = logical ? ElementType::kBool : ElementType::kFloat64;
    info.note = kSparseNote;
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): listed as not readable
  }
  return info;
}

SparseColumns read_sparse(hid_t file, const std::string& name, const std::string& where) {
  const Handle group = open_group(file, name, where);
  SparseColumns sparse;
  sparse.rows = count_rows(group, where);
  sparse.pointers = read_part<std::int64_t>(group, "jc", H5T_NATIVE_INT64, where);
  sparse.indices = read_part<std::int64_t>(group, "ir", H5T_NATIVE_INT64, where);
  sparse.values = read_part<float>(group, "data", H5T_NATIVE_FLOAT, where);
  sparse.cols = std::ssize(sparse.pointers) - 1;
  check_sparse(sparse, where);
  return sparse;
}

}  // namespace dem::hdf5
