#include "learn/linear/regularisers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr std::string_view kAuto = "auto";
constexpr double kNoSolution = -std::numeric_limits<double>::infinity();
// Eigenvectors cost as much as some fifteen factors.
constexpr std::size_t kManyChoices = 16;

// Words between blanks or commas.
std::vector<std::string> words_of(std::string text) {
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> values_of(const Recipe& recipe, const std::string& name) {
  const std::string& value = recipe.settings.at(name);
  if (value != kAuto) return {value};
  std::vector<std::string> values = words_of(recipe.settings.at(name + "_grid"));
  if (!values.empty()) return values;
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe ", recipe.name, ": ", name, "_grid: expected values, got none"));
}

std::string text_of(const Choice& choice) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : choice) parts.push_back(concat(name, " ", value));
  return join(parts);
}

// Nothing where a choice has no solution, on any rank.
std::optional<Learned> solve_on_all(const LearningData& data,
                                    const LinearSolver& solver,
                                    const Choice& choice) {
  std::optional<Learned> learned;
  try {
    learned = solver.solve(choice);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kNumerical) throw;
  }
  if (!data.on_all_ranks(learned.has_value())) learned.reset();
  return learned;
}

// The sum of accuracies over rounds of every choice; kNoSolution where a round had none.
std::vector<double> try_all(const Recipe& recipe,
                            const LearningData& data,
                            const std::vector<Choice>& grid,
                            MakeSolver make) {
  std::vector<double> sums(grid.size());
  const std::span<const ValidationRound> rounds = data.rounds();
  const Shifts shifts = grid.size() >= kManyChoices ? Shifts::kMany : Shifts::kOne;
  for (std::size_t r = 0; r < rounds.size(); ++r) {
    const auto solver = make(recipe, make_problem(recipe, data, rounds[r].statistics, shifts));
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const std::optional<Learned> learned = solve_on_all(data, *solver, grid[i]);
      sums[i] += learned ? data.accuracy(*learned, r) : kNoSolution;
    }
  }
  return sums;
}

std::size_t best_choice(const Recipe& recipe,
                        const LearningData& data,
                        const std::vector<Choice>& grid,
                        MakeSolver make,
                        double& accuracy) {
  const auto rounds = static_cast<double>(data.rounds().size());
  if (rounds == 0.0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("recipe ",
                       recipe.name,
                       ": expected given settings, ",
                       text_of(grid[0]),
                       " say, since there are no two held-out classes with images to choose by"));
  }
  const std::vector<double> sums = try_all(recipe, data, grid, make);
  std::size_t best = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    log(LogLevel::kInfo,
        sums[i] == kNoSolution
            ? concat("validation: ", text_of(grid[i]), ": no solution")
            : concat("validation: ", text_of(grid[i]), ": accuracy ", sums[i] / rounds));
    if (sums[i] > sums[best]) best = i;
  }
  if (sums[best] == kNoSolution) {
    throw Error(ErrorKind::kNumerical,
                concat("recipe ", recipe.name, ": no regulariser of the grid gives a solution"));
  }
  if (std::all_of(sums.begin(), sums.end(), [&](double sum) { return sum == sums[0]; })) {
    log(LogLevel::kWarning,
        concat("validation: all choices are equal; ", text_of(grid[best]), " is only the first"));
  }
  accuracy = sums[best] / rounds;
  return best;
}

}  // namespace

std::vector<Choice> grid_of(const Recipe& recipe, const std::vector<std::string>& names) {
  std::vector<Choice> grid(1);
  for (const std::string& name : names) {
    std::vector<Choice> longer;
    for (const Choice& choice : grid) {
      for (const std::string& value : values_of(recipe, name)) {
        longer.push_back(choice);
        longer.back()[name] = value;
      }
    }
    grid = std::move(longer);
  }
  return grid;
}

double number_of(const Choice& choice, const std::string& name) {
  const std::string& text = choice.at(name);
  double value = 0.0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc() && stop == end && std::isfinite(value) && value > 0.0) return value;
  throw Error(ErrorKind::kInvalidArgument,
              concat("setting ", name, ": expected auto or a number above 0, got \"", text, "\""));
}

void check_numbers(const Recipe& recipe, const std::vector<std::string>& names) {
  for (const Choice& choice : grid_of(recipe, names)) {
    for (const std::string& name : names) (void)number_of(choice, name);
  }
}

Learned choose_and_solve(const Recipe& recipe,
                         const LearningData& data,
                         const std::vector<Choice>& grid,
                         MakeSolver make) {
  std::size_t chosen = 0;
  double accuracy = 0.0;
  const bool chooses = grid.size() > 1;
  if (chooses) chosen = best_choice(recipe, data, grid, make, accuracy);
  const auto solver = make(recipe, make_problem(recipe, data, data.statistics, Shifts::kOne));
  std::optional<Learned> solved = solve_on_all(data, *solver, grid[chosen]);
  if (!solved) {
    throw Error(ErrorKind::kNumerical,
                concat("recipe ",
                       recipe.name,
                       ": no solution on all training images with ",
                       text_of(grid[chosen])));
  }
  Learned learned = std::move(*solved);
  for (const auto& [name, value] : grid[chosen]) learned.facts[name] = value;
  if (chooses) learned.facts["selected_accuracy"] = concat(accuracy);
  return learned;
}

}  // namespace dem
