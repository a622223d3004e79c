// Features, number by number and column by column.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace dem {
namespace {

std::vector<Index> columns_where(const FeatureFacts& facts, auto&& is) {
  std::vector<Index> columns;
  for (Index j = 0; j < facts.dim; ++j) {
    if (is(facts.lowest[at(j)], facts.highest[at(j)])) columns.push_back(j);
  }
  return columns;
}

bool is_one_value(float lowest, float highest) {
  return lowest == highest;
}

}  // namespace

void check_not_finite(const Specimen& specimen, Findings& findings) {
  const FeatureFacts& facts = specimen.features;
  Index values = facts.not_finite_values;
  Index rows = facts.not_finite.count;
  if (specimen.dataset && specimen.dataset->zeroed_features.values > 0) {
    values = specimen.dataset->zeroed_features.values;
    rows = specimen.dataset->zeroed_features.rows;
  }
  if (values == 0) return;
  const bool asked = specimen.options.missing_features == MissingFeatures::kZero;
  findings.push_back({.id = "features-not-finite",
                      .severity = asked ? Severity::kWarning : Severity::kError,
                      .title = concat(counted(values, "feature is", "features are"),
                                      " not finite, or empty, in ",
                                      counted(rows, "row", "rows")),
                      .where = specimen.folder,
                      .rows = facts.not_finite.first,
                      .count = rows,
                      .cost = asked ? "they are taken as 0, which may be far from what they are"
                                    : "training is refused",
                      .mend =
                          "compute them again, or leave the rows out; missing features zero takes "
                          "them as 0"});
}

void check_feature_range(const Specimen& specimen, Findings& findings) {
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete) return;
  if (facts.overflowing.count > 0) {
    const std::vector<Index> columns = columns_where(facts, [](float lowest, float highest) {
      return std::max(std::fabs(lowest), std::fabs(highest)) > kHighestFloat16;
    });
    findings.push_back(
        {.id = "features-beyond-float16",
         .severity = Severity::kWarning,
         .title = concat(counted(facts.overflowing.count, "row has", "rows have"),
                         " features beyond 65504, the highest that float16 takes, in ",
                         counted(std::ssize(columns), "column", "columns")),
         .where = specimen.folder,
         .rows = facts.overflowing.first,
         .columns = column_names(columns, {}),
         .count = facts.overflowing.count,
         .cost = "stored or computed in float16 they are infinite; dem computes in "
                 "float32 and double",
         .mend = "scale these columns before they go through float16"});
  }
  const std::vector<Index> vanishing = columns_where(facts, [](float lowest, float highest) {
    const float largest = std::max(std::fabs(lowest), std::fabs(highest));
    return largest > 0.0F && largest <= kVanishingFloat16;
  });
  if (vanishing.empty()) return;
  findings.push_back({.id = "features-below-float16",
                      .severity = Severity::kWarning,
                      .title = concat(counted(std::ssize(vanishing), "column has", "columns have"),
                                      " no feature beyond 3e-8, below which float16 has 0"),
                      .where = specimen.folder,
                      .columns = column_names(vanishing, {}),
                      .count = std::ssize(vanishing),
                      .cost =
                          "stored or computed in float16 they are 0 throughout; dem computes in "
                          "float32 and double",
                      .mend = "scale these columns before they go through float16"});
}

void check_zero_rows(const Specimen& specimen, Findings& findings) {
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete || facts.zero.count == 0) return;
  findings.push_back({.id = "zero-rows",
                      .severity = Severity::kWarning,
                      .title = concat(facts.zero.count,
                                      " of ",
                                      facts.num_rows,
                                      facts.zero.count == 1 ? " rows is" : " rows are",
                                      " zero throughout"),
                      .where = specimen.folder,
                      .rows = facts.zero.first,
                      .count = facts.zero.count,
                      .cost =
                          "an image whose features were never computed is trained or tested on; "
                          "it has no direction, so its cosine is 0 with everything",
                      .mend = "compute them again, or take the rows out of the lists"});
}

void check_constant_columns(const Specimen& specimen, Findings& findings) {
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete || facts.num_rows < 2) return;
  const std::vector<Index> columns = columns_where(facts, is_one_value);
  if (columns.empty()) return;
  findings.push_back({.id = "constant-features",
                      .title = concat(columns.size(),
                                      " of ",
                                      facts.dim,
                                      columns.size() == 1 ? " columns is" : " columns are",
                                      " the same in all rows"),
                      .where = specimen.folder,
                      .columns = column_names(columns, {}),
                      .count = std::ssize(columns),
                      .cost = "they tell nothing apart, and take time",
                      .mend = "nothing need be done; they can be left out"});
}

void check_equal_columns(const Specimen& specimen, Findings& findings) {
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete || facts.num_rows < 2) return;
  std::map<double, Index> known;
  std::vector<Index> repeated;
  for (Index j = 0; j < facts.dim; ++j) {
    if (is_one_value(facts.lowest[at(j)], facts.highest[at(j)])) continue;
    const auto [other, is_new] = known.emplace(facts.weighted_sum[at(j)], j);
    if (is_new || facts.lowest[at(other->second)] != facts.lowest[at(j)] ||
        facts.highest[at(other->second)] != facts.highest[at(j)]) {
      continue;
    }
    repeated.push_back(j);
  }
  if (repeated.empty()) return;
  findings.push_back(
      {.id = "equal-features",
       .title = concat(counted(std::ssize(repeated), "column repeats", "columns repeat"),
                       " another one, row by row"),
       .where = specimen.folder,
       .columns = column_names(repeated, {}),
       .count = std::ssize(repeated),
       .cost = "distances count them twice",
       .mend = "leave them out, unless that is meant"});
}

void check_counting_columns(const Specimen& specimen, Findings& findings) {
  constexpr Index kFewRows = 10;
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete || facts.num_rows < kFewRows || facts.counting.empty()) return;
  findings.push_back(
      {.id = "feature-counts-rows",
       .severity = Severity::kError,
       .title = concat(counted(std::ssize(facts.counting), "column is", "columns are"),
                       " the number of the row: the index of a data frame"),
       .where = specimen.folder,
       .columns = column_names(facts.counting, {}),
       .count = std::ssize(facts.counting),
       .cost = "it is larger than all features, and where rows lie class by class it "
               "tells the class, which no new image will do",
       .mend = "leave the column out: index=False in pandas"});
}

void check_label_columns(const Specimen& specimen, Findings& findings) {
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete || facts.label_columns.empty()) return;
  findings.push_back(
      {.id = "label-among-features",
       .severity = Severity::kError,
       .title = concat(counted(std::ssize(facts.label_columns), "column is", "columns are"),
                       " the label: the same for all rows of a class, and another number for "
                       "every class"),
       .where = specimen.folder,
       .columns = column_names(facts.label_columns, {}),
       .count = std::ssize(facts.label_columns),
       .cost = "test images bring their class along, which no new image will: scores say nothing",
       .mend = "leave the column out of the features"});
}

}  // namespace dem
