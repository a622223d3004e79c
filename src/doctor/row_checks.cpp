// Rows that are equal, or nearly so.
#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace dem {
namespace {

constexpr Index kHarmful = 20;  // an error where one in so many test rows is concerned

// Rows by the hash of their bytes; zero rows, of which another finding tells, are left out.
class EqualRows {
 public:
  explicit EqualRows(const FeatureFacts& facts) {
    zero_ = zero_hash(facts);
    std::vector<std::pair<std::uint64_t, Index>> sorted;
    for (std::size_t row = 0; row < facts.hashes.size(); ++row) {
      if (facts.zero.count > 0 && facts.hashes[row] == zero_) continue;
      sorted.emplace_back(facts.hashes[row], static_cast<Index>(row));
    }
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t i = 0; i < sorted.size();) {
      std::vector<Index> group;
      const std::uint64_t hash = sorted[i].first;
      for (; i < sorted.size() && sorted[i].first == hash; ++i) group.push_back(sorted[i].second);
      if (group.size() > 1) groups_.push_back(std::move(group));
    }
    std::sort(groups_.begin(), groups_.end());
  }

  // Each of more than one row, ascending.
  [[nodiscard]] const std::vector<std::vector<Index>>& groups() const { return groups_; }

 private:
  static std::uint64_t zero_hash(const FeatureFacts& facts) {
    return facts.zero.first.empty() ? 0 : facts.hashes[at(facts.zero.first[0])];
  }

  std::uint64_t zero_ = 0;
  std::vector<std::vector<Index>> groups_;
};

enum class Use : std::uint8_t { kNone, kTraining, kTestSeen, kTestUnseen };

// [n]; of a row in several lists the first of training, test_seen and test_unseen.
std::vector<Use> uses_of(const Specimen& specimen) {
  std::vector<Use> uses(at(specimen.num_rows()), Use::kNone);
  const auto mark = [&](Part part, Use use) {
    for (const Index row : specimen.list(part).rows) uses[at(row)] = use;
  };
  mark(Part::kTestUnseen, Use::kTestUnseen);
  mark(Part::kTestSeen, Use::kTestSeen);
  mark(Part::kTrainval, Use::kTraining);
  return uses;
}

// What equal rows are, by their lists and labels. All ascending.
struct EqualKinds {
  std::vector<Index> tested_copies;    // test rows that a training row is equal to
  std::vector<Index> training_copies;  // those training rows
  std::vector<Index> contradicting;    // equal rows of several classes
  std::vector<Index> repeated;         // rows that repeat an earlier one of their class and use
};

void sort_group(const std::vector<Index>& group,
                const std::vector<Use>& uses,
                const std::vector<ClassId>& labels,
                EqualKinds& kinds) {
  const auto is_trained = [&](Index row) { return uses[at(row)] == Use::kTraining; };
  const auto is_tested = [&](Index row) {
    return uses[at(row)] == Use::kTestSeen || uses[at(row)] == Use::kTestUnseen;
  };
  const bool across = std::any_of(group.begin(), group.end(), is_trained) &&
                      std::any_of(group.begin(), group.end(), is_tested);
  const bool one_class = std::all_of(group.begin(), group.end(), [&](Index row) {
    return labels[at(row)] == labels[at(group[0])];
  });
  std::set<std::pair<Use, ClassId>> met;
  for (const Index row : group) {
    if (across && is_tested(row)) kinds.tested_copies.push_back(row);
    if (across && is_trained(row)) kinds.training_copies.push_back(row);
    if (!one_class) kinds.contradicting.push_back(row);
    const bool is_new = met.emplace(uses[at(row)], labels[at(row)]).second;
    if (!is_new && uses[at(row)] != Use::kNone) kinds.repeated.push_back(row);
  }
}

EqualKinds kinds_of(const Specimen& specimen) {
  EqualKinds kinds;
  const std::vector<Use> uses = uses_of(specimen);
  const EqualRows equal(specimen.features);
  for (const std::vector<Index>& group : equal.groups()) {
    sort_group(group, uses, specimen.labels, kinds);
  }
  for (auto* rows :
       {&kinds.tested_copies, &kinds.training_copies, &kinds.contradicting, &kinds.repeated}) {
    std::sort(rows->begin(), rows->end());
  }
  return kinds;
}

bool can_compare(const Specimen& specimen) {
  return specimen.features.complete && specimen.features.num_rows == specimen.num_rows();
}

Severity severity_of(const Specimen& specimen, Index count) {
  const Index tested = std::ssize(test_rows(specimen));
  return count * kHarmful >= tested ? Severity::kError : Severity::kWarning;
}

// Those of training rows that classes have others beside. Rows whose label is no class stay: what
// they are must be decided first.
std::vector<Index> removable(const Specimen& specimen, const std::vector<Index>& copies) {
  std::vector<Index> left = specimen.rows_a_class(Part::kTrainval);
  const auto label_of = [&](Index row) { return specimen.labels[at(row)]; };
  for (const Index row : copies) {
    if (label_of(row) >= 0) --left[at(label_of(row))];
  }
  std::vector<Index> rows;
  for (const Index row : copies) {
    if (label_of(row) >= 0 && left[at(label_of(row))] > 0) rows.push_back(row);
  }
  return rows;
}

void add_tested_copies(const Specimen& specimen, const EqualKinds& kinds, Findings& findings) {
  const std::vector<Index>& rows = kinds.tested_copies;
  const Index count = std::ssize(rows);
  const bool all_go = removable(specimen, kinds.training_copies) == kinds.training_copies;
  findings.push_back(
      {.id = "test-rows-equal-training-rows",
       .severity = severity_of(specimen, count),
       .title = concat(count,
                       " of ",
                       test_rows(specimen).size(),
                       count == 1 ? " test rows has" : " test rows have",
                       " the features of a training row, number by number"),
       .where = specimen.folder,
       .rows = Some::rows(rows),
       .count = count,
       .cost = "the same image is trained and tested on: scores are too high, or, where the "
               "classes differ, one of them is wrong",
       .mend = concat("take the training rows of that kind out of the training lists",
                      all_go ? "" : ", or the test rows where a class has no other training rows"),
       .mendable = all_go && specimen.options.layout == "gbu"});
}

}  // namespace

std::vector<Index> training_rows_without_copies(const Specimen& specimen) {
  const std::vector<Index>& rows = specimen.list(Part::kTrainval).rows;
  if (!can_compare(specimen)) return rows;
  return not_in(rows, removable(specimen, kinds_of(specimen).training_copies));
}

std::vector<Index> test_rows_without_copy(const Specimen& specimen) {
  if (!can_compare(specimen)) return {};
  const EqualKinds kinds = kinds_of(specimen);
  std::vector<Index> rows = not_in(test_rows(specimen), kinds.tested_copies);
  rows = not_in(rows, specimen.list(Part::kTrainval).rows);
  if (specimen.features.zero.count == 0) return rows;
  const std::uint64_t zero = specimen.features.hashes[at(specimen.features.zero.first[0])];
  std::erase_if(rows, [&](Index row) { return specimen.features.hashes[at(row)] == zero; });
  return rows;
}

void check_equal_rows(const Specimen& specimen, Findings& findings) {
  if (!can_compare(specimen)) return;
  const EqualKinds kinds = kinds_of(specimen);
  if (!kinds.tested_copies.empty()) add_tested_copies(specimen, kinds, findings);
  if (const Index count = std::ssize(kinds.contradicting); count > 0) {
    findings.push_back({.id = "equal-rows-of-several-classes",
                        .severity = Severity::kWarning,
                        .title = concat(count, " rows have the features of a row of another class"),
                        .where = concat(specimen.folder, "; ", specimen.labels_where),
                        .rows = Some::rows(kinds.contradicting),
                        .count = count,
                        .cost = "all labels of such rows but one are wrong, or the image shows "
                                "several classes",
                        .mend = "look at the images, and keep one label"});
  }
  if (const Index count = std::ssize(kinds.repeated); count > 0) {
    findings.push_back({.id = "repeated-rows",
                        .title = concat(counted(count, "row repeats", "rows repeat"),
                                        " an earlier row of the same class and list"),
                        .where = specimen.folder,
                        .rows = Some::rows(kinds.repeated),
                        .count = count,
                        .cost = "such images weigh twice, in training or in scores",
                        .mend = "nothing, if that is meant"});
  }
}

void add_near_duplicates(const Specimen& specimen,
                         const std::vector<RowPair>& pairs,
                         bool at_least,
                         Findings& findings) {
  if (pairs.empty()) return;
  std::vector<Index> rows;
  for (const RowPair& pair : pairs) rows.push_back(pair.test);
  const Index count = std::ssize(rows);
  findings.push_back(
      {.id = "test-rows-near-training-rows",
       .severity = severity_of(specimen, count),
       .title = concat(at_least ? "at least " : "",
                       count,
                       " of ",
                       test_rows(specimen).size(),
                       count == 1 ? " test rows is" : " test rows are",
                       " almost equal to a training row: row ",
                       pairs[0].test,
                       " to row ",
                       pairs[0].training),
       .where = specimen.folder,
       .rows = Some::rows(rows),
       .count = count,
       .cost = "nearly the same image is trained and tested on (another size or compression, the "
               "next frame or window): scores are too high",
       .mend = "look at the images, and keep what belongs together in one part of the split"});
}

}  // namespace dem
