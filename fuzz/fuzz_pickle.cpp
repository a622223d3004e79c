// Pickles and PyTorch's archives, the raw numbers too. A damaged archive hardly ever has the right
// checksum, so that whatever is no zip archive is also read as the pickle of one.
#include "input_file.h"
#include "io/pickle.h"
#include "io/pickle_calls.h"
#include "io/pickled_file.h"

namespace {

// As data.pkl beside one storage of 64 numbers of any kind.
void read_as_torch(std::span<const std::byte> bytes) {
  const dem::Pickle pickle(bytes, "input");
  const std::vector<std::byte> numbers(512);
  dem::TensorStorages storages;
  for (const std::size_t size : {1, 2, 4, 8}) {
    dem::ZipEntry entry;
    entry.stored = std::span(numbers).first(64 * size);
    entry.size = entry.stored.size();
    storages.entries = {{"0", entry}};
    dem::fuzz::attempt([&] {
      for (const dem::PickledArray& array :
           dem::pickled_arrays(pickle, storages, "input", "input")) {
        if (dem::element_size(array.info.type) == 0 || array.values || array.as_text) continue;
        std::vector<std::byte> storage;
        (void)dem::plain_numbers(array.numbers, array.info, storage);
      }
    });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const bool is_zip = size > 0 && data[0] == 'P';
  if (!is_zip) {
    dem::fuzz::attempt([&] { read_as_torch(std::as_bytes(std::span(data, size))); });
  }
  return dem::fuzz::check(data, size, [&](const std::string& path) {
    dem::PickledFile file(path, is_zip ? dem::FileFormat::kTorch : dem::FileFormat::kPickle);
    dem::fuzz::read_arrays(file);
    for (const dem::ArrayInfo& info : file.arrays()) {
      std::vector<std::byte> storage;
      if (dem::element_size(info.type) > 0) (void)file.plain_numbers(info, storage);
    }
  });
}
