#include "benchmark_runs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <thread>
#include <utility>

#include "available_memory.h"
#include "interrupt.h"
#include "progress.h"

namespace dem::cli {
namespace {

constexpr Index kGiB = Index{1} << 30;
constexpr auto kPause = std::chrono::milliseconds(10);
// Of what is free, for all runs together: the rest is the files' that they read.
constexpr double kPartOfFree = 0.8;

// What a program says last is what it failed of.
std::string last_line(const std::string& text, int status) {
  const std::size_t end = text.find_last_not_of("\n");
  if (end == std::string::npos) return "ended with status " + std::to_string(status);
  const std::size_t start = text.rfind('\n', end);
  std::string line = text.substr(start == std::string::npos ? 0 : start + 1, end - start);
  constexpr std::string_view kName = "dem: ";
  return line.rfind(kName, 0) == 0 ? line.substr(kName.size()) : line;
}

void take_result(const FinishedChild& child, RunRecord& record) {
  try {
    record.take_result(child.out);
  } catch (const Error& error) {
    record.error = error.what();
  }
}

std::string percent(const RunRecord& record, const char* name) {
  const NamedScore* score = record.find(name);
  if (score == nullptr) return "";
  char text[64];
  std::snprintf(text, sizeof text, "  %s %.1f", name, 100.0 * score->value);
  return text;
}

std::vector<std::string> joined(std::vector<std::string> first,
                                const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

BenchmarkRuns::BenchmarkRuns(const BenchmarkOptions& options, std::vector<BenchmarkCell> cells)
    : options_(options),
      threads_(options.output.threads > 0 ? options.output.threads : available_threads()) {
  for (BenchmarkCell& cell : cells) {
    Run run;
    run.record.key = cell.key;
    run.record.feature_dim = cell.feature_dim;
    run.cell = std::move(cell);
    runs_.push_back(std::move(run));
  }
  free_threads_ = threads_;
  memory_ = options.memory_gib > 0.0
                ? static_cast<Index>(options.memory_gib * static_cast<double>(kGiB))
                : static_cast<Index>(kPartOfFree * static_cast<double>(available_memory()));
  free_memory_ = memory_;
}

std::string BenchmarkRuns::kept_file(const Run& run) const {
  return options_.folder + "/runs/" + run.cell.file_name + ".json";
}

std::string BenchmarkRuns::model_folder(const Run& run) const {
  return options_.folder + "/models/" + run.cell.file_name;
}

// What failed is run again.
void BenchmarkRuns::take_kept() {
  if (options_.fresh) return;
  for (Run& run : runs_) {
    std::optional<RunRecord> kept = load_run(kept_file(run));
    if (!kept || !(kept->key == run.cell.key) || !kept->error.empty()) continue;
    run.record = std::move(*kept);
    run.state = State::kDone;
    costs_.add(run.record);
  }
}

std::size_t BenchmarkRuns::count(State state) const {
  return static_cast<std::size_t>(std::count_if(
      runs_.begin(), runs_.end(), [&](const Run& run) { return run.state == state; }));
}

// Where nothing is known yet, what data of that size are wont to take.
Index BenchmarkRuns::expected_bytes(const Run& run) const {
  const Index known = costs_.bytes(run.cell.key);
  return known > 0 ? known : 4 * run.cell.feature_bytes + kGiB / 4;
}

// Where fewer runs are left than threads, each gets more of them.
int BenchmarkRuns::threads_of_next() const {
  const auto left = static_cast<int>(runs_.size() - count(State::kDone));
  return std::max(1, threads_ / std::max(1, left));
}

// Those of which nothing is known come first, so that it is known soon how long all take; then the
// longest, so that no long one is left alone at the end. One that does not fit waits, unless
// nothing runs.
bool BenchmarkRuns::start_next() {
  const int threads = threads_of_next();
  if (threads > free_threads_) return false;
  Run* next = nullptr;
  double longest = -1.0;
  for (Run& run : runs_) {
    if (run.state != State::kWaiting) continue;
    if (children_.count() > 0 && expected_bytes(run) > free_memory_) continue;
    const double seconds = costs_.seconds(run.cell.key);
    if (seconds == 0.0) {
      next = &run;
      break;
    }
    if (seconds > longest) {
      longest = seconds;
      next = &run;
    }
  }
  if (next == nullptr) return false;
  next->threads = threads;
  next->reserved_bytes = expected_bytes(*next);
  free_threads_ -= threads;
  free_memory_ -= next->reserved_bytes;
  train(*next);
  return true;
}

void BenchmarkRuns::start_what_fits() {
  while (start_next()) {
  }
}

void BenchmarkRuns::start_command(Run& run,
                                  const char* command,
                                  const std::vector<std::string>& more) {
  std::vector<std::string> arguments = joined({command}, run.cell.data);
  arguments = joined(std::move(arguments), more);
  const std::vector<std::string> own{"--save-ckpt",
                                     model_folder(run),
                                     "--threads",
                                     std::to_string(run.threads),
                                     "--quiet",
                                     "--json"};
  children_.start(&run - runs_.data(), joined(std::move(arguments), own));
}

void BenchmarkRuns::train(Run& run) {
  run.state = State::kTraining;
  run.record.seconds = 0.0;
  run.record.error.clear();
  start_command(run, "train", run.cell.recipe);
}

void BenchmarkRuns::evaluate(Run& run) {
  run.state = State::kEvaluating;
  start_command(run, "eval", {});
}

void BenchmarkRuns::take(const FinishedChild& child) {
  Run& run = runs_[static_cast<std::size_t>(child.id)];
  run.record.seconds += child.seconds;
  run.record.peak_bytes = std::max(run.record.peak_bytes, child.peak_bytes);
  if (child.status != 0) {
    run.record.error = last_line(child.error, child.status);
  } else if (run.state == State::kTraining) {
    evaluate(run);
    return;
  } else {
    take_result(child, run.record);
  }
  finish(run);
}

void BenchmarkRuns::finish(Run& run) {
  run.state = State::kDone;
  costs_.add(run.record);
  free_threads_ += run.threads;
  free_memory_ += run.reserved_bytes;
  std::filesystem::remove_all(model_folder(run));
  save_run(run.record, kept_file(run));
  report(run);
}

void BenchmarkRuns::report(const Run& run) const {
  if (options_.output.quiet) return;
  const std::size_t done = count(State::kDone);
  double left = 0.0, known = 0.0;
  std::size_t unknown = 0, measured = 0;
  for (const Run& each : runs_) {
    const double seconds = costs_.seconds(each.cell.key);
    known += seconds;
    measured += seconds > 0.0 ? 1 : 0;
    if (each.state == State::kDone) continue;
    left += seconds;
    unknown += seconds > 0.0 ? 0 : 1;
  }
  if (measured > 0) left += static_cast<double>(unknown) * known / static_cast<double>(measured);
  const auto at_once = static_cast<double>(std::max<std::size_t>(children_.count() + 1, 1));
  std::cerr << "[" << done << "/" << runs_.size() << "] " << run.cell.key.dataset << ", "
            << run.cell.key.recipe << ", seed " << run.cell.key.seed << ":";
  if (!run.record.error.empty()) {
    std::cerr << " failed: " << run.record.error;
  } else {
    std::cerr << percent(run.record, "T1") << percent(run.record, "H") << "  ("
              << duration_text(run.record.seconds) << ")";
  }
  if (done < runs_.size()) std::cerr << "; about " << duration_text(left / at_once) << " left";
  std::cerr << std::endl;
}

bool BenchmarkRuns::run() {
  // Before the runs, which would each make it, and take it away, beside the others.
  std::filesystem::create_directories(options_.folder + "/models");
  take_kept();
  if (const std::size_t kept = count(State::kDone); kept > 0 && !options_.output.quiet) {
    std::cerr << "dem: " << kept << " of " << runs_.size() << " runs are kept in "
              << options_.folder << std::endl;
  }
  while (count(State::kDone) < runs_.size() && !interrupted()) {
    start_what_fits();
    const std::optional<FinishedChild> child = children_.take_finished();
    if (child) {
      take(*child);
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
  children_.end_all();
  std::filesystem::remove_all(options_.folder + "/models");
  return count(State::kDone) == runs_.size();
}

std::vector<RunRecord> BenchmarkRuns::records() const {
  std::vector<RunRecord> records;
  for (const Run& run : runs_) {
    if (run.state == State::kDone) records.push_back(run.record);
  }
  return records;
}

}  // namespace dem::cli
