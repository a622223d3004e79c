#include "benchmark_plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string_view>

#include "child_processes.h"
#include "recipe_advice.h"
#include "recipe_options.h"

namespace dem::cli {
namespace {

constexpr Index kMostSeeds = 1000;
constexpr double kMostGiB = 1048576.0;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, what);
}

struct BenchmarkRecipe {
  std::string name;      // in tables
  std::string file;      // of settings; empty: none
  std::string settings;  // its text
  std::vector<std::string> arguments;
};

struct BenchmarkData {
  std::string name;
  std::string fingerprint;
  Index feature_dim = 0;
  Index feature_bytes = 0;
  // Arguments of dem train and dem eval: where the data are, which the runs do not depend on, and
  // how they are read.
  std::vector<std::string> place, reading;

  [[nodiscard]] std::vector<std::string> arguments() const {
    std::vector<std::string> all = place;
    all.insert(all.end(), reading.begin(), reading.end());
    return all;
  }
};

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error(ErrorKind::kIo, path + ": cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

BenchmarkRecipe recipe_of(const std::string& text) {
  if (find_recipe(text) != nullptr) return {text, "", "", {"--recipe", text}};
  const std::filesystem::path path(text);
  if (path.extension() == ".json") {
    (void)read_settings_file(text);  // what is wrong with its form is said now
    const std::string name = path.stem().string();
    if (find_recipe(name) != nullptr) {
      refuse("--recipes " + text + ": expected a name that is no recipe's, got " + name);
    }
    return {name, text, file_text(text), {"--settings", text}};
  }
  refuse("--recipes: expected " +
         expected_recipe(text, ", all, or files of settings that end in .json"));
}

std::vector<BenchmarkRecipe> recipes_of(const BenchmarkOptions& options) {
  std::vector<BenchmarkRecipe> recipes;
  for (const std::string& text : options.recipes) {
    if (text != "all") {
      recipes.push_back(recipe_of(text));
      continue;
    }
    for (const RecipeEntry& entry : recipe_entries()) {
      if (entry.learn == nullptr || entry.in_feature_space) continue;
      recipes.push_back(recipe_of(std::string(entry.name)));
    }
  }
  std::set<std::string> names;
  for (const BenchmarkRecipe& recipe : recipes) {
    if (!names.insert(recipe.name).second) {
      refuse("--recipes: expected each once, got " + recipe.name + " twice");
    }
  }
  return recipes;
}

// Looked at once for all runs, which are then known by its fingerprint.
void look_at(const DataOptions& data, BenchmarkData& out) {
  const std::string text = in_own_process([&] {
    const Dataset dataset = load_dataset(resolve(data));
    const nlohmann::json facts{{"fingerprint", dataset.fingerprint},
                               {"dim", dataset.visual_features.cols()},
                               {"bytes", dataset.visual_features.size() * Index{sizeof(float)}},
                               {"test", dataset.split.test_unseen.size()}};
    return facts.dump();
  });
  const auto facts = nlohmann::json::parse(text);
  if (facts["test"].get<Index>() == 0) {
    throw Error(ErrorKind::kFormat,
                "dataset " + out.name +
                    ": expected test images of unseen classes, got none: there is nothing to "
                    "compare");
  }
  out.fingerprint = facts["fingerprint"].get<std::string>();
  out.feature_dim = facts["dim"].get<Index>();
  out.feature_bytes = facts["bytes"].get<Index>();
}

// Place and reading of "FOLDER/NAME:OPTION=VALUE:...".
void take_arguments(const BenchmarkOptions& options, const std::string& text, BenchmarkData& out) {
  std::istringstream parts(text);
  std::string place;
  std::getline(parts, place, ':');
  while (place.size() > 1 && place.back() == '/') place.pop_back();  // as a shell completes it
  const std::filesystem::path path = std::filesystem::path(place).lexically_normal();
  const std::string folder =
      path.has_parent_path() ? path.parent_path().string() : options.data.dataset.data_path;
  out.place = {"--data-path", folder, "--dataset", path.filename().string()};
  out.reading = options.data_arguments;
  for (std::string part; std::getline(parts, part, ':');) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals + 1 == part.size()) {
      refuse("--datasets " + text + ": expected OPTION=VALUE behind a colon, got " + part);
    }
    const std::string option = "--" + part.substr(0, equals);
    const bool is_known = std::find(std::begin(kDataOptions), std::end(kDataOptions), option) !=
                          std::end(kDataOptions);
    if (!is_known || option == "--data-path" || option == "--dataset") {
      refuse("--datasets " + text + ": expected an option of data behind a colon, got " + option);
    }
    out.reading.insert(out.reading.end(), {option, part.substr(equals + 1)});
  }
}

// What the arguments mean, by the options of the other commands.
DataOptions parsed(const std::vector<std::string>& arguments, const std::string& text) {
  CLI::App parser;
  DataOptions data;
  parser.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  add_data_options(parser, data);
  try {
    parser.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    refuse("--datasets " + text + ": " + error.what());
  }
  return data;
}

// The recipes as the runs will plan them; what is wrong with a file of settings is said before any.
void require_plannable(const std::vector<BenchmarkRecipe>& recipes, const DatasetOptions& data) {
  for (const BenchmarkRecipe& recipe : recipes) {
    if (recipe.file.empty()) continue;
    const std::string where = "--recipes " + recipe.file + ": ";
    const std::string as_of_runs = "--settings " + recipe.file + ": ";
    try {
      RecipeOptions options;
      options.file = recipe.file;
      const RecipeChoices choices = choices_of(options, data.layout, 1);
      plan_recipe(choices, data.layout, data.name, data.train_mode).validate();
    } catch (const Error& error) {
      const std::string what = error.what();
      const bool is_named = what.starts_with(as_of_runs);
      throw Error(error.kind(), where + (is_named ? what.substr(as_of_runs.size()) : what));
    }
  }
}

BenchmarkData data_of(const BenchmarkOptions& options,
                      const std::vector<BenchmarkRecipe>& recipes,
                      const std::string& text) {
  BenchmarkData out;
  take_arguments(options, text, out);
  const DataOptions data = parsed(out.arguments(), text);
  out.name = data.name.value_or(data.dataset.name);

  require_plannable(recipes, resolve(data));
  look_at(data, out);
  return out;
}

std::vector<BenchmarkData> all_data(const BenchmarkOptions& options,
                                    const std::vector<BenchmarkRecipe>& recipes) {
  std::vector<BenchmarkData> all;
  std::set<std::string> names;
  for (const std::string& text : options.datasets) {
    all.push_back(data_of(options, recipes, text));
    if (!names.insert(all.back().name).second) {
      refuse("--datasets: expected different names, got " + all.back().name + " twice");
    }
  }
  return all;
}

// As a part of a file name, another of each name: bytes that are no letter, digit or -_ are written
// as %XX.
std::string plain(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '_';
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

BenchmarkCell cell_of(const BenchmarkData& data,
                      const BenchmarkRecipe& recipe,
                      std::uint64_t seed) {
  BenchmarkCell cell;
  cell.key = {data.name,
              recipe.name,
              seed,
              joined(data.reading) + recipe.settings,
              data.fingerprint,
              std::string(version())};
  cell.feature_dim = data.feature_dim;
  cell.feature_bytes = data.feature_bytes;
  cell.data = data.arguments();
  cell.recipe = recipe.arguments;
  cell.recipe.insert(cell.recipe.end(), {"--seed", std::to_string(seed)});
  cell.file_name = plain(data.name) + "." + plain(recipe.name) + "." + std::to_string(seed);
  return cell;
}

void check(const BenchmarkOptions& options) {
  if (options.seeds < 1 || options.seeds > kMostSeeds) {
    refuse("--seeds: expected 1 .. " + std::to_string(kMostSeeds) + ", got " +
           std::to_string(options.seeds));
  }
  if (!(options.memory_gib >= 0.0) || options.memory_gib > kMostGiB) {
    refuse("--memory: expected 0 to 1048576, got " + std::to_string(options.memory_gib));
  }
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - options.first_seed;
  if (static_cast<std::uint64_t>(options.seeds) - 1 > room) {
    refuse("--seeds: expected seeds up to 18446744073709551615, got " +
           std::to_string(options.seeds) + " from " + std::to_string(options.first_seed) + " on");
  }
}

}  // namespace

std::vector<BenchmarkCell> benchmark_cells(const BenchmarkOptions& options) {
  check(options);
  const std::vector<BenchmarkRecipe> recipes = recipes_of(options);
  const std::vector<BenchmarkData> data = all_data(options, recipes);
  std::vector<BenchmarkCell> cells;
  for (Index s = 0; s < options.seeds; ++s) {
    const std::uint64_t seed = options.first_seed + static_cast<std::uint64_t>(s);
    for (const BenchmarkData& each : data) {
      for (const BenchmarkRecipe& recipe : recipes) {
        cells.push_back(cell_of(each, recipe, seed));
      }
    }
  }
  return cells;
}

}  // namespace dem::cli
