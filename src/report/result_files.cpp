#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "base/atomic_file.h"
#include "base/csv_cell.h"
#include "base/shortest_text.h"
#include "dem/report/result_table.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ResultRow& row) {
  Json json{{"dataset", row.dataset}, {"recipe", row.recipe}, {"selection", row.selection}};
  json["runs"] = row.scores ? row.scores->num_runs() : 0;
  json["failed"] = row.failed;
  json["split_fingerprint"] = row.split;
  json["mean"] = row.scores ? Json::parse(row.scores->mean_json()) : Json::object();
  json["sd"] = row.scores ? Json::parse(row.scores->sd_json()) : Json::object();
  return json;
}

Json json_of(const RunRecord& run) {
  Json json{{"dataset", run.key.dataset},
            {"recipe", run.key.recipe},
            {"seed", run.key.seed},
            {"dem_version", run.key.dem_version},
            {"data_fingerprint", run.key.data_fingerprint},
            {"seconds", run.seconds},
            {"peak_bytes", run.peak_bytes}};
  if (!run.error.empty()) {
    json["error"] = run.error;
  } else {
    json["result"] = Json::parse(run.result);
  }
  return json;
}

Json published_json(std::span<const ResultRow> rows) {
  Json json = Json::array();
  std::set<std::string> done;
  for (const ResultRow& row : rows) {
    if (!done.insert(row.dataset).second) continue;
    for (const PublishedScores& each : published_scores(row.split, row.feature_dim)) {
      json.push_back({{"dataset", row.dataset},
                      {"system", each.system},
                      {"source", each.source},
                      {"selection", each.selection},
                      {"per_cent", each.scores}});
    }
  }
  return json;
}

// An empty cell stays empty: no value.
std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != cells.data()) line += ',';
    if (!cell.empty()) line += csv_cell(cell);
  }
  line += '\n';
  return line;
}

// Of all runs, in the order in which they first come.
std::vector<std::string> names_of_scores(std::span<const RunRecord> runs) {
  std::vector<std::string> names;
  std::set<std::string> known;
  for (const RunRecord& run : runs) {
    for (const NamedScore& score : run.scores) {
      if (known.insert(score.name).second) names.push_back(score.name);
    }
  }
  return names;
}

}  // namespace

std::string to_csv(std::span<const RunRecord> runs) {
  const std::vector<std::string> names = names_of_scores(runs);
  std::vector<std::string> cells{"dataset", "recipe", "seed", "selection"};
  cells.insert(cells.end(), {"data_fingerprint", "split_fingerprint", "seconds"});
  cells.insert(cells.end(), names.begin(), names.end());
  cells.emplace_back("error");
  std::string text = line_of(cells);
  for (const RunRecord& run : runs) {
    cells = {run.key.dataset, run.key.recipe, std::to_string(run.key.seed), run.selection};
    cells.insert(cells.end(), {run.key.data_fingerprint, run.split, shortest_text(run.seconds)});
    for (const std::string& name : names) {
      const NamedScore* score = run.find(name);
      cells.push_back(score == nullptr ? "" : shortest_text(score->value));
    }
    cells.push_back(run.error);
    text += line_of(cells);
  }
  return text;
}

std::string to_json(std::span<const RunRecord> runs) {
  const std::vector<ResultRow> rows = result_rows(runs);
  Json json{{"format", "dem-benchmark"}, {"format_version", 1}};
  json["rows"] = Json::array();
  for (const ResultRow& row : rows) json["rows"].push_back(json_of(row));
  json["published"] = published_json(rows);
  json["runs"] = Json::array();
  for (const RunRecord& run : runs) json["runs"].push_back(json_of(run));
  return json.dump(2) + "\n";
}

void save_results(std::span<const RunRecord> runs, const std::string& folder) {
  const std::vector<ResultRow> rows = result_rows(runs);
  const std::filesystem::path path(folder);
  write_file_atomically((path / "results.json").string(), to_json(runs));
  write_file_atomically((path / "results.csv").string(), to_csv(runs));
  write_file_atomically((path / "results.tex").string(), to_latex(rows));
  write_file_atomically((path / "results.md").string(), to_markdown(rows));
}

}  // namespace dem
