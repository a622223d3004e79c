#include "pipeline/learn_at_once.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "base/at.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/log.h"
#include "dem/data/prepared_data.h"
#include "dem/eval/scores.h"
#include "learn/judging_folds.h"
#include "learn/settings_grid.h"
#include "pipeline/gamma_on_folds.h"
#include "pipeline/joined_classes.h"
#include "pipeline/learned_prototypes.h"
#include "pipeline/scored_folds.h"
#include "pipeline/temperature_on_folds.h"

namespace dem {
namespace {

// Where a recipe's images come from: a dataset here, or a file of statistics.
class Source {
 public:
  virtual ~Source() = default;
  [[nodiscard]] virtual ClassStatistics statistics() = 0;
  // A round of one class alone would tell nothing, nor one without images.
  [[nodiscard]] virtual std::vector<ValidationRound> rounds() = 0;
  // `classes` as the recipe has them.
  [[nodiscard]] virtual double accuracy(const Learned& learned,
                                        const ClassTable& classes,
                                        std::size_t round) const = 0;
  [[nodiscard]] virtual Index num_repeats(Index wanted) const = 0;
  [[nodiscard]] virtual std::vector<ScoredFold> folds(Index repeat) = 0;
  // Null where there are none to be had one by one.
  [[nodiscard]] virtual std::function<TrainingImages()> images() { return nullptr; }
};

// The classes of some rows, ascending.
std::vector<ClassId> classes_with_images(const ClassStatistics& statistics) {
  std::vector<ClassId> classes;
  for (std::size_t c = 0; c < statistics.counts.size(); ++c) {
    if (statistics.counts[c] > 0) classes.push_back(static_cast<ClassId>(c));
  }
  return classes;
}

// Images in memory, maybe those of several ranks.
class ImageSource : public Source {
 public:
  ImageSource(const Dataset& dataset,
              const FitOptions& options,
              const FeatureMap& base,
              Communicator& group)
      : dataset_(dataset), seed_(options.seed), base_(base), group_(group) {}

  ClassStatistics statistics() override { return statistics_of_rows(dataset_.split.trainval); }

  std::vector<ValidationRound> rounds() override {
    std::vector<ValidationRound> rounds;
    if (dataset_.seen_classes.size() < 2) return rounds;
    split_ = validation_split(dataset_, seed_);
    if (split_.val_classes.size() < 2) return rounds;
    rounds.push_back({statistics_of_rows(split_.train_rows), split_.val_classes});
    return rounds;
  }

  double accuracy(const Learned& learned, const ClassTable& classes, std::size_t) const override {
    const Prototypes prototypes = learned_prototypes(learned, classes);
    const PrototypeSource scores(
        dataset_.visual_features, learned.feature_map, prototypes, learned.metric);
    return candidate_class_accuracy(scores, split_.val_classes, dataset_, split_.val_rows, group_);
  }

  Index num_repeats(Index wanted) const override { return num_scored_repeats(dataset_, wanted); }
  std::vector<ScoredFold> folds(Index repeat) override {
    return scored_folds(dataset_, prepared(), {seed_, repeat}, group_);
  }
  std::function<TrainingImages()> images() override {
    if (dataset_.is_sharded()) return nullptr;
    return [this] { return images_of(dataset_, prepared(), dataset_.split.trainval); };
  }

 private:
  // All training images through the base; made when first asked for.
  const PreparedData& prepared() {
    if (!prepared_) prepared_.emplace(dataset_, dataset_.split.trainval, base_);
    return *prepared_;
  }

  [[nodiscard]] ClassStatistics statistics_of_rows(std::span<const Index> rows) const {
    const PreparedData prepared(dataset_, rows, base_);
    const TrainingSet set{prepared.features(),
                          dataset_.labels,
                          rows,
                          {dataset_.classes.embeddings[0].view()},
                          &group_,
                          prepared.feature_rows()};
    const std::vector<Index> one_fold(at(dataset_.classes.size()), 0);
    return gather_fold_statistics(set, one_fold, true).all();
  }

  const Dataset& dataset_;
  std::uint64_t seed_;
  const FeatureMap& base_;
  Communicator& group_;
  ValidationSplit split_;
  std::optional<PreparedData> prepared_;
};

// A file's folds of classes, each held out once, and its sample of images.
class FileSource : public Source {
 public:
  FileSource(const SavedStatistics& saved, const Dataset& dataset, std::uint64_t seed)
      : saved_(saved), dataset_(dataset), seed_(seed) {}

  ClassStatistics statistics() override { return statistics_of(saved_, dataset_); }

  std::vector<ValidationRound> rounds() override {
    std::vector<ValidationRound> rounds;
    if (!saved_.folds || saved_.sample.size() == 0) return rounds;
    const FoldStatistics folds = fold_statistics_of(saved_, dataset_);
    sample_ = sample_of(saved_, dataset_);
    const std::vector<Index> with_images = folds.folds_with_images();
    if (with_images.size() < 2) return rounds;
    for (const Index fold : with_images) {
      std::vector<Index> rows = sample_.rows_of_fold(folds.fold_of_class, fold);
      std::vector<ClassId> classes = classes_with_images(folds.only(fold));
      if (rows.empty() || classes.size() < 2) continue;
      rows_.push_back(std::move(rows));
      classes_.push_back(classes);
      rounds.push_back({folds.without(fold), std::move(classes)});
    }
    return rounds;
  }

  double accuracy(const Learned& learned,
                  const ClassTable& classes,
                  std::size_t round) const override {
    const Prototypes prototypes = learned_prototypes(learned, classes);
    const PrototypeSource scores(sample_.features, learned.feature_map, prototypes, learned.metric);
    const std::vector<ClassId>& candidates = classes_[round];
    const Matrix<std::int32_t> best = scores.best(rows_[round], candidates, 1);
    std::vector<ClassId> truth, predicted;
    for (Index i = 0; i < best.rows(); ++i) {
      truth.push_back(sample_.labels[at(rows_[round][at(i)])]);
      predicted.push_back(candidates[at(best(i, 0))]);
    }
    return per_class_accuracy(truth, predicted);
  }

  Index num_repeats(Index wanted) const override { return num_scored_repeats(saved_, wanted); }
  std::vector<ScoredFold> folds(Index repeat) override {
    return scored_folds(saved_, dataset_, {seed_, repeat});
  }

 private:
  const SavedStatistics& saved_;
  const Dataset& dataset_;
  std::uint64_t seed_;
  RowSample sample_;
  std::vector<std::vector<Index>> rows_;  // of the sample, a round
  std::vector<std::vector<ClassId>> classes_;
};

std::unique_ptr<Source> open_source(const Dataset& dataset,
                                    const FitOptions& options,
                                    const FeatureMap& base,
                                    Communicator& group) {
  if (options.saved_statistics != nullptr) {
    return std::make_unique<FileSource>(*options.saved_statistics, dataset, options.seed);
  }
  return std::make_unique<ImageSource>(dataset, options, base, group);
}

std::string text_of(const FoldGamma& found) {
  return concat("gamma ",
                found.gamma,
                found.harmonic ? concat(": H ", 100.0 * *found.harmonic) : std::string(),
                " on ",
                found.num_folds,
                " folds of held-out seen classes",
                found.harmonic ? ""
                               : ", without images of seen classes, of which none could be "
                                 "spared");
}

// Gamma of a recipe that does not choose it. Whether it was chosen.
bool set_gamma(Learned& learned, const Recipe& recipe, const LearningData& data) {
  const GammaChoice gamma = logged_gamma_for(recipe.gamma, num_learned(data.statistics));
  learned.gamma = static_cast<float>(gamma.value);
  if (gamma.by != GammaChoice::By::kValidation) return false;
  const auto found = gamma_on_folds(settled(recipe, learned.facts), data);
  if (!found) {
    log(LogLevel::kWarning,
        "gamma: nothing to choose it by (it takes a fold of two held-out classes and two others "
        "that has a solution, from images or from statistics with a sample): 0 is taken");
    return false;
  }
  learned.gamma = static_cast<float>(found->gamma);
  log(LogLevel::kInfo, text_of(*found));
  return true;
}

// Whether a setting that came to something was left to choose: "auto", of a grid, where it has one,
// of more than one value.
bool leaves_settings(const Recipe& recipe, const Provenance& facts) {
  return std::any_of(facts.begin(), facts.end(), [&](const auto& fact) {
    const auto setting = recipe.settings.find(fact.first);
    if (setting == recipe.settings.end() || setting->second != "auto") return false;
    return !recipe.settings.contains(fact.first + "_grid") ||
           values_of(recipe, fact.first).size() > 1;
  });
}

// What of a recipe was left to choose, and what was chosen on held-out seen classes.
struct Choices {
  bool left = false;
  bool made = false;

  void add(bool is_left, bool is_made) {
    left = left || is_left;
    made = made || (is_left && is_made);
  }
  [[nodiscard]] std::string text() const { return made ? "val" : left ? "default" : "given"; }
};

// What a recipe learns from, its classes described by `classes`. It refers to all of these.
LearningData data_of(Source& source,
                     const ClassTable& classes,
                     const ClassStatistics& statistics,
                     const FeatureMap& base,
                     Communicator& group) {
  const auto rounds = std::make_shared<std::optional<std::vector<ValidationRound>>>();
  return {.classes = classes,
          .statistics = statistics,
          .base = base,
          .rounds =
              [&source, rounds] {
                if (!*rounds) *rounds = source.rounds();
                return std::span<const ValidationRound>(**rounds);
              },
          .accuracy = [&source, &classes](
                          const Learned& learned,
                          std::size_t round) { return source.accuracy(learned, classes, round); },
          .on_all_ranks =
              [&group](bool here) {
                Index others = here ? 0 : 1;
                group.sum(std::span(&others, 1));
                return others == 0;
              },
          .num_repeats = [&source](Index wanted) { return source.num_repeats(wanted); },
          .scored_folds = [&source](Index repeat) { return source.folds(repeat); },
          .images = source.images()};
}

// What a recipe learns from, for as long as `use` takes, and how its classes are joined.
template <typename Use>
auto with_data(const Dataset& dataset, const FitOptions& options, Communicator& group, Use&& use) {
  const bool by_image = options.recipe.feature_scaling == ScalingKind::kL2;
  const FeatureMap base =
      by_image ? FeatureMap(FeatureScaling{ScalingKind::kL2, {}, {}}) : FeatureMap();
  const std::unique_ptr<Source> source = open_source(dataset, options, base, group);
  const ClassStatistics statistics = source->statistics();
  log(LogLevel::kInfo,
      concat("learning from the statistics of ", statistics.num_images(), " images"));
  const auto data_with = [&](const ClassTable& classes) {
    return data_of(*source, classes, statistics, base, group);
  };
  const JoinedClasses joined =
      join_classes(dataset.classes, options.recipe, data_with(dataset.classes));
  LearningData data = data_with(joined.classes(dataset.classes));
  data.seed = options.seed;
  data.on_folds = [&](const Recipe& recipe) { return gamma_on_folds(recipe, data); };
  return use(data, joined);
}

LearnedAtOnce learn_from(const Recipe& recipe,
                         const LearningData& data,
                         const JoinedClasses& joined) {
  const RecipeEntry& entry = *find_recipe(recipe.name);
  Learned learned = entry.learn(recipe, data);
  Choices choices;
  choices.add(joined.are_weights_left(), joined.are_weights_found());
  choices.add(leaves_settings(recipe, learned.facts), learned.selected_accuracy.has_value());
  const bool finds_gamma = entry.chooses_gamma ? learned.selected_accuracy || learned.gamma != 0.0f
                                               : set_gamma(learned, recipe, data);
  choices.add(recipe.gamma.by == GammaChoice::By::kValidation, finds_gamma);
  if (!choices.made) learned.selected_accuracy.reset();
  learned.temperature =
      temperature_on_folds(settled(recipe, learned.facts), double{learned.gamma}, data);
  if (recipe.gamma.by != GammaChoice::By::kNone) {
    learned.facts["gamma"] = shortest_text(learned.gamma);
  }
  joined.describe(learned);
  return {std::move(learned), choices.text()};
}

}  // namespace

LearnedAtOnce learn_at_once(const Dataset& dataset,
                            const FitOptions& options,
                            Communicator& group) {
  return with_data(
      dataset, options, group, [&](const LearningData& data, const JoinedClasses& joined) {
        return learn_from(options.recipe, data, joined);
      });
}

std::optional<FoldGamma> judge_at_once(const Dataset& dataset,
                                       const FitOptions& options,
                                       Communicator& group) {
  const Recipe& recipe = options.recipe;
  return with_data(dataset, options, group, [&](const LearningData& data, const JoinedClasses&) {
    const Learned learned = find_recipe(recipe.name)->learn(recipe, data);
    Recipe judged = settled(recipe, learned.facts);
    judged.gamma = gamma_for(recipe.gamma, num_learned(data.statistics));
    return data.on_folds(judged);
  });
}

}  // namespace dem
