// NumPy .npz files, the raw numbers too.
#include "input_file.h"
#include "io/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    dem::NpzFile file(path);
    dem::fuzz::read_arrays(file);
    std::vector<std::byte> storage;
    for (const dem::ArrayInfo& info : file.arrays()) {
      if (dem::element_size(info.type) > 0) (void)file.plain_numbers(info, storage);
    }
  });
}
