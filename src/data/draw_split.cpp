#include "dem/data/draw_split.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/at.h"
#include "base/rng.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// Streams of the draws, so that one does not depend on what another takes.
enum Stream : std::uint64_t { kUnseenClasses, kTestImages, kValidationClasses };

[[noreturn]] void refuse_draw(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, what);
}

void check_shares(std::span<const ClassId> labels, const DrawOptions& options) {
  const auto check = [](const char* name, double share) {
    if (share >= 0.0 && share < 1.0) return;
    refuse_draw(concat(name, ": expected a share of at least 0 and below 1, got ", share));
  };
  check("test seen", options.test_seen);
  check("val", options.val);
  const bool is_number = options.unseen >= 1.0 && options.unseen == std::floor(options.unseen);
  if (!is_number && !(options.unseen > 0.0 && options.unseen < 1.0)) {
    refuse_draw(concat("unseen: expected a share above 0 and below 1, or a number of classes, got ",
                       options.unseen));
  }
  if (!options.groups.empty() && options.groups.size() != labels.size()) {
    refuse_draw(concat(
        "groups: expected a group an image (", labels.size(), "), got ", options.groups.size()));
  }
}

std::vector<ClassId> classes_with_images(std::span<const ClassId> labels, Index num_classes) {
  std::vector<bool> has_images(at(num_classes));
  for (const ClassId label : labels) {
    if (label >= 0) has_images[at(label)] = true;
  }
  std::vector<ClassId> classes;
  for (std::size_t c = 0; c < has_images.size(); ++c) {
    if (has_images[c]) classes.push_back(static_cast<ClassId>(c));
  }
  return classes;
}

std::vector<ClassId> drawn(std::vector<ClassId> classes, std::size_t count, Rng rng) {
  shuffle(std::span<ClassId>(classes), rng);
  classes.resize(count);
  return classes;
}

// [num_classes]
std::vector<bool> unseen_classes(const std::vector<ClassId>& known,
                                 Index num_classes,
                                 const DrawOptions& options) {
  std::vector<bool> unseen(at(num_classes));
  std::vector<ClassId> chosen = options.unseen_classes;
  const auto num_known = static_cast<double>(known.size());
  if (chosen.empty()) {
    const double wanted =
        options.unseen < 1.0 ? std::round(options.unseen * num_known) : options.unseen;
    const double count = std::max(1.0, wanted);
    if (count + 2.0 > num_known) {
      refuse_draw(concat("unseen: expected to leave at least two of the ",
                         known.size(),
                         " classes that have images, got ",
                         options.unseen));
    }
    chosen = drawn(
        known, static_cast<std::size_t>(count), Rng(options.seed, Purpose::kSplit, kUnseenClasses));
  }
  for (const ClassId c : chosen) unseen[at(c)] = true;
  const auto left =
      std::count_if(known.begin(), known.end(), [&](ClassId c) { return !unseen[at(c)]; });
  if (left < 2 || left == static_cast<std::ptrdiff_t>(known.size())) {
    refuse_draw(concat("unseen classes: expected some with images, and two more of the ",
                       known.size(),
                       " classes that have images to learn from, got ",
                       known.size() - at(left),
                       " with images"));
  }
  return unseen;
}

// Rows that are trained on or tested together, each group in the order of its rows.
using Units = std::vector<std::vector<Index>>;

Units units_of(const std::vector<Index>& rows, const std::vector<std::string>& groups) {
  Units units;
  std::map<std::string_view, std::size_t> places;
  for (const Index row : rows) {
    if (groups.empty()) {
      units.push_back({row});
      continue;
    }
    const auto [found, is_new] = places.emplace(groups[at(row)], units.size());
    if (is_new) units.emplace_back();
    units[found->second].push_back(row);
  }
  return units;
}

// Takes units for tests until the share is met, none that would leave a class without images.
class TestImages {
 public:
  TestImages(std::span<const ClassId> labels, std::vector<Index> left)
      : labels_(labels), left_(std::move(left)), is_test_(labels.size()) {}

  void draw(Units units, double share, Rng& rng) {
    std::size_t total = 0;
    for (const auto& unit : units) total += unit.size();
    const auto wanted = static_cast<std::size_t>(std::round(share * static_cast<double>(total)));
    shuffle(std::span<std::vector<Index>>(units), rng);
    std::size_t taken = 0;
    for (const auto& unit : units) {
      // Half of a group beyond the share is nearer to it than to stop.
      if (2 * taken + unit.size() > 2 * wanted || !can_spare(unit)) continue;
      for (const Index row : unit) take(row);
      taken += unit.size();
    }
  }
  [[nodiscard]] bool has(Index row) const { return is_test_[at(row)]; }

 private:
  [[nodiscard]] bool can_spare(const std::vector<Index>& unit) const {
    std::map<ClassId, Index> rows;
    for (const Index row : unit) ++rows[labels_[at(row)]];
    return std::all_of(rows.begin(), rows.end(), [&](const auto& of_class) {
      return left_[at(of_class.first)] > of_class.second;
    });
  }
  void take(Index row) {
    is_test_[at(row)] = true;
    --left_[at(labels_[at(row)])];
  }

  std::span<const ClassId> labels_;
  std::vector<Index> left_;  // [num_classes]: images that are trained on
  std::vector<bool> is_test_;
};

std::vector<std::vector<Index>> rows_by_class(std::span<const ClassId> labels, Index num_classes) {
  std::vector<std::vector<Index>> rows(at(num_classes));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    if (labels[row] >= 0) rows[at(labels[row])].push_back(static_cast<Index>(row));
  }
  return rows;
}

TestImages draw_test_images(std::span<const ClassId> labels,
                            const std::vector<bool>& unseen,
                            const DrawOptions& options) {
  const auto num_classes = static_cast<Index>(unseen.size());
  const auto rows = rows_by_class(labels, num_classes);
  std::vector<Index> counts;
  for (const auto& list : rows) counts.push_back(static_cast<Index>(list.size()));
  TestImages images(labels, std::move(counts));
  Rng rng(options.seed, Purpose::kSplit, kTestImages);
  std::vector<Index> all;
  for (std::size_t c = 0; c < rows.size(); ++c) {
    if (unseen[c]) continue;
    // Groups go through classes, so that they are drawn of all together.
    if (options.stratified && options.groups.empty()) {
      images.draw(units_of(rows[c], {}), options.test_seen, rng);
    } else {
      all.insert(all.end(), rows[c].begin(), rows[c].end());
    }
  }
  std::sort(all.begin(), all.end());
  images.draw(units_of(all, options.groups), options.test_seen, rng);
  return images;
}

void add_validation(std::span<const ClassId> labels,
                    const std::vector<bool>& unseen,
                    const DrawOptions& options,
                    Split& split) {
  if (options.val == 0.0) return;
  std::vector<ClassId> seen = classes_with_images(labels, static_cast<Index>(unseen.size()));
  std::erase_if(seen, [&](ClassId c) { return unseen[at(c)]; });
  const auto count = static_cast<std::size_t>(
      std::max(1.0, std::round(options.val * static_cast<double>(seen.size()))));
  if (count >= seen.size()) {
    refuse_draw(
        concat("val: expected to leave one of ", seen.size(), " seen classes, got ", options.val));
  }
  std::vector<bool> held_out(unseen.size());
  for (const ClassId c :
       drawn(seen, count, Rng(options.seed, Purpose::kSplit, kValidationClasses))) {
    held_out[at(c)] = true;
  }
  for (const Index row : split.trainval) {
    (held_out[at(labels[at(row)])] ? split.val : split.train).push_back(row);
  }
}

}  // namespace

Split draw_split(std::span<const ClassId> labels, Index num_classes, const DrawOptions& options) {
  for (const ClassId label : labels) {
    if (label >= -1 && label < num_classes) continue;
    refuse_draw(concat("labels: expected classes of 0 .. ", num_classes - 1, ", got ", label));
  }
  check_shares(labels, options);
  const std::vector<bool> unseen =
      unseen_classes(classes_with_images(labels, num_classes), num_classes, options);
  const TestImages tests = draw_test_images(labels, unseen, options);
  Split split;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] < 0) continue;
    const auto row = static_cast<Index>(i);
    auto& part = unseen[at(labels[i])] ? split.test_unseen
                 : tests.has(row)      ? split.test_seen
                                       : split.trainval;
    part.push_back(row);
  }
  add_validation(labels, unseen, options, split);
  return split;
}

}  // namespace dem
