#include "dem/pipeline/seed_runs.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/atomic_file.h"
#include "pipeline/model_names.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSeedPrefix = "seed_";

// The seed of a folder's name, as seed_folder() writes it.
std::optional<std::uint64_t> seed_in(const std::string& name) {
  if (!name.starts_with(kSeedPrefix)) return std::nullopt;
  const std::string digits = name.substr(kSeedPrefix.size());
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  const bool is_whole = error == std::errc() && end == digits.data() + digits.size();
  return is_whole && std::to_string(seed) == digits ? std::optional(seed) : std::nullopt;
}

}  // namespace

std::string seed_folder(const std::string& output, std::uint64_t seed) {
  return (fs::path(output) / (std::string(kSeedPrefix) + std::to_string(seed))).string();
}

std::vector<SeedRun> seed_runs(const std::string& path) {
  std::vector<SeedRun> runs;
  std::error_code none;
  if (!fs::is_directory(path, none) || has_model(path)) return runs;
  for (fs::directory_iterator entry(path, none), end; !none && entry != end;
       entry.increment(none)) {
    const auto seed = seed_in(entry->path().filename().string());
    if (seed && has_model(entry->path().string())) runs.push_back({*seed, entry->path().string()});
  }
  std::sort(
      runs.begin(), runs.end(), [](const SeedRun& a, const SeedRun& b) { return a.seed < b.seed; });
  return runs;
}

void save_seeds_summary(const std::string& json, const std::string& folder) {
  write_file_atomically((fs::path(folder) / "summary.json").string(), json);
}

}  // namespace dem
