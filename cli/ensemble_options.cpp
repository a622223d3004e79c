#include "ensemble_options.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>

#include "recipe_advice.h"

namespace dem::cli {
namespace {

constexpr std::uint64_t kMostMembers = 100;

[[noreturn]] void refuse(const std::string& expected, const std::string& got) {
  throw Error(ErrorKind::kInvalidArgument, "--ensemble: expected " + expected + ", got " + got);
}

std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream words(text);
  for (std::string name; std::getline(words, name, ',');) names.push_back(name);
  return names;
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Names of the members, "" for the recipe of the run.
std::vector<std::string> member_names(const std::string& text, const std::string& recipe) {
  if (is_number(text)) {
    std::uint64_t count = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (problem != std::errc() || count < 2 || count > kMostMembers) {
      refuse("2 .. " + std::to_string(kMostMembers) + " members", text);
    }
    return std::vector<std::string>(static_cast<std::size_t>(count));
  }
  std::vector<std::string> names = names_in(text);
  if (names.size() < 2 || names.size() > kMostMembers) {
    refuse("a number of members, or two names of recipes or more with commas between", text);
  }
  for (const std::string& name : names) {
    if (find_recipe(name) != nullptr) continue;
    throw Error(ErrorKind::kInvalidArgument,
                "--ensemble: expected names of recipes, " + expected_recipe(name));
  }
  if (!recipe.empty()) refuse("a number of members with --recipe " + recipe, text);
  return names;
}

}  // namespace

std::vector<MemberRun> ensemble_members(
    const std::string& text,
    const std::string& recipe,
    std::uint64_t seed,
    const std::function<Recipe(const std::string& name)>& plan) {
  const std::vector<std::string> names = member_names(text, recipe);
  if (seed > std::numeric_limits<std::uint64_t>::max() - names.size()) {
    refuse("a --seed with as many above it", std::to_string(seed));
  }
  std::vector<MemberRun> members;
  for (const std::string& name : names) members.push_back({plan(name), seed + members.size()});
  return members;
}

std::string recipe_for_missing(const FitOptions& fit) {
  for (const MemberRun& member : fit.members) {
    const bool fills = missing_descriptions_of(member.recipe.name) != MissingDescriptions::kKeep;
    if (fills) return member.recipe.name;
  }
  return fit.recipe.name;
}

void require_same_attributes(const FitOptions& fit) {
  for (const MemberRun& member : fit.members) {
    if (takes_original_attributes(member.recipe.name) ==
        takes_original_attributes(fit.recipe.name)) {
      continue;
    }
    refuse("recipes of one kind of attributes, original or normalised",
           fit.recipe.name + " and " + member.recipe.name);
  }
}

}  // namespace dem::cli
