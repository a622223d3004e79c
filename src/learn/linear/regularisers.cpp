#include "learn/linear/regularisers.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "learn/grid_notes.h"

namespace dem {
namespace {

constexpr double kNoSolution = -std::numeric_limits<double>::infinity();
// Eigenvectors cost as much as some fifteen factors.
constexpr std::size_t kManyValues = 16;

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
  const JudgedPoints judged{grid, sums, best};
  warn_of_equals(judged);
  note_ends(recipe, judged);
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
  const auto solver = make(recipe, problem_of_all(recipe, data));
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
