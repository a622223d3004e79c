#include "pipeline/learning_source.h"

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/at.h"
#include "dem/data/prepared_data.h"
#include "dem/eval/scores.h"
#include "dem/pipeline/statistics.h"
#include "dem/search/score_source.h"
#include "pipeline/learned_prototypes.h"
#include "pipeline/scored_folds.h"

namespace dem {
namespace {

// The classes of some rows, ascending.
std::vector<ClassId> classes_with_images(const ClassStatistics& statistics) {
  std::vector<ClassId> classes;
  for (std::size_t c = 0; c < statistics.counts.size(); ++c) {
    if (statistics.counts[c] > 0) classes.push_back(static_cast<ClassId>(c));
  }
  return classes;
}

// Images in memory, maybe those of several ranks.
class DatasetSource : public LearningSource {
 public:
  DatasetSource(const Dataset& dataset,
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
class StatisticsSource : public LearningSource {
 public:
  StatisticsSource(const SavedStatistics& saved, const Dataset& dataset, std::uint64_t seed)
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

}  // namespace

FeatureMap base_of(const Recipe& recipe) {
  const bool by_image = recipe.feature_scaling == ScalingKind::kL2;
  return by_image ? FeatureMap(FeatureScaling{ScalingKind::kL2, {}, {}}) : FeatureMap();
}

std::unique_ptr<LearningSource> open_source(const Dataset& dataset,
                                            const FitOptions& options,
                                            const FeatureMap& base,
                                            Communicator& group) {
  if (options.saved_statistics != nullptr) {
    return std::make_unique<StatisticsSource>(*options.saved_statistics, dataset, options.seed);
  }
  return std::make_unique<DatasetSource>(dataset, options, base, group);
}

LearningData data_of(LearningSource& source,
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

}  // namespace dem
