#include <numeric>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/learn/family.h"
#include "dem/pipeline/statistics.h"
#include "pipeline/class_places.h"

namespace dem {

void refuse_statistics(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, concat(where, ": ", what));
}

void misfit_statistics(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kShapeMismatch, concat(where, ": ", what));
}

ClassPlaces class_places(const ClassTable& classes, const std::string& where) {
  ClassPlaces places;
  for (Index c = 0; c < classes.size(); ++c) {
    const std::string& name = classes.names[at(c)];
    if (places.emplace(name, c).second) continue;
    refuse_statistics(where, concat("expected class names that differ, got \"", name, "\" twice"));
  }
  return places;
}

namespace {

std::vector<Index> places_by_name(const Dataset& dataset, const SavedStatistics& saved) {
  const ClassPlaces places = class_places(dataset.classes, concat("dataset ", dataset.name));
  (void)class_places(saved.classes, "statistics");
  std::vector<Index> to;
  for (std::size_t c = 0; c < saved.classes.names.size(); ++c) {
    const auto found = places.find(saved.classes.names[c]);
    to.push_back(found == places.end() ? -1 : found->second);
    if (to.back() >= 0 || saved.statistics.counts[c] == 0) continue;
    refuse_statistics("statistics",
                      concat("expected classes of dataset ",
                             dataset.name,
                             ", got images of \"",
                             saved.classes.names[c],
                             "\", which it has not"));
  }
  return to;
}

void require_seen(const Dataset& dataset,
                  const SavedStatistics& saved,
                  std::span<const Index> places) {
  std::vector<Index> counts(at(dataset.classes.size()));
  for (std::size_t c = 0; c < places.size(); ++c) {
    if (places[c] >= 0) counts[at(places[c])] = saved.statistics.counts[c];
  }
  for (const ClassId c : dataset.unseen_classes) {
    if (counts[at(c)] == 0) continue;
    refuse_statistics("statistics",
                      concat("expected images of seen classes, got ",
                             counts[at(c)],
                             " of \"",
                             dataset.classes.names[at(c)],
                             "\", which dataset ",
                             dataset.name,
                             " tests as unseen"));
  }
}

// The dataset's number of each class that the statistics have, -1 where it has not. Checks widths,
// and that images are of classes that the dataset has and does not test as unseen.
std::vector<Index> places_in(const Dataset& dataset, const SavedStatistics& saved) {
  if (saved.statistics.feature_dim() != dataset.feature_dim()) {
    misfit_statistics("statistics",
                      concat("expected ",
                             dataset.feature_dim(),
                             " feature dimensions, as dataset ",
                             dataset.name,
                             " has, got ",
                             saved.statistics.feature_dim()));
  }
  std::vector<Index> to;
  if (saved.classes.names == dataset.classes.names) {
    to.resize(at(dataset.classes.size()));
    std::iota(to.begin(), to.end(), Index{0});
  } else {
    to = places_by_name(dataset, saved);
  }
  require_seen(dataset, saved, to);
  return to;
}

}  // namespace

bool SavedStatistics::suits(MissingDescriptions missing) const {
  // What kAuto takes, it treats as kMean; kRefuse takes nothing that is missing.
  const auto treated = [](MissingDescriptions how) {
    return how == MissingDescriptions::kAuto ? MissingDescriptions::kMean : how;
  };
  return num_missing == 0 || treated(missing) == treated(missing_descriptions);
}

bool learns_from_statistics(const Recipe& recipe) {
  const RecipeEntry* entry = find_recipe(recipe.name);
  return entry == nullptr || !entry->needs_images;
}

Dataset dataset_without_images(const SavedStatistics& saved) {
  Dataset dataset;
  dataset.name = saved.dataset;
  dataset.layout = saved.layout;
  dataset.train_mode = train_mode_from_string(saved.train_mode);
  dataset.original_attributes = saved.original_attributes;
  dataset.has_original_attributes = saved.has_original_attributes;
  dataset.missing_descriptions = saved.missing_descriptions;
  dataset.num_missing = saved.num_missing;
  dataset.visual_features = Matrix<float>(0, saved.statistics.feature_dim());
  dataset.classes.names = saved.classes.names;
  dataset.classes.spaces = saved.classes.spaces;
  dataset.classes.dimension_names = saved.classes.dimension_names;
  for (const Matrix<float>& rows : saved.classes.embeddings) {
    dataset.classes.embeddings.push_back(rows.clone());
  }
  for (Index c = 0; c < saved.classes.size(); ++c) {
    const bool seen = saved.statistics.counts[at(c)] > 0;
    dataset.classes.seen.push_back(seen);
    (seen ? dataset.seen_classes : dataset.unseen_classes).push_back(static_cast<ClassId>(c));
  }
  if (saved.fingerprints.size() == 1) {
    dataset.fingerprint = saved.fingerprints[0];
  } else {
    Fingerprint hash;
    for (const std::string& text : saved.fingerprints) hash.add(text.data(), text.size());
    dataset.fingerprint = hash.hex();
  }
  return dataset;
}

ClassStatistics statistics_of(const SavedStatistics& saved, const Dataset& dataset) {
  return saved.statistics.moved(places_in(dataset, saved), dataset.classes.size());
}

FoldStatistics fold_statistics_of(const SavedStatistics& saved, const Dataset& dataset) {
  if (!saved.folds) {
    refuse_statistics("statistics", "expected second moments by fold, got none");
  }
  const std::vector<Index> places = places_in(dataset, saved);
  return saved.folds->moved(places, folds_of(dataset.classes.names, saved.folds->num_folds()));
}

RowSample sample_of(const SavedStatistics& saved, const Dataset& dataset) {
  if (saved.sample.max_rows == 0) {
    refuse_statistics("statistics", "expected a sample of rows, got none");
  }
  const std::vector<Index> places = places_in(dataset, saved);
  RowSample sample = saved.sample.clone();
  for (ClassId& label : sample.labels) label = static_cast<ClassId>(places[at(label)]);
  return sample;
}

}  // namespace dem
