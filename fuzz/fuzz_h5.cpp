// HDF5 and MATLAB 7.3. Besides refusing or reading its file, dem must leave nothing of it open.
#include "input_file.h"
#include "io/formats.h"
#include "io/hdf5_handle.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  dem::fuzz::check(
      data, size, [](const std::string& path) { dem::fuzz::read_arrays(*dem::open_hdf5(path)); });
  dem::fuzz::require(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "nothing left open");
  return 0;
}
