#include <algorithm>
#include <optional>
#include <utility>

#include "base/rng.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/dataset.h"

namespace dem {
namespace {

std::vector<bool> class_set(const Dataset& dataset, const std::vector<Index>& rows) {
  std::vector<bool> set(static_cast<std::size_t>(dataset.classes.size()));
  for (const Index row : rows) {
    const ClassId label = dataset.labels[static_cast<std::size_t>(row)];
    set[static_cast<std::size_t>(label)] = true;
  }
  return set;
}

std::vector<ClassId> members(const std::vector<bool>& set) {
  std::vector<ClassId> ids;
  for (std::size_t c = 0; c < set.size(); ++c) {
    if (set[c]) ids.push_back(static_cast<ClassId>(c));
  }
  return ids;
}

// The rows of `list` that are in trainval, in the list's order. Loading leaves others out, in the
// layout's words; these lists are named as the dataset has them, whatever it was made of.
std::vector<Index> within_trainval(const Dataset& dataset,
                                   const std::vector<Index>& list,
                                   const char* name) {
  std::vector<bool> trainval(dataset.labels.size());
  for (const Index row : dataset.split.trainval) trainval[static_cast<std::size_t>(row)] = true;
  std::vector<Index> rows;
  for (const Index row : list) {
    if (trainval[static_cast<std::size_t>(row)]) rows.push_back(row);
  }
  if (rows.size() < list.size()) {
    log(LogLevel::kWarning,
        concat(name, ": ", list.size() - rows.size(), " rows outside split.trainval left out"));
  }
  return rows;
}

// A fifth of the seen classes, rounded down, at least two, or one of two or three: one class alone
// is always right among itself.
std::vector<bool> draw_classes(const Dataset& dataset, std::uint64_t seed) {
  std::vector<ClassId> seen = dataset.seen_classes;
  if (seen.size() < 2) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("validation_split: expected at least two seen classes, got ", seen.size()));
  }
  Rng rng(seed, Purpose::kValidation);
  shuffle(std::span<ClassId>(seen), rng);
  seen.resize(std::max<std::size_t>(seen.size() < 4 ? 1 : 2, seen.size() / 5));
  std::vector<bool> drawn(static_cast<std::size_t>(dataset.classes.size()));
  for (const ClassId c : seen) drawn[static_cast<std::size_t>(c)] = true;
  return drawn;
}

// The dataset's own lists; nothing where it has none, or they share classes.
std::optional<ValidationSplit> own_split(const Dataset& dataset) {
  ValidationSplit split;
  split.train_rows = within_trainval(dataset, dataset.split.train, "split.train");
  split.val_rows = within_trainval(dataset, dataset.split.val, "split.val");
  const std::vector<bool> train_classes = class_set(dataset, split.train_rows);
  split.val_classes = members(class_set(dataset, split.val_rows));
  const bool disjoint =
      std::none_of(split.val_classes.begin(), split.val_classes.end(), [&](ClassId c) {
        return train_classes[static_cast<std::size_t>(c)];
      });
  if (disjoint && !split.train_rows.empty() && !split.val_rows.empty()) return split;
  return std::nullopt;
}

ValidationSplit hold_out(const Dataset& dataset, const std::vector<bool>& classes) {
  ValidationSplit split{{}, {}, members(classes)};
  for (const Index row : dataset.split.trainval) {
    const ClassId label = dataset.labels[static_cast<std::size_t>(row)];
    (classes[static_cast<std::size_t>(label)] ? split.val_rows : split.train_rows).push_back(row);
  }
  return split;
}

constexpr Index kUsualFolds = 3;     // each takes a training run
constexpr Index kClassesOfFold = 2;  // classes: one alone is always right among itself

std::vector<ValidationSplit> deal_folds(const Dataset& dataset,
                                        std::vector<ClassId> classes,
                                        Index folds,
                                        std::uint64_t seed) {
  Rng rng(seed, Purpose::kValidation);
  shuffle(std::span<ClassId>(classes), rng);
  std::vector<std::vector<bool>> held_out(
      static_cast<std::size_t>(folds),
      std::vector<bool>(static_cast<std::size_t>(dataset.classes.size())));
  for (std::size_t i = 0; i < classes.size(); ++i) {
    held_out[i % held_out.size()][static_cast<std::size_t>(classes[i])] = true;
  }
  std::vector<ValidationSplit> splits;
  for (const std::vector<bool>& fold : held_out) splits.push_back(hold_out(dataset, fold));
  return splits;
}

}  // namespace

ValidationSplit validation_split(const Dataset& dataset, std::uint64_t seed) {
  if (std::optional<ValidationSplit> own = own_split(dataset)) return std::move(*own);
  return hold_out(dataset, draw_classes(dataset, seed));
}

std::vector<ValidationSplit> validation_folds(const Dataset& dataset,
                                              Index folds,
                                              std::uint64_t seed) {
  const std::vector<ClassId> classes = members(class_set(dataset, dataset.split.trainval));
  const Index most = static_cast<Index>(classes.size()) / kClassesOfFold;
  if (folds > 1 && folds > most) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("validation folds: expected at most ",
                       most,
                       ", two of ",
                       classes.size(),
                       " seen classes with images a fold, got ",
                       folds));
  }
  if (folds == 0) {
    if (std::optional<ValidationSplit> own = own_split(dataset)) return {std::move(*own)};
    folds = std::min(kUsualFolds, most);
  }
  if (folds > 1) return deal_folds(dataset, classes, folds, seed);
  return {validation_split(dataset, seed)};
}

}  // namespace dem
