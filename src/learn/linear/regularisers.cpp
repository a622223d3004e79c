#include "learn/linear/regularisers.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr double kNoSolution = -std::numeric_limits<double>::infinity();
// Eigenvectors cost as much as some fifteen factors.
constexpr std::size_t kManyValues = 16;

std::string text_of(const Choice& choice) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : choice) parts.push_back(concat(name, " ", value));
  return join(parts);
}

// Where there are several settings, the large matrix is factored once for each value of one of
// them.
Shifts shifts_of(const std::vector<Choice>& grid) {
  std::map<std::string, std::set<std::string>> values;
  for (const Choice& choice : grid) {
    for (const auto& [name, value] : choice) values[name].insert(value);
  }
  const bool has_many = std::any_of(values.begin(), values.end(), [](const auto& setting) {
    return setting.second.size() >= kManyValues;
  });
  return has_many ? Shifts::kMany : Shifts::kOne;
}

// Nothing where a choice has no solution, on any rank.
std::optional<Learned> solve_on_all(const LearningData& data,
                                    LinearSolver& solver,
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
  const Shifts shifts = shifts_of(grid);
  for (std::size_t r = 0; r < rounds.size(); ++r) {
    const auto solver = make(recipe, make_problem(recipe, data, rounds[r].statistics, shifts));
    for (std::size_t i = 0; i < grid.size(); ++i) {
      const std::optional<Learned> learned = solve_on_all(data, *solver, grid[i]);
      sums[i] += learned ? data.accuracy(*learned, r) : kNoSolution;
    }
  }
  return sums;
}

// The sum of every choice that is the best one but for this number, by the number; empty where the
// setting is no number.
std::map<double, double> sums_along(const std::string& name,
                                    const std::vector<Choice>& grid,
                                    const std::vector<double>& sums,
                                    std::size_t best) {
  std::map<double, double> along;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const auto number = positive_number(grid[i].at(name));
    if (!number) return {};
    Choice moved = grid[best];
    moved[name] = grid[i].at(name);
    if (moved == grid[i]) along[*number] = sums[i];
  }
  return along;
}

// A best number that is the first or last of its grid, and better than the one beside it, may not
// be the best there is.
void note_ends(const std::vector<Choice>& grid, const std::vector<double>& sums, std::size_t best) {
  for (const auto& [name, value] : grid[best]) {
    const std::map<double, double> along = sums_along(name, grid, sums, best);
    if (along.size() < 3) continue;
    const auto here = along.find(number_of(grid[best], name));
    const bool is_last = std::next(here) == along.end();
    if (here != along.begin() && !is_last) continue;
    const auto beside = is_last ? std::prev(here) : std::next(here);
    if (beside->second == here->second) continue;
    log(LogLevel::kInfo,
        concat("validation: the best ",
               name,
               ", ",
               value,
               ", is the ",
               is_last ? "largest" : "smallest",
               " of its grid; a wider ",
               name,
               "_grid may do better"));
  }
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
  note_ends(grid, sums, best);
  accuracy = sums[best] / rounds;
  return best;
}

}  // namespace

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
  if (chooses) learned.selected_accuracy = accuracy;
  return learned;
}

}  // namespace dem
