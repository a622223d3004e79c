// One run of a benchmark: a recipe on a dataset with a seed, and what came of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dem/base/types.h"
#include "dem/eval/score_statistics.h"

namespace dem {

// What makes two runs the same: their results are, too, to the last digit (docs/determinism.md).
struct RunKey {
  std::string dataset;
  std::string recipe;  // its name, or what stands for a file of settings
  std::uint64_t seed = 0;
  // What the recipe's fields came to where they are not its own (the text of a file of settings),
  // and the options that chose the data.
  std::string settings;
  std::string data_fingerprint;
  std::string dem_version;

  [[nodiscard]] bool operator==(const RunKey&) const = default;
};

struct RunRecord {
  RunKey key;
  std::string error;      // one line; empty where the run has a result
  double seconds = 0.0;   // of training and evaluation together, by the clock
  Index peak_bytes = 0;   // the larger resident memory of the two
  std::string result;     // the JSON object of dem eval; empty with an error
  std::string selection;  // of it: what the weights and settings were chosen on
  std::string split;      // of it: the fingerprint of the split
  Index feature_dim = 0;
  std::vector<NamedScore> scores = {};  // of its "metrics", and "gamma"

  // Null where there is none of that name.
  [[nodiscard]] const NamedScore* find(std::string_view name) const noexcept;

  // Takes selection, split and scores from a JSON object of dem eval. Throws Error{kFormat}.
  void take_result(const std::string& json);
};

// A file of its own, JSON, whole or not at all. Throws Error{kIo}.
void save_run(const RunRecord& record, const std::string& path);
// Nothing where there is no such file, or it is not one that save_run wrote: it is made anew.
[[nodiscard]] std::optional<RunRecord> load_run(const std::string& path);

}  // namespace dem
