#include "pipeline/begin_report.h"

#include <algorithm>

#include "dem/learn/family.h"

namespace dem {

RunReport begin_report(const Dataset& dataset, const FitOptions& options) {
  RunReport report;
  report.dataset = dataset.name;
  report.layout = dataset.layout;
  report.train_mode = dataset.train_mode;
  report.missing_descriptions = dataset.missing_descriptions;
  report.num_missing = dataset.num_missing;
  report.data_fingerprint = dataset.fingerprint;
  report.files = dataset.files;
  report.shuffle_classes = dataset.shuffled_with;
  report.missing_features = dataset.missing_features;
  report.zeroed_features = dataset.zeroed_features.values;
  if (const SavedStatistics* saved = options.saved_statistics; saved != nullptr) {
    report.statistics_fingerprints = saved->fingerprints;
    if (saved->missing_features == MissingFeatures::kZero) {
      const auto& of_file = saved->fingerprints;
      const bool has_same_images =
          std::find(of_file.begin(), of_file.end(), dataset.fingerprint) != of_file.end();
      report.missing_features = MissingFeatures::kZero;
      if (has_same_images) report.zeroed_features = 0;  // the file counts all of the data
      report.zeroed_features += saved->zeroed_features;
    }
  }
  report.recipe = options.recipe;
  report.grid = options.grid;
  report.summary.stop_reason = StopReason::kStopped;
  report.init_file = options.init_file;
  report.original_attributes = dataset.original_attributes;
  report.has_original_attributes = dataset.has_original_attributes;
  report.seed = options.seed;
  if (options.group != nullptr) report.ranks = options.group->size();
  if (learns_at_once(options.recipe)) {
    report.solver = "at once";
    return report;
  }
  report.solver = to_string(options.solver);
  if (options.solver == Solver::kStatistics) {
    report.solver_method = to_string(options.statistics.method);
  }
  return report;
}

}  // namespace dem
