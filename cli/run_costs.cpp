#include "run_costs.h"

#include <algorithm>

namespace dem::cli {

void RunCosts::add(const RunRecord& record) {
  Cost& cost = costs_[{record.key.dataset, record.key.recipe}];
  cost.peak_bytes = std::max(cost.peak_bytes, record.peak_bytes);
  Index& of_data = peak_of_data_[record.key.dataset];
  of_data = std::max(of_data, record.peak_bytes);
  if (!record.error.empty()) return;
  cost.seconds += record.seconds;
  ++cost.runs;
}

double RunCosts::seconds(const RunKey& key) const {
  const auto found = costs_.find({key.dataset, key.recipe});
  if (found == costs_.end() || found->second.runs == 0) return 0.0;
  return found->second.seconds / found->second.runs;
}

Index RunCosts::bytes(const RunKey& key) const {
  const auto found = costs_.find({key.dataset, key.recipe});
  if (found != costs_.end() && found->second.peak_bytes > 0) return found->second.peak_bytes;
  const auto of_data = peak_of_data_.find(key.dataset);
  return of_data == peak_of_data_.end() ? 0 : of_data->second + of_data->second / 4;
}

}  // namespace dem::cli
