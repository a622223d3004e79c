#include "train_grid.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "interrupt.h"
#include "processes.h"
#include "train_run.h"

namespace dem::cli {
namespace {

std::string per_cent(double fraction) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", 100.0 * fraction);
  return text.data();
}

std::string text_of(const std::map<std::string, std::string>& fields) {
  std::string text;
  for (const auto& [field, value] : fields) {
    text += (text.empty() ? "" : ", ") + field + " " + value;
  }
  return text;
}

std::string failing(const JudgedPoint& point) {
  return point.is_refused ? "refused" : "failed";
}

std::string line_of(std::size_t place, std::size_t count, const JudgedPoint& point, bool is_saved) {
  std::string text = "grid " + std::to_string(place + 1) + " of " + std::to_string(count) + ": " +
                     text_of(point.fields) + ": ";
  if (!point.failure.empty()) return text + failing(point) + ": " + point.failure + "\n";
  text += std::string(to_string(point.by)) + " " + per_cent(point.mean);
  if (point.standard_error) text += " ± " + per_cent(*point.standard_error);
  return text + (is_saved ? " (of the run before)\n" : "\n");
}

std::vector<std::string> heading_of(const JudgedPoint& point) {
  std::vector<std::string> cells{""};
  for (const auto& [field, unused] : point.fields) cells.push_back(field);
  cells.emplace_back(to_string(point.by));
  cells.emplace_back("standard error");
  cells.emplace_back("folds");
  return cells;
}

std::vector<std::string> cells_of(const JudgedPoint& point, bool is_best) {
  std::vector<std::string> cells{is_best ? "*" : ""};
  for (const auto& [unused, value] : point.fields) cells.push_back(value);
  const bool failed = !point.failure.empty();
  cells.push_back(failed ? failing(point) : per_cent(point.mean));
  cells.push_back(point.standard_error ? per_cent(*point.standard_error) : "-");
  cells.push_back(failed ? "-" : std::to_string(point.values.size()));
  return cells;
}

// Why points have no values.
std::string reasons_of(const std::vector<JudgedPoint>& points) {
  std::string text;
  for (const JudgedPoint& point : points) {
    if (point.failure.empty()) continue;
    text += failing(point) + " with " + text_of(point.fields) + ": " + point.failure + "\n";
  }
  return text;
}

// Nothing is to be trained: all were refused, or had no solution.
[[noreturn]] void refuse_all(const std::vector<JudgedPoint>& points) {
  const auto solvable = std::find_if(
      points.begin(), points.end(), [](const JudgedPoint& point) { return !point.is_refused; });
  const bool all_refused = solvable == points.end();
  const std::string message =
      all_refused
          ? "--grid: expected a point that its recipe takes these data for, got none; the "
            "first: " +
                points[0].failure
          : "--grid: expected a point with a solution, got none; the first: " + solvable->failure;
  throw AgreedError(all_refused ? ErrorKind::kInvalidArgument : ErrorKind::kNumerical, message);
}

int report_stopped(const TrainOptions& options, std::size_t judged) {
  if (group().is_root()) {
    std::cerr << "dem: interrupted; " << judged << " of " << options.points.size()
              << " points of the grid are in " << options.fit.output
              << "/grid.jsonl; the same command with --resume goes on\n";
  }
  return kInterruptedStatus;
}

}  // namespace

std::string grid_text(const std::vector<JudgedPoint>& points) {
  const std::optional<std::size_t> best = best_point(points);
  std::vector<std::vector<std::string>> rows{heading_of(points[0])};
  for (std::size_t i = 0; i < points.size(); ++i) {
    rows.push_back(cells_of(points[i], best == i));
  }
  return "grid on held-out seen classes, per cent\n" + aligned_text(rows) + reasons_of(points);
}

std::string with_grid(const std::string& json, const std::vector<JudgedPoint>& points) {
  const std::optional<std::size_t> best = best_point(points);
  if (!best) return json;
  auto object = nlohmann::ordered_json::parse(json);
  for (const JudgedPoint& point : points) {
    object["grid"].push_back(nlohmann::ordered_json::parse(point.to_json()));
  }
  object["grid_best"] = points[*best].fields;
  return object.dump(2) + "\n";
}

std::optional<int> choose_on_grid(TrainOptions& options,
                                  const Dataset& dataset,
                                  TrainReporter& reporter) {
  catch_interrupts();
  FitOptions search = options.fit;
  search.resume = options.resumes;
  bool are_all_saved = true;
  GridCallbacks callbacks;
  callbacks.fit.should_stop = [] { return interrupted(); };
  callbacks.on_point = [&](std::size_t i, const JudgedPoint& point, bool is_saved) {
    are_all_saved = are_all_saved && is_saved;
    if (options.output.quiet) return;
    reporter.print("%s", line_of(i, options.points.size(), point, is_saved).c_str());
  };
  std::vector<JudgedPoint> judged =
      judge_grid(dataset, search, options.points, options.grid_by, callbacks);
  if (judged.size() < options.points.size()) return report_stopped(options, judged.size());
  const std::optional<std::size_t> best = best_point(judged);
  if (!best) refuse_all(judged);
  reporter.print("%s", grid_text(judged).c_str());
  options.fit.recipe = options.points[*best].recipe;
  options.fit.selected = judged[*best].selection;
  // A run that was stopped in the last training of the same point.
  if (options.resumes && are_all_saved) {
    options.fit.resume = has_saved_state(options.fit) && is_saved_run(dataset, options.fit);
  }
  options.fit.grid = std::move(judged);
  return std::nullopt;
}

}  // namespace dem::cli
