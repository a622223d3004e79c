#include <algorithm>
#include <utility>

#include "dem/report/result_table.h"

namespace dem {
namespace {

// The runs of one row.
struct Gathered {
  ResultRow row;
  std::vector<std::vector<NamedScore>> runs;

  void add(const RunRecord& run) {
    if (!run.error.empty()) {
      if (row.failed++ == 0) row.error = run.error;
      return;
    }
    if (runs.empty()) {
      row.selection = run.selection;
      row.split = run.split;
      row.feature_dim = run.feature_dim;
    }
    if (run.selection != row.selection) row.selection = "mixed";
    runs.push_back(run.scores);
    runs.back().push_back({"seconds", run.seconds});
  }
};

}  // namespace

std::vector<ResultRow> result_rows(std::span<const RunRecord> runs) {
  std::vector<Gathered> all;
  for (const RunRecord& run : runs) {
    auto found = std::find_if(all.begin(), all.end(), [&](const Gathered& each) {
      return each.row.dataset == run.key.dataset && each.row.recipe == run.key.recipe;
    });
    if (found == all.end()) {
      found = all.emplace(all.end());
      found->row.dataset = run.key.dataset;
      found->row.recipe = run.key.recipe;
    }
    found->add(run);
  }
  std::vector<ResultRow> rows;
  for (Gathered& each : all) {
    if (!each.runs.empty()) each.row.scores.emplace(each.runs);
    rows.push_back(std::move(each.row));
  }
  return rows;
}

}  // namespace dem
