#include <algorithm>
#include <set>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/pipeline/statistics.h"
#include "pipeline/class_places.h"

namespace dem {
namespace {

void require_same_space(const SavedStatistics& first,
                        const SavedStatistics& other,
                        const std::string& path) {
  const Index width = first.statistics.feature_dim();
  if (other.statistics.feature_dim() != width) {
    misfit_statistics(path,
                      concat("expected ",
                             width,
                             " feature dimensions, as the first file has, got ",
                             other.statistics.feature_dim()));
  }
  if (other.row_scaling != first.row_scaling) {
    refuse_statistics(path,
                      concat("expected row scaling ",
                             to_string(first.row_scaling),
                             ", got ",
                             to_string(other.row_scaling)));
  }
  if (other.classes.spaces != first.classes.spaces) {
    misfit_statistics(path,
                      concat("expected semantic spaces ",
                             join(first.classes.spaces),
                             ", got ",
                             join(other.classes.spaces)));
  }
  for (std::size_t s = 0; s < first.classes.spaces.size(); ++s) {
    const Index dim = first.classes.embeddings[s].cols();
    const Index got = other.classes.embeddings[s].cols();
    if (dim == got) continue;
    misfit_statistics(
        path, concat("expected ", dim, " dimensions of ", first.classes.spaces[s], ", got ", got));
  }
  const auto& names = first.classes.dimension_names;
  const auto& others = other.classes.dimension_names;
  if (!names.empty() && !others.empty() && names != others) {
    refuse_statistics(path,
                      "expected the names of the descriptions' dimensions that the first file has");
  }
  if (other.statistics.second_moment.empty() != first.statistics.second_moment.empty()) {
    refuse_statistics(path, "expected second moments in all files or in none");
  }
  if (first.folds && other.folds && first.folds->num_folds() != other.folds->num_folds()) {
    refuse_statistics(path,
                      concat("expected ",
                             first.folds->num_folds(),
                             " folds, as the first file has, got ",
                             other.folds->num_folds()));
  }
}

const char* kind_of(const SavedStatistics& saved) {
  return saved.original_attributes ? "un-normalised" : "normalised";
}

// Files of data with one kind of attributes alone go with both.
void join_attributes(const SavedStatistics& part, const std::string& path, SavedStatistics& out) {
  if (!part.has_original_attributes) return;
  if (!out.suits(part.original_attributes)) {
    refuse_statistics(
        path,
        concat(
            "expected ", kind_of(out), " attributes, as earlier files have, got ", kind_of(part)));
  }
  out.original_attributes = part.original_attributes;
  out.has_original_attributes = true;
}

// Files in whose data nothing is missing go with all.
void join_missing(const SavedStatistics& part, const std::string& path, SavedStatistics& out) {
  if (part.num_missing == 0) return;
  if (!out.suits(part.missing_descriptions)) {
    refuse_statistics(path,
                      concat("expected missing descriptions ",
                             to_string(out.missing_descriptions),
                             ", as in earlier files, got ",
                             to_string(part.missing_descriptions)));
  }
  out.missing_descriptions = part.missing_descriptions;
  out.num_missing = std::max(out.num_missing, part.num_missing);
}

void require_other_data(const std::set<std::string>& known,
                        const SavedStatistics& other,
                        const std::string& path) {
  for (const std::string& fingerprint : other.fingerprints) {
    if (!known.contains(fingerprint)) continue;
    refuse_statistics(path,
                      concat("expected other images, got dataset ", fingerprint, " a second time"));
  }
}

// The joined class table, and where each class of each part is in it.
class JoinedClasses {
 public:
  explicit JoinedClasses(const SavedStatistics& first, const std::string& path)
      : spaces_(first.classes.spaces.size()), table_{{}, {}, first.classes.spaces, {}, {}} {
    table_.dimension_names = first.classes.dimension_names;
    for (std::size_t s = 0; s < spaces_.size(); ++s)
      widths_.push_back(first.classes.embeddings[s].cols());
    add(first, path);
  }

  void add(const SavedStatistics& part, const std::string& path) {
    (void)class_places(part.classes, path);
    std::vector<Index>& places = part_places_.emplace_back();
    for (Index c = 0; c < part.classes.size(); ++c) places.push_back(place(part.classes, c, path));
  }

  [[nodiscard]] Index size() const { return table_.size(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return table_.names; }
  [[nodiscard]] std::span<const Index> places(std::size_t part) const { return part_places_[part]; }

  ClassTable finish(const ClassStatistics& statistics) {
    for (std::size_t s = 0; s < spaces_.size(); ++s) {
      table_.embeddings.emplace_back(size(), widths_[s]);
      std::copy(spaces_[s].begin(), spaces_[s].end(), table_.embeddings[s].data());
    }
    for (const Index count : statistics.counts) table_.seen.push_back(count > 0);
    return std::move(table_);
  }

 private:
  Index place(const ClassTable& classes, Index c, const std::string& path) {
    const auto [entry, is_new] = places_.emplace(classes.names[at(c)], size());
    if (is_new) table_.names.push_back(entry->first);
    for (std::size_t s = 0; s < spaces_.size(); ++s) {
      const auto row = classes.embeddings[s].row(c);
      if (is_new) {
        spaces_[s].insert(spaces_[s].end(), row.begin(), row.end());
      } else if (!std::equal(
                     row.begin(), row.end(), spaces_[s].begin() + entry->second * widths_[s])) {
        refuse_statistics(path,
                          concat("class \"",
                                 entry->first,
                                 "\": expected the description (",
                                 classes.spaces[s],
                                 ") that an earlier file has, got another"));
      }
    }
    return entry->second;
  }

  std::vector<std::vector<float>> spaces_;  // a space: rows of the table
  std::vector<Index> widths_;
  ClassTable table_;
  ClassPlaces places_;
  std::vector<std::vector<Index>> part_places_;
};

// The folds of all parts where all have them; where only some do, none and a warning.
void merge_folds(std::span<const SavedStatistics> parts,
                 std::span<const std::string> paths,
                 const JoinedClasses& classes,
                 SavedStatistics& out) {
  const auto has_folds = [](const SavedStatistics& part) { return part.folds.has_value(); };
  if (std::none_of(parts.begin(), parts.end(), has_folds)) return;
  const auto without = std::find_if_not(parts.begin(), parts.end(), has_folds);
  if (without != parts.end()) {
    log(LogLevel::kWarning,
        concat(paths[static_cast<std::size_t>(without - parts.begin())],
               ": has second moments, but none by fold (format 1): the merged statistics have none "
               "by fold either, and no validation without images; gather it anew to keep them"));
    return;
  }
  const std::vector<Index> folds = folds_of(classes.names(), parts[0].folds->num_folds());
  out.folds = parts[0].folds->moved(classes.places(0), folds);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    out.folds->add(parts[i].folds->moved(classes.places(i), folds));
  }
  out.statistics.second_moment = std::move(out.folds->all().second_moment);
}

// Of as many rows as the smallest sample asked for: more would not be drawn from all images alike.
void merge_samples(std::span<const SavedStatistics> parts,
                   const JoinedClasses& classes,
                   SavedStatistics& out) {
  Index max_rows = parts[0].sample.max_rows;
  Index rows = 0;
  for (const SavedStatistics& part : parts) {
    max_rows = std::min(max_rows, part.sample.max_rows);
    rows += part.sample.size();
  }
  RowSampler sampler(classes.names(), out.statistics.feature_dim(), max_rows, rows);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::vector<ClassId> labels;
    for (const ClassId label : parts[i].sample.labels) {
      labels.push_back(static_cast<ClassId>(classes.places(i)[at(label)]));
    }
    sampler.add(parts[i].sample.features, labels);
  }
  out.sample = std::move(sampler).finish();
}

}  // namespace

SavedStatistics merge_statistics(std::span<const SavedStatistics> parts,
                                 std::span<const std::string> paths) {
  if (parts.empty() || parts.size() != paths.size()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("merge: expected at least one file and a path each, got ", parts.size()));
  }
  const SavedStatistics& first = parts[0];
  JoinedClasses classes(first, paths[0]);
  std::set<std::string> names = {first.dataset};
  std::set<std::string> known(first.fingerprints.begin(), first.fingerprints.end());
  SavedStatistics out;
  join_attributes(first, paths[0], out);
  out.missing_descriptions = first.missing_descriptions;
  join_missing(first, paths[0], out);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    require_same_space(first, parts[i], paths[i]);
    join_attributes(parts[i], paths[i], out);
    join_missing(parts[i], paths[i], out);
    require_other_data(known, parts[i], paths[i]);
    known.insert(parts[i].fingerprints.begin(), parts[i].fingerprints.end());
    classes.add(parts[i], paths[i]);
  }
  out.row_scaling = first.row_scaling;
  out.dataset = first.dataset;
  out.layout = first.layout;
  out.train_mode = first.train_mode;
  out.rows = first.rows;
  out.statistics = first.statistics.moved(classes.places(0), classes.size());
  out.fingerprints = first.fingerprints;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    out.statistics.add(parts[i].statistics.moved(classes.places(i), classes.size()));
    out.fingerprints.insert(
        out.fingerprints.end(), parts[i].fingerprints.begin(), parts[i].fingerprints.end());
    if (names.insert(parts[i].dataset).second) out.dataset += concat("+", parts[i].dataset);
    if (parts[i].rows != first.rows) out.rows = "mixed";
  }
  for (const SavedStatistics& part : parts) {
    if (part.missing_features == MissingFeatures::kRefuse) continue;
    out.missing_features = part.missing_features;
    out.zeroed_features += part.zeroed_features;
  }
  merge_folds(parts, paths, classes, out);
  merge_samples(parts, classes, out);
  out.classes = classes.finish(out.statistics);
  return out;
}

}  // namespace dem
