// Class statistics: what is read can be added up.
#include <cstdlib>

#include "dem/pipeline/statistics.h"
#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    dem::fuzz::attempt([&] {
      const dem::SavedStatistics saved = dem::load_statistics(path);
      (void)saved.statistics.mean_feature();
      dem::ClassStatistics twice = saved.statistics.clone();
      twice.add(saved.statistics);
      if (twice.num_images() != 2 * saved.statistics.num_images()) std::abort();
    });
  });
}
