// Folds are dealt by one seed and by the order of the images, so that members whose statistics are
// of features as they are and members whose images went through l2 first learn from folds of the
// same images.
#include "pipeline/members_on_folds.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "dem/learn/family.h"
#include "dem/model/ensemble.h"
#include "learn/judging_folds.h"
#include "pipeline/learned_fold.h"
#include "pipeline/learning_source.h"
#include "pipeline/temperature_on_folds.h"

namespace dem {
namespace {

// The folds of images that went through a base.
struct FoldsOfBase {
  FeatureMap base;
  std::unique_ptr<LearningSource> source;  // has the folds' images
  std::vector<ScoredFold> folds;
};

// The recipe as it learns from a fold.
Recipe recipe_on_folds(Recipe recipe) {
  recipe.gamma = {};
  if (recipe.settings.contains("tune")) recipe.settings["tune"] = "none";
  return recipe;
}

class MemberFolds {
 public:
  MemberFolds(const std::vector<LearnedMember>& members,
              const Dataset& dataset,
              const FitOptions& options,
              Communicator& group)
      : members_(members), dataset_(dataset), group_(group) {
    for (const LearnedMember& member : members) {
      const bool is_l2 = !base_of(member.recipe).is_identity();
      FoldsOfBase& of_base = bases_[is_l2 ? 1 : 0];
      if (of_base.source) continue;
      of_base.base = base_of(member.recipe);
      of_base.source = open_source(dataset, options, of_base.base, group);
      if (of_base.source->num_repeats(1) > 0) of_base.folds = of_base.source->folds(0);
    }
    for (std::size_t fold = 0; fold < folds().size(); ++fold) learned_.push_back(learn(fold));
  }

  // Of features as they are where a member takes these: every member's map does the rest.
  [[nodiscard]] const std::vector<ScoredFold>& folds() const { return first_base().folds; }

  [[nodiscard]] std::optional<Learned> learned(std::size_t fold) const {
    return learned_[fold] ? std::optional(learned_[fold]->clone()) : std::nullopt;
  }

  // With images. All ranks of a group call it.
  [[nodiscard]] Index num_seen_classes() const {
    if (folds().empty()) return num_learned(first_base().source->statistics());
    return num_learned(folds()[0].statistics) + static_cast<Index>(folds()[0].held_out.size());
  }

 private:
  [[nodiscard]] const FoldsOfBase& first_base() const {
    return bases_[0].source ? bases_[0] : bases_[1];
  }

  // Nothing where a member has no solution.
  std::optional<Learned> learn(std::size_t fold) {
    std::vector<EnsembleMember> parts;
    for (const LearnedMember& member : members_) {
      std::optional<Learned> part = learn_member(member, fold);
      if (!part) return std::nullopt;
      DEM_CHECK_EQ(part->scale.empty() && part->offset.empty(), true);
      if (member.class_map.join()) part->class_map.set_join(*member.class_map.join());
      parts.push_back(
          {std::move(part->feature_map), std::move(part->class_map), part->metric, member.weight});
    }
    FoldedMembers folded = fold_members(std::move(parts), dataset_.classes);
    return Learned{.feature_map = std::move(folded.feature_map),
                   .class_map = std::move(folded.class_map),
                   .metric = folded.metric};
  }

  std::optional<Learned> learn_member(const LearnedMember& member, std::size_t fold) {
    FoldsOfBase& of_base = bases_[base_of(member.recipe).is_identity() ? 0 : 1];
    const auto& join = member.class_map.join();
    const ClassTable joined = join ? join->table(dataset_.classes) : ClassTable();
    const ClassStatistics none;  // a fold has its own
    LearningData data =
        data_of(*of_base.source, join ? joined : dataset_.classes, none, of_base.base, group_);
    data.seed = member.seed;
    return learn_fold(recipe_on_folds(member.recipe), of_base.folds[fold], data);
  }

  const std::vector<LearnedMember>& members_;
  const Dataset& dataset_;
  Communicator& group_;
  FoldsOfBase bases_[2];  // features as they are, and through l2
  std::vector<std::optional<Learned>> learned_;
};

}  // namespace

MembersOnFolds members_on_folds(const std::vector<LearnedMember>& members,
                                const GammaChoice& wanted,
                                const Dataset& dataset,
                                const FitOptions& options,
                                Communicator& group) {
  const MemberFolds folds(members, dataset, options, group);
  const FoldLearner learn = [&](std::size_t fold) { return folds.learned(fold); };
  MembersOnFolds found;
  found.gamma = set_gamma(wanted, folds.num_seen_classes(), [&] {
    return gamma_on_folds(wanted, folds.folds(), learn, dataset.classes);
  });
  found.calibration =
      temperature_on_folds(found.gamma.value, folds.folds(), learn, dataset.classes);
  return found;
}

}  // namespace dem
