// HDF5 and MATLAB 7.3.
#include "input_file.h"
#include "io/formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(
      data, size, [](const std::string& path) { dem::fuzz::read_arrays(*dem::open_hdf5(path)); });
}
