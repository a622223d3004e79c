#include <cctype>
#include <cstring>
#include <fstream>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/hdf5_handle.h"
#include "io/mat_writer.h"

namespace dem {
namespace {

constexpr hsize_t kUserBlockBytes = 512;

// The library's failures while writing are failures of the disk.
template <typename Body>
void as_io_errors(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    throw Error(ErrorKind::kIo, error.what());
  }
}

hdf5::Handle create_file(const std::string& temporary, const std::string& path) {
  const hdf5::Handle properties(H5Pcreate(H5P_FILE_CREATE), H5Pclose, path, "no properties");
  hdf5::checked(H5Pset_userblock(properties, kUserBlockBytes), path, "no user block");
  return {H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, properties, H5P_DEFAULT),
          H5Fclose,
          path,
          "cannot be created"};
}

// MATLAB wants a string of exactly the class's length that claims to be null-terminated.
void write_class(hid_t dataset, const std::string& matlab_class, const std::string& where) {
  const hdf5::Handle type(H5Tcopy(H5T_C_S1), H5Tclose, where, "no string type");
  H5Tset_size(type, matlab_class.size());
  H5Tset_strpad(type, H5T_STR_NULLTERM);
  const hdf5::Handle space(H5Screate(H5S_SCALAR), H5Sclose, where, "no dataspace");
  const hdf5::Handle attribute(
      H5Acreate2(dataset, "MATLAB_class", type, space, H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose,
      where,
      "its class cannot be written");
  hdf5::checked(
      H5Awrite(attribute, type, matlab_class.data()), where, "its class cannot be written");
}

void write_dataset(hid_t file,
                   const std::string& name,
                   MatrixView<const float> values,
                   bool as_double,
                   const std::string& where) {
  const hsize_t extents[2] = {static_cast<hsize_t>(values.rows()),
                              static_cast<hsize_t>(values.cols())};
  // In memory a row of the view is a part of a row of `stride` numbers.
  const hsize_t memory_extents[2] = {extents[0], static_cast<hsize_t>(values.stride())};
  const hsize_t offset[2] = {0, 0};
  const hdf5::Handle space(H5Screate_simple(2, extents, nullptr), H5Sclose, where, "no dataspace");
  const hdf5::Handle memory(
      H5Screate_simple(2, memory_extents, nullptr), H5Sclose, where, "no dataspace");
  hdf5::checked(H5Sselect_hyperslab(memory, H5S_SELECT_SET, offset, nullptr, extents, nullptr),
                where,
                "cannot be selected");
  // Without a time of change the same values give the same bytes.
  const hdf5::Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, where, "no properties");
  hdf5::checked(H5Pset_obj_track_times(properties, false), where, "no properties");
  const hdf5::Handle dataset(H5Dcreate2(file,
                                        name.c_str(),
                                        as_double ? H5T_IEEE_F64LE : H5T_IEEE_F32LE,
                                        space,
                                        H5P_DEFAULT,
                                        properties,
                                        H5P_DEFAULT),
                             H5Dclose,
                             where,
                             "cannot be created");
  write_class(dataset, as_double ? "double" : "single", where);
  hdf5::checked(H5Dwrite(dataset, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, values.data()),
                where,
                "its data cannot be written");
}

// The first 128 bytes of the user block: text, version 2.0, the mark of little-endian files.
void write_header(const std::string& temporary, const std::string& path) {
  std::string header = "MATLAB 7.3 MAT-file, written by dem";
  header.resize(116, ' ');
  header.resize(124, '\0');
  header.append("\0\2IM", 4);
  std::fstream file(temporary, std::ios::binary | std::ios::in | std::ios::out);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  file.close();
  if (!file) throw Error(ErrorKind::kIo, concat(path, ": its header cannot be written"));
}

}  // namespace

void write_hdf5_matlab(const std::string& path,
                       const std::string& name,
                       MatrixView<const float> values,
                       bool as_double) {
  check_matlab_name(path, name);
  AtomicFile file(path);
  as_io_errors([&] {
    const hdf5::QuietErrors quiet;
    hdf5::Handle h5 = create_file(file.temporary_path(), path);
    write_dataset(h5, name, values, as_double, place(path, name));
    hdf5::checked(h5.reset(), path, "cannot be closed");
    write_header(file.temporary_path(), path);
  });
  file.commit();
}

}  // namespace dem
