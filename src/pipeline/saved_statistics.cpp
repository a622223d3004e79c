#include <algorithm>
#include <map>
#include <set>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/pipeline/statistics.h"

namespace dem {
namespace {

using Places = std::map<std::string, Index>;

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, concat(path, ": ", what));
}

[[noreturn]] void misfit(const std::string& path, const std::string& what) {
  throw Error(ErrorKind::kShapeMismatch, concat(path, ": ", what));
}

Places places_of(const ClassTable& classes, const std::string& where) {
  Places places;
  for (Index c = 0; c < classes.size(); ++c) {
    const std::string& name = classes.names[at(c)];
    if (places.emplace(name, c).second) continue;
    refuse(where, concat("expected class names that differ, got \"", name, "\" twice"));
  }
  return places;
}

void require_same_space(const SavedStatistics& first,
                        const SavedStatistics& other,
                        const std::string& path) {
  const Index width = first.statistics.feature_dim();
  if (other.statistics.feature_dim() != width) {
    misfit(path,
           concat("expected ",
                  width,
                  " feature dimensions, as the first file has, got ",
                  other.statistics.feature_dim()));
  }
  if (other.row_scaling != first.row_scaling) {
    refuse(path,
           concat("expected row scaling ",
                  to_string(first.row_scaling),
                  ", got ",
                  to_string(other.row_scaling)));
  }
  if (other.original_attributes != first.original_attributes) {
    refuse(path, "expected attributes of the same kind (--recipe of dem stats) in all files");
  }
  if (other.classes.spaces != first.classes.spaces) {
    misfit(path,
           concat("expected semantic spaces ",
                  join(first.classes.spaces),
                  ", got ",
                  join(other.classes.spaces)));
  }
  for (std::size_t s = 0; s < first.classes.spaces.size(); ++s) {
    const Index dim = first.classes.embeddings[s].cols();
    const Index got = other.classes.embeddings[s].cols();
    if (dim == got) continue;
    misfit(path,
           concat("expected ", dim, " dimensions of ", first.classes.spaces[s], ", got ", got));
  }
  const auto& names = first.classes.dimension_names;
  const auto& others = other.classes.dimension_names;
  if (!names.empty() && !others.empty() && names != others) {
    refuse(path, "expected the names of the descriptions' dimensions that the first file has");
  }
  if (other.statistics.second_moment.empty() != first.statistics.second_moment.empty()) {
    refuse(path, "expected second moments in all files or in none");
  }
}

void require_other_data(const std::set<std::string>& known,
                        const SavedStatistics& other,
                        const std::string& path) {
  for (const std::string& fingerprint : other.fingerprints) {
    if (!known.contains(fingerprint)) continue;
    refuse(path, concat("expected other images, got dataset ", fingerprint, " a second time"));
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
    (void)places_of(part.classes, path);
    std::vector<Index>& places = part_places_.emplace_back();
    for (Index c = 0; c < part.classes.size(); ++c) places.push_back(place(part.classes, c, path));
  }

  [[nodiscard]] Index size() const { return table_.size(); }
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
        refuse(path,
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
  Places places_;
  std::vector<std::vector<Index>> part_places_;
};

// With a row a class of the dataset.
ClassStatistics aligned(const SavedStatistics& saved, const Dataset& dataset) {
  if (saved.classes.names == dataset.classes.names) {
    std::vector<Index> same(at(dataset.classes.size()));
    for (std::size_t c = 0; c < same.size(); ++c) same[c] = static_cast<Index>(c);
    return saved.statistics.moved(same, dataset.classes.size());
  }
  const Places places = places_of(dataset.classes, concat("dataset ", dataset.name));
  (void)places_of(saved.classes, "statistics");
  std::vector<Index> to;
  for (std::size_t c = 0; c < saved.classes.names.size(); ++c) {
    const auto found = places.find(saved.classes.names[c]);
    if (found != places.end()) {
      to.push_back(found->second);
      continue;
    }
    if (saved.statistics.counts[c] > 0) {
      refuse("statistics",
             concat("expected classes of dataset ",
                    dataset.name,
                    ", got images of \"",
                    saved.classes.names[c],
                    "\", which it has not"));
    }
    to.push_back(-1);
  }
  return saved.statistics.moved(to, dataset.classes.size());
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
  for (std::size_t i = 1; i < parts.size(); ++i) {
    require_same_space(first, parts[i], paths[i]);
    require_other_data(known, parts[i], paths[i]);
    known.insert(parts[i].fingerprints.begin(), parts[i].fingerprints.end());
    classes.add(parts[i], paths[i]);
  }
  SavedStatistics out;
  out.row_scaling = first.row_scaling;
  out.dataset = first.dataset;
  out.layout = first.layout;
  out.train_mode = first.train_mode;
  out.rows = first.rows;
  out.original_attributes = first.original_attributes;
  out.statistics = first.statistics.moved(classes.places(0), classes.size());
  out.fingerprints = first.fingerprints;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    out.statistics.add(parts[i].statistics.moved(classes.places(i), classes.size()));
    out.fingerprints.insert(
        out.fingerprints.end(), parts[i].fingerprints.begin(), parts[i].fingerprints.end());
    if (names.insert(parts[i].dataset).second) out.dataset += concat("+", parts[i].dataset);
    if (parts[i].rows != first.rows) out.rows = "mixed";
  }
  out.classes = classes.finish(out.statistics);
  return out;
}

Dataset dataset_without_images(const SavedStatistics& saved) {
  Dataset dataset;
  dataset.name = saved.dataset;
  dataset.layout = saved.layout;
  dataset.train_mode = train_mode_from_string(saved.train_mode);
  dataset.original_attributes = saved.original_attributes;
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
  if (saved.statistics.feature_dim() != dataset.feature_dim()) {
    misfit("statistics",
           concat("expected ",
                  dataset.feature_dim(),
                  " feature dimensions, as dataset ",
                  dataset.name,
                  " has, got ",
                  saved.statistics.feature_dim()));
  }
  ClassStatistics statistics = aligned(saved, dataset);
  for (const ClassId c : dataset.unseen_classes) {
    if (statistics.counts[at(c)] == 0) continue;
    refuse("statistics",
           concat("expected images of seen classes, got ",
                  statistics.counts[at(c)],
                  " of \"",
                  dataset.classes.names[at(c)],
                  "\", which dataset ",
                  dataset.name,
                  " tests as unseen"));
  }
  return statistics;
}

}  // namespace dem
