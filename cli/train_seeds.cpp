#include "train_seeds.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "interrupt.h"
#include "processes.h"
#include "report.h"
#include "seed_report.h"
#include "train_reporter.h"
#include "train_run.h"

namespace dem::cli {
namespace {

namespace fs = std::filesystem;

constexpr Index kMostSeeds = 1000;

// Another model, or runs of other seeds, beside these would be taken for theirs.
void check_folder(const TrainOptions& options) {
  const std::string& folder = options.fit.output;
  std::error_code none;
  for (const char* name : {"model.safetensors", "train.ckpt"}) {
    if (!fs::is_regular_file(fs::path(folder) / name, none)) continue;
    throw Error(ErrorKind::kInvalidArgument,
                "--save-ckpt " + folder +
                    ": expected a folder for several models (--seeds), got one that has " + name);
  }
  const std::uint64_t first = options.fit.seed;
  const std::uint64_t last = first + static_cast<std::uint64_t>(*options.seeds) - 1;
  for (const SeedRun& run : seed_runs(folder)) {
    if (run.seed >= first && run.seed <= last) continue;
    throw Error(ErrorKind::kInvalidArgument,
                "--save-ckpt " + folder + ": expected no other runs than those of seeds " +
                    std::to_string(first) + " to " + std::to_string(last) + ", got " + run.folder);
  }
}

// The options of one run.
TrainOptions options_of(const TrainOptions& all, std::uint64_t seed) {
  TrainOptions one = all;
  one.fit.seed = seed;
  one.fit.output = seed_folder(all.fit.output, seed);
  one.fit.resume = false;
  return one;
}

int report_kept(std::uint64_t seed) {
  if (group().is_root()) {
    std::cerr << "dem: interrupted at seed " << seed
              << "; the same command with --resume goes on\n";
  }
  return kInterruptedStatus;
}

SeedResult result_of(const Dataset& dataset,
                     const Model& model,
                     std::uint64_t seed,
                     const EvaluationResult& scores) {
  return {seed, scores, result_json(dataset, model, scores)};
}

// One seed's run: what it came to, if it was not stopped.
struct SeedOutcome {
  bool is_stopped = false;
  std::optional<SeedResult> result;  // nothing where there are no images to evaluate on
};

SeedOutcome train_seed(TrainOptions one,
                       const TrainOptions& all,
                       const Dataset& dataset,
                       TrainReporter& reporter) {
  const bool evaluates = !dataset.split.test_unseen.empty();
  const std::uint64_t seed = one.fit.seed;
  if (all.resumes) {
    if (const std::optional<Model> finished = finished_run(dataset, one.fit)) {
      if (!evaluates) return {};
      return {false, result_of(dataset, *finished, seed, evaluate_trained(dataset, *finished))};
    }
    one.fit.resume = has_saved_state(one.fit);
  }
  // What learns at once is not stopped half way.
  learns_at_once(one.fit.recipe) ? end_at_interrupts_between_runs() : catch_interrupts();
  FitResult fitted = fit_naming_file(dataset, one, fit_callbacks(reporter));
  if (!fitted.report.finished()) return {true, std::nullopt};
  if (!evaluates) return {};
  const EvaluationResult scores = evaluate_and_save(dataset, fitted, one.fit.output);
  return {false, result_of(dataset, fitted.model, seed, scores)};
}

void print_all(const TrainOptions& options,
               const std::vector<SeedResult>& results,
               TrainReporter& reporter) {
  const std::string json = seeds_json(results);
  agree(group(), [&] {
    if (group().is_root()) save_seeds_summary(json, options.fit.output);
  });
  if (options.output.json) {
    if (group().is_root()) std::cout << json;
    return;
  }
  reporter.print("%smodels: %s\n", seeds_text(results).c_str(), options.fit.output.c_str());
}

// The folder's summary.json of earlier runs, out of the way: it comes back where nothing is trained
// in its place.
class OldSummary {
 public:
  explicit OldSummary(const std::string& folder)
      : path_(fs::path(folder) / "summary.json"), aside_(path_.string() + ".old") {
    if (!group().is_root()) return;
    std::error_code none;
    fs::rename(path_, aside_, none);
    is_aside_ = !none;
  }
  ~OldSummary() {
    std::error_code ignored;
    if (is_aside_) fs::rename(aside_, path_, ignored);
  }
  OldSummary(const OldSummary&) = delete;
  OldSummary& operator=(const OldSummary&) = delete;

  void drop() {
    std::error_code ignored;
    if (is_aside_) fs::remove(aside_, ignored);
    is_aside_ = false;
  }

 private:
  fs::path path_, aside_;
  bool is_aside_ = false;
};

}  // namespace

void check_seeds(const TrainOptions& options) {
  const Index count = *options.seeds;
  if (count < 2 || count > kMostSeeds) {
    throw Error(
        ErrorKind::kInvalidArgument,
        "--seeds: expected 2 to " + std::to_string(kMostSeeds) + ", got " + std::to_string(count));
  }
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - options.fit.seed;
  if (static_cast<std::uint64_t>(count) - 1 <= room) return;
  throw Error(ErrorKind::kInvalidArgument,
              "--seeds: expected seeds up to 18446744073709551615, got " + std::to_string(count) +
                  " from " + std::to_string(options.fit.seed) + " on");
}

int train_seeds(const TrainOptions& options, const Dataset& dataset) {
  agree(group(), [&] {
    if (options.output.json && dataset.split.test_unseen.empty()) {
      throw Error(ErrorKind::kInvalidArgument,
                  "--json: expected data with test images of unseen classes for --seeds, got none");
    }
    if (group().is_root()) check_folder(options);
  });
  OldSummary old(options.fit.output);  // what stays would be of other runs
  std::vector<SeedResult> results;
  TrainReporter reporter(options);
  for (Index n = 0; n < *options.seeds; ++n) {
    const std::uint64_t seed = options.fit.seed + static_cast<std::uint64_t>(n);
    SeedOutcome outcome = train_seed(options_of(options, seed), options, dataset, reporter);
    old.drop();
    if (outcome.is_stopped || any_interrupted()) return report_kept(seed);
    if (!outcome.result) {
      reporter.print("seed %s: nothing was evaluated: no images\n", std::to_string(seed).c_str());
      continue;
    }
    results.push_back(std::move(*outcome.result));
    if (!options.output.quiet) reporter.print("%s", seed_line(results.back()).c_str());
  }
  if (!results.empty()) print_all(options, results, reporter);
  return 0;
}

}  // namespace dem::cli
