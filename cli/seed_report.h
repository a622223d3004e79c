// What several runs with different seeds came to, for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

// One of them.
struct SeedResult {
  std::uint64_t seed = 0;
  EvaluationResult scores;
  std::string json;  // result_json() of it
};

// "seed 7: T1 36.0  U ...", those of the scores that there are.
[[nodiscard]] std::string seed_line(const SeedResult& result);

// A heading and a line a score, "T1  36.0 ± 20.6".
[[nodiscard]] std::string seeds_text(const std::vector<SeedResult>& results);

// {"dataset", "layout", "recipe", "seeds", "runs", "mean", "sd"}: `runs` has the object of each,
// with its "seed"; `mean` and `sd` have the form of its "metrics". With a newline at its end.
[[nodiscard]] std::string seeds_json(const std::vector<SeedResult>& results);

}  // namespace dem::cli
