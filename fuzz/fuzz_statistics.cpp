// Class statistics: what is read can be added up.
#include <cstdlib>
#include <utility>

#include "dem/pipeline/statistics.h"
#include "input_file.h"

namespace {

void check_folds(const dem::FoldStatistics& folds, dem::Index num_images) {
  dem::Index images = 0;
  for (const dem::Index fold : folds.folds_with_images()) {
    const dem::Index inside = folds.only(fold).num_images();
    if (inside + folds.without(fold).num_images() != num_images) std::abort();
    images += inside;
  }
  if (images != num_images) std::abort();
  dem::FoldStatistics twice = folds.clone();
  twice.add(folds);
  if (twice.all().num_images() != 2 * num_images) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    dem::fuzz::attempt([&] {
      const dem::SavedStatistics saved = dem::load_statistics(path);
      (void)saved.statistics.mean_feature();
      dem::ClassStatistics twice = saved.statistics.clone();
      twice.add(saved.statistics);
      if (twice.num_images() != 2 * saved.statistics.num_images()) std::abort();
      if (saved.folds) check_folds(*saved.folds, saved.statistics.num_images());
      dem::RowSampler sampler(saved.classes.names,
                              saved.statistics.feature_dim(),
                              saved.sample.max_rows,
                              saved.sample.size());
      sampler.add(saved.sample.features, saved.sample.labels);
      if (std::move(sampler).finish().labels != saved.sample.labels) std::abort();
    });
  });
}
