// The sum of the logarithms of the members' probabilities is that of s_m / T_m less a number that
// all classes share: scores divided by the members' temperatures can be compared, whatever their
// units, and the softmax of their mean is the geometric mean of the members' probabilities.
#include "pipeline/fit_ensemble.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/shortest_text.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/learn/family.h"
#include "dem/model/ensemble.h"
#include "pipeline/begin_report.h"
#include "pipeline/equal_members.h"
#include "pipeline/fit_output.h"
#include "pipeline/hub_on_folds.h"
#include "pipeline/member_folders.h"
#include "pipeline/members_on_folds.h"
#include "pipeline/same_run.h"
#include "pipeline/scored_folds.h"
#include "pipeline/temperature.h"

namespace dem {
namespace {

// The geometric mean of the temperatures of members that differ in nothing but their seeds: such
// scores have one unit, and what temperatures differ by is chance.
double temperature_of(std::size_t member, const std::vector<FitResult>& members) {
  const std::string recipe = members[member].report.recipe.to_json();
  double sum = 0.0;
  Index count = 0;
  for (const FitResult& other : members) {
    if (other.report.recipe.to_json() != recipe) continue;
    sum += std::log(double{other.model.temperature});
    ++count;
  }
  return std::exp(sum / static_cast<double>(count));
}

[[noreturn]] void refuse_member(const Recipe& recipe, std::uint64_t seed) {
  throw Error(
      ErrorKind::kInvalidArgument,
      concat("ensemble: ",
             recipe.name,
             ", seed ",
             seed,
             learns_at_once(recipe) ? ": expected images, or statistics with a sample of them,"
                                    : ": expected training images, which statistics are not,",
             " to fit a temperature on, which makes the members' scores comparable, got "
             "none"));
}

// Whether there is nothing to fit temperatures on, as far as that is known before the members are.
// All ranks call it and get the same.
bool has_no_temperatures(const Dataset& dataset, const FitOptions& options, Communicator& group) {
  if (options.saved_statistics == nullptr) return false;
  if (learns_at_once(options.recipe)) return num_scored_repeats(*options.saved_statistics, 1) == 0;
  auto num_images = static_cast<Index>(dataset.split.trainval.size());
  group.sum(std::span(&num_images, 1));
  return num_images == 0;
}

std::vector<float> weights_of(const std::vector<FitResult>& members) {
  for (const FitResult& member : members) {
    if (member.model.temperature > 0.0f) continue;
    refuse_member(member.report.recipe, member.report.seed);
  }
  std::vector<float> weights;
  for (std::size_t m = 0; m < members.size(); ++m) {
    const double share = 1.0 / static_cast<double>(members.size());
    weights.push_back(static_cast<float>(share / temperature_of(m, members)));
  }
  return weights;
}

class EnsembleFit {
 public:
  EnsembleFit(const Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks)
      : dataset_(dataset),
        group_(options.group != nullptr ? *options.group : self_communicator()),
        options_(of_rank(options, group_)),
        given_(options),
        callbacks_(callbacks),
        output_(options_) {}

  FitResult run() {
    const Stopwatch watch;
    if (has_no_temperatures(dataset_, given_, group_)) {
      refuse_member(given_.members[0].recipe, given_.members[0].seed);
    }
    agree(group_, [&] { output_.check(); });
    MemberFolders folders(options_.output, group_);
    if (!at_once() && !options_.resume) folders.clear();
    for (std::size_t m = 0; m < options_.members.size(); ++m) {
      FitResult member = fit_member(m, folders);
      if (!member.report.finished()) {
        member.num_finished_members = static_cast<Index>(m);
        return member;
      }
      members_.push_back(std::move(member));
    }
    warn_of_equal_members(members_);
    weights_ = weights_of(members_);
    FitResult result;
    result.report = begin_report(dataset_, options_);
    result.report.summary.stop_reason = StopReason::kFinished;
    report_members(result.report);
    fold(result);
    result.report.summary.seconds = watch.seconds();
    result.model.provenance = result.report.provenance();
    write(result);
    return result;
  }

 private:
  [[nodiscard]] bool at_once() const { return learns_at_once(options_.recipe); }

  FitResult fit_member(std::size_t m, const MemberFolders& folders) {
    const auto& [recipe, seed] = options_.members[m];
    log(LogLevel::kInfo,
        concat(
            "member ", m + 1, " of ", options_.members.size(), ": ", recipe.name, ", seed ", seed));
    FitOptions options = given_;
    options.members.clear();
    options.recipe = recipe;
    options.seed = seed;
    options.output = at_once() || given_.output.empty() ? "" : member_folder(given_.output, m);
    // Without the first one's there is nothing to go on from, which its fit says.
    options.resume = given_.resume && (m == 0 || folders.has_state(m));
    FitCallbacks callbacks = callbacks_;
    callbacks.on_write = {};  // its folder is no result yet
    return fit(dataset_, options, callbacks);
  }

  // Chosen once for all where any member wants that; else each has its own, in its own unit.
  [[nodiscard]] GammaChoice gamma() const {
    double sum = 0.0;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const GammaChoice& wanted = members_[m].report.recipe.gamma;
      if (wanted.by == GammaChoice::By::kValidation) return wanted;
      sum += double{weights_[m]} * wanted.value;
    }
    return sum == 0.0 ? GammaChoice() : GammaChoice{GammaChoice::By::kValue, sum};
  }

  void report_members(RunReport& report) const {
    std::vector<std::string> selections;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const RunReport& of_member = members_[m].report;
      report.members.push_back({of_member.recipe,
                                of_member.seed,
                                double{weights_[m]},
                                of_member.selection,
                                of_member.selected_accuracy,
                                of_member.chosen});
      selections.push_back(of_member.selection);
    }
    report.selection = selections[0];
    for (const char* first : {"val", "test"}) {
      const bool any = std::find(selections.begin(), selections.end(), first) != selections.end();
      if (any) report.selection = first;
    }
  }

  // The model of the members, with gamma and temperature.
  void fold(FitResult& result) {
    const MembersOnFolds on_folds = at_once() ? find_on_folds() : MembersOnFolds{};
    const GammaChoice wanted = gamma();
    const double gamma_value = at_once() ? on_folds.gamma.value : wanted.value;
    if (wanted.by != GammaChoice::By::kNone) {
      result.report.chosen["gamma"] = shortest_text(static_cast<float>(gamma_value));
    }
    if (on_folds.gamma.is_chosen) result.report.selection = "val";
    Model& model = result.model;
    FoldedMembers folded = fold_members(take_members(), dataset_.classes);
    model.feature_map = std::move(folded.feature_map);
    model.class_map = std::move(folded.class_map);
    model.metric = folded.metric;
    model.classes = dataset_.classes.with_spaces(model.class_map.spaces());
    model.gamma = static_cast<float>(gamma_value);
    model.temperature = on_folds.calibration.temperature;
    model.rejection = on_folds.calibration.rejection;
    model.update_prototypes();
    take_from_root(group_, model);
    calibrate(result);
  }

  [[nodiscard]] MembersOnFolds find_on_folds() const {
    std::vector<Recipe> recipes;
    for (const FitResult& member : members_) {
      recipes.push_back(settled_with_hubs(member.report.recipe, member.report.chosen));
    }
    std::vector<LearnedMember> learned;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      learned.push_back(
          {recipes[m], members_[m].report.seed, members_[m].model.class_map, weights_[m]});
    }
    return members_on_folds(learned, gamma(), dataset_, given_, group_);
  }

  std::vector<EnsembleMember> take_members() {
    std::vector<EnsembleMember> parts;
    for (std::size_t m = 0; m < members_.size(); ++m) {
      Model& model = members_[m].model;
      DEM_CHECK_EQ(model.prototypes.scale.empty(), true);
      parts.push_back(
          {std::move(model.feature_map), std::move(model.class_map), model.metric, weights_[m]});
    }
    return parts;
  }

  // Members in steps that were fitted on held-out classes are in units of their temperatures.
  void calibrate(FitResult& result) const {
    const bool all_held_out =
        std::all_of(members_.begin(), members_.end(), [](const FitResult& member) {
          return member.report.calibration == kHeldOutCalibration;
        });
    if (result.model.temperature > 0.0f) {
      result.report.calibration = kFoldCalibration;
    } else if (all_held_out) {
      result.model.temperature = 1.0f;
      result.report.calibration = concat(kHeldOutCalibration, ", member by member");
    } else {
      calibrate_on_training(dataset_, group_, result.model, result.report);
    }
  }

  void write(const FitResult& result) {
    agree(group_, [&] {
      if (callbacks_.on_write) callbacks_.on_write();
    });
    agree(group_, [&] {
      output_.open();
      output_.finish(result);
    });
    if (at_once()) MemberFolders(options_.output, group_).clear();  // of an earlier run in steps
  }

  const Dataset& dataset_;
  Communicator& group_;
  const FitOptions options_;
  const FitOptions& given_;  // as every rank has them
  const FitCallbacks& callbacks_;
  FitOutput output_;
  std::vector<FitResult> members_;
  std::vector<float> weights_;  // of the members' scores
};

}  // namespace

FitResult fit_ensemble(const Dataset& dataset,
                       const FitOptions& options,
                       const FitCallbacks& callbacks) {
  return EnsembleFit(dataset, options, callbacks).run();
}

}  // namespace dem
