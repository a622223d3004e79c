// MindSpore checkpoints.
#include "dem/exchange/model_file.h"
#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(
      data, size, [](const std::string& path) { (void)dem::load_mindspore_checkpoint(path); });
}
