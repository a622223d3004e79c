// dem eval of scores that another system gave.
#pragma once

#include <string>
#include <vector>

#include "common.h"
#include "dem/dem.h"
#include "evaluation_report.h"

namespace dem::cli {

struct ScoreEvalOptions {
  ScoreOptions files;
  // Options given that are for a model and its data, and those that are for scores alone.
  std::vector<std::string> of_models, of_scores;

  [[nodiscard]] bool is_asked_for() const {
    return !files.test.scores.empty() || !of_scores.empty();
  }
};

void add_score_options(CLI::App& app, ScoreEvalOptions& options);
// Once the command line is read: which options were given. --labels are those of `data`.
void take_given(const CLI::App& app, const DataOptions& data, ScoreEvalOptions& options);

// The exit status.
int run_eval_scores(const ScoreEvalOptions& options, ReportOptions report, bool json);

}  // namespace dem::cli
