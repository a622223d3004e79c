#include "pipeline/distributed_checkpoints.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "auto_parallel-";
constexpr std::string_view kSuffix = ".ckpt";
constexpr std::size_t kKept = 5;

// Steps done, by the name; nothing for another file's name.
std::optional<Index> steps_of(std::string_view name, Index steps_per_epoch) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  const char* const end = name.data() + name.size();
  Index epoch = 0;
  Index step = 0;
  const auto [middle, bad_epoch] = std::from_chars(name.data(), end, epoch);
  if (bad_epoch != std::errc() || middle == end || *middle != '_') return std::nullopt;
  const auto [last, bad_step] = std::from_chars(middle + 1, end, step);
  if (bad_step != std::errc() || last != end) return std::nullopt;
  constexpr Index kMost = std::numeric_limits<std::int32_t>::max();  // products stay within 64 bits
  if (epoch < 1 || epoch > kMost || step < 1 || step > kMost) return std::nullopt;
  return (epoch - 1) * steps_per_epoch + step;
}

void remove_checkpoint(const std::string& path) {
  std::error_code problem;
  fs::remove(path, problem);
  if (problem) {
    throw Error(ErrorKind::kIo, concat(path, ": cannot be removed: ", problem.message()));
  }
}

}  // namespace

void DistributedCheckpoints::open(Index step, Index steps_per_epoch) {
  steps_per_epoch_ = steps_per_epoch;
  files_.clear();
  last_step_ = 0;
  if (options_.output.empty() || step == 0) return;
  std::vector<std::pair<Index, std::string>> found;
  std::error_code problem;
  fs::directory_iterator entry(options_.output, problem);
  for (; !problem && entry != fs::directory_iterator(); entry.increment(problem)) {
    const auto steps = steps_of(entry->path().filename().string(), steps_per_epoch);
    if (steps && *steps <= step) found.emplace_back(*steps, entry->path().string());
  }
  if (problem) {
    throw Error(ErrorKind::kIo, concat(options_.output, ": cannot be listed: ", problem.message()));
  }
  std::sort(found.begin(), found.end());
  for (const auto& [steps, path] : found) {
    files_.push_back(path);
    last_step_ = steps;
  }
}

void DistributedCheckpoints::add(const TrainingState& state, const Network& network, bool last) {
  if (options_.output.empty() || state.step == last_step_) return;
  if (!last && !is_due(state.step)) return;
  const Recipe& recipe = options_.recipe;
  const Index epoch = (state.step - 1) / steps_per_epoch_ + 1;
  const Index step = state.step - (epoch - 1) * steps_per_epoch_;
  const std::string path =
      (fs::path(options_.output) / concat(kPrefix, epoch, "_", step, kSuffix)).string();
  save_mindspore_training_checkpoint(
      state,
      network,
      {recipe.network->learning_rate, recipe.network->beta1, recipe.network->beta2},
      path);
  last_step_ = state.step;
  files_.push_back(path);
  while (files_.size() > kKept) {
    remove_checkpoint(files_.front());
    files_.pop_front();
  }
}

}  // namespace dem
