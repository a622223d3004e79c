// Runs side by side: means and standard deviations over seeds, as text, JSON, CSV and LaTeX.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"
#include "dem/eval/score_statistics.h"
#include "dem/report/run_record.h"

namespace dem {

// A recipe on a dataset.
struct ResultRow {
  std::string dataset;
  std::string recipe;
  std::string selection;  // "val"; of runs that differ in it "mixed"
  std::string split;      // fingerprint; empty where runs have none
  Index feature_dim = 0;
  Index failed = 0;                       // runs without a result
  std::string error;                      // of the first of them
  std::optional<ScoreStatistics> scores;  // of RunRecord::scores, and "seconds"; none of no run
};

// One row a dataset and recipe, in the order in which they first come.
[[nodiscard]] std::vector<ResultRow> result_rows(std::span<const RunRecord> runs);

// What another source says of the same data: scores as printed there, in per cent.
struct PublishedScores {
  std::string system;
  std::string source;     // where it is printed
  std::string selection;  // "test" where it is known to be chosen on test images, else "not stated"
  std::map<std::string, double> scores;  // "T1", "U", "S", "H"
};
// Those for a split with this fingerprint and features of this width, which are of the ResNet-101
// that all of them used; none where it is another. Features of that width from another network
// cannot be told apart: the tables say so.
[[nodiscard]] std::span<const PublishedScores> published_scores(const std::string& split,
                                                                Index feature_dim);

// Cells in columns as wide as their longest cell in code points, two blanks between them, a line a
// row.
[[nodiscard]] std::string aligned_text(std::span<const std::vector<std::string>> rows);

// A table for people: per cent with one decimal, mean and standard deviation, a line a row,
// published numbers of the same data below the rows of a dataset.
[[nodiscard]] std::string to_text(std::span<const ResultRow> rows);
// The same in Markdown.
[[nodiscard]] std::string to_markdown(std::span<const ResultRow> rows);
// A tabular for \input, which needs no package; names escaped.
[[nodiscard]] std::string to_latex(std::span<const ResultRow> rows);
// One line a run, a column a number, fractions: for a data frame. Names are quoted as RFC 4180 has
// it, a cell without a value is empty.
[[nodiscard]] std::string to_csv(std::span<const RunRecord> runs);
// {"format": "dem-benchmark", "format_version": 1, "runs": [...], "rows": [...], "published":
// [...]}: docs/result.schema.json.
[[nodiscard]] std::string to_json(std::span<const RunRecord> runs);

// Writes results.json, results.csv, results.tex and results.md of some runs into a folder, each
// whole or not at all. Throws Error{kIo}.
void save_results(std::span<const RunRecord> runs, const std::string& folder);

}  // namespace dem
