// What a fit can be asked, checked before anything is read.
#include <cmath>
#include <utility>

#include "base/enum_names.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/family.h"
#include "dem/pipeline/fit.h"
#include "dem/pipeline/statistics.h"

namespace dem {
namespace {

constexpr EnumName<Solver> kSolvers[] = {{Solver::kMinibatch, "minibatch"},
                                         {Solver::kStatistics, "statistics"}};

void require_same_row_scaling(const FitOptions& options) {
  const ScalingKind rows = options.saved_statistics->row_scaling;
  const ScalingKind kind = options.recipe.feature_scaling;
  if ((rows == ScalingKind::kL2) == (kind == ScalingKind::kL2)) return;
  throw Error(
      ErrorKind::kInvalidArgument,
      concat("feature scaling: l2 goes by single images, so the statistics decide: expected ",
             rows == ScalingKind::kL2 ? "l2, which their images went through"
                                      : "none, minmax or standard",
             ", got ",
             to_string(kind)));
}

void require_saved_statistics_fit(const FitOptions& options) {
  const Recipe& recipe = options.recipe;
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorKind::kInvalidArgument, message);
  };
  require(options.solver == Solver::kStatistics,
          concat("solver: expected statistics, which alone trains without images, got ",
                 to_string(options.solver)));
  require(recipe.selection == Selection::kLast,
          concat("selection: expected last, since statistics have no images to select by, got ",
                 to_string(recipe.selection)));
  require_same_row_scaling(options);
}

// What only steps have a use for must be as it is without being asked.
void require_steps_untouched(const FitOptions& options) {
  const FitOptions unasked;
  const SolverOptions& solver = options.statistics;
  const std::pair<bool, const char*> fields[] = {
      {solver.method != unasked.statistics.method, "solver method"},
      {solver.tolerance != unasked.statistics.tolerance, "tolerance"},
      {solver.max_iterations != unasked.statistics.max_iterations, "max_iterations"},
      {solver.max_seconds != unasked.statistics.max_seconds, "max_seconds"},
      {options.interval_step != unasked.interval_step, "interval_step"},
      {options.save_seconds != unasked.save_seconds, "save_seconds"},
      {options.exchange != unasked.exchange, "exchange"}};
  for (const auto& [asked, field] : fields) {
    if (!asked) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat(field,
                       ": expected it unchanged, since recipe ",
                       options.recipe.name,
                       " learns at once, in no steps"));
  }
}

// What a recipe without steps can be asked.
void validate_at_once(const FitOptions& options) {
  const auto require = [&](bool good, const char* field, const char* got) {
    if (good) return;
    throw Error(ErrorKind::kInvalidArgument,
                concat(field,
                       ": expected none, since recipe ",
                       options.recipe.name,
                       " learns at once, got ",
                       got));
  };
  require(!options.resume, "resume", "true");
  require(options.init_file.empty(), "init_file", options.init_file.c_str());
  require_steps_untouched(options);
  if (options.saved_statistics == nullptr) return;
  require_same_row_scaling(options);
  if (!options.saved_statistics->statistics.second_moment.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("statistics: expected second moments, which recipe ",
                     options.recipe.name,
                     " learns from, got a file without"));
}

// Each of them as a run of its own, and all of one kind.
void validate_members(const FitOptions& options) {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorKind::kInvalidArgument, message);
  };
  const Recipe& first = options.members[0].recipe;
  require(options.recipe.to_json() == first.to_json(),
          concat("ensemble: recipe: expected its first member's, ",
                 first.name,
                 ", got ",
                 options.recipe.name));
  require(!options.distributed_checkpoints,
          "ensemble: distributed_checkpoints: expected false, got true");
  for (const MemberRun& member : options.members) {
    FitOptions alone = options;
    alone.members.clear();
    alone.recipe = member.recipe;
    alone.validate();
    require(learns_at_once(member.recipe) == learns_at_once(first),
            concat("ensemble: expected recipes that all learn at once, or all train in steps, got ",
                   first.name,
                   " and ",
                   member.recipe.name));
  }
}

}  // namespace

std::string_view to_string(Solver solver) noexcept {
  return name_of(kSolvers, solver);
}

Solver solver_from_string(std::string_view name) {
  return value_of(kSolvers, name, "solver");
}

void FitOptions::validate() const {
  const auto require = [](bool good, const std::string& message) {
    if (!good) throw Error(ErrorKind::kInvalidArgument, message);
  };
  if (!members.empty()) return validate_members(*this);
  recipe.validate();
  if (learns_at_once(recipe)) return validate_at_once(*this);
  require(
      recipe.gamma.by != GammaChoice::By::kValidation || recipe.selection == Selection::kValidation,
      concat("gamma: expected none or a number, since recipe ",
             recipe.name,
             " trains in steps and has held-out classes to choose it by with selection val "
             "alone, got val with selection ",
             to_string(recipe.selection)));
  require(!selected || recipe.selection == Selection::kValidation,
          concat("selected: expected none, since the selection is ", to_string(recipe.selection)));
  require(interval_step >= 1, concat("interval_step: expected at least 1, got ", interval_step));
  require(std::isfinite(save_seconds) && save_seconds >= 0.0,
          concat("save_seconds: expected a finite number, at least 0, got ", save_seconds));
  require(!resume || !output.empty(), "resume: expected an output folder to go on in, got none");
  statistics.validate();
  require(solver == Solver::kMinibatch || recipe.network->precision == Precision::kFloat32,
          concat("precision: expected float32, since ",
                 to_string(recipe.network->precision),
                 " is of batches and the solver is statistics"));
  require(!resume || solver == Solver::kMinibatch,
          "resume: expected solver minibatch, got statistics, which saves nothing on its way");
  if (saved_statistics != nullptr) require_saved_statistics_fit(*this);
  require(!resume || init_file.empty(),
          concat("resume: expected no init_file, since the saved state has the weights, got ",
                 init_file));
}

}  // namespace dem
