// safetensors files.
#include "input_file.h"
#include "io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    dem::SafetensorsFile file(path);
    dem::fuzz::read_arrays(file);
    for (const dem::ArrayInfo& info : file.arrays()) (void)file.bytes(info);
  });
}
