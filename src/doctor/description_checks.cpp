// Descriptions of classes, a row each.
#include <algorithm>
#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "data/distinct_rows.h"
#include "data/missing_entries.h"
#include "data/missing_in_original.h"
#include "doctor/checks.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

std::vector<ClassId> as_classes(std::span<const Index> rows) {
  std::vector<ClassId> classes;
  for (const Index row : rows) classes.push_back(static_cast<ClassId>(row));
  return classes;
}

// Whether mend_dataset() fills in what this table lacks.
bool can_be_filled(const Specimen& specimen, const DescriptionTable& table) {
  return table.space == "attribute" && specimen.options.layout != "dem";
}

std::string mend_of_marks(const MissingEntries& entries) {
  return entries.marks_in_doubt()
             ? "say which: missing descriptions mean fills them in, missing descriptions keep "
               "takes them as numbers"
             : "missing descriptions mean fills them in, which auto and other recipes of dem do "
               "unasked";
}

// Entries of -1 of a table, or of the one that it was made from.
void add_marks(const Specimen& specimen, const DescriptionTable& table, Findings& findings) {
  const MissingEntries entries = missing_entries_of(table.values);
  if (!entries.has_marks()) return;
  std::vector<ClassId> classes;
  std::vector<Index> columns;
  for (Index c = 0; c < table.values.rows(); ++c) {
    for (Index d = 0; d < table.values.cols(); ++d) {
      if (table.values(c, d) != kMissingMark) continue;
      if (classes.empty() || classes.back() != c) classes.push_back(static_cast<ClassId>(c));
      columns.push_back(d);
    }
  }
  const bool in_doubt = entries.marks_in_doubt();
  findings.push_back(
      {.id = "missing-as-minus-one",
       .severity = Severity::kWarning,
       .title = concat(
           counted(entries.marks, "entry is -1", "entries are -1"),
           " where all others are at least 0",
           in_doubt ? ": missing, or a number that means no" : ": they mark what is missing"),
       .where = table.where,
       .classes = Some::classes(specimen, classes),
       .columns = column_names(columns, table.dimensions),
       .count = entries.marks,
       .cost = "taken as numbers they are far below the lowest value that an attribute can have",
       .mend = mend_of_marks(entries),
       .mendable = !in_doubt && can_be_filled(specimen, table)});
}

void add_carried_marks(const Specimen& specimen,
                       const DescriptionTable& table,
                       Findings& findings) {
  const std::vector<TableEntry> carried =
      marks_carried_over(specimen.original->values, table.values);
  if (carried.empty()) return;
  const MissingEntries entries = missing_entries_of(specimen.original->values);
  std::vector<ClassId> classes;
  std::vector<Index> columns;
  for (const TableEntry& entry : carried) {
    if (classes.empty() || classes.back() != entry.row) {
      classes.push_back(static_cast<ClassId>(entry.row));
    }
    columns.push_back(entry.column);
  }
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  findings.push_back(
      {.id = "missing-carried-over",
       .severity = Severity::kWarning,
       .title =
           concat(counted(std::ssize(carried), "entry comes", "entries come"),
                  " from an entry of -1 of the un-normalised attributes, which ",
                  entries.marks_in_doubt() ? "marks what is missing, or is a number that means no"
                                           : "marks what is missing"),
       .where = concat(table.where, "; ", specimen.original->where),
       .classes = Some::classes(specimen, classes),
       .columns = column_names(columns, table.dimensions),
       .count = std::ssize(carried),
       .cost = "taken as numbers they are negative where no attribute can be",
       .mend = mend_of_marks(entries),
       .mendable = !entries.marks_in_doubt()});
}

void add_not_finite(const Specimen& specimen, const DescriptionTable& table, Findings& findings) {
  const MissingEntries entries = missing_entries_of(table.values);
  if (entries.not_finite == 0) return;
  std::vector<ClassId> classes;
  for (Index c = 0; c < table.values.rows(); ++c) {
    const auto row = table.values.row(c);
    if (std::any_of(row.begin(), row.end(), [](float v) { return !std::isfinite(v); })) {
      classes.push_back(static_cast<ClassId>(c));
    }
  }
  findings.push_back(
      {.id = "missing-entries",
       .severity = Severity::kWarning,
       .title = concat(counted(entries.not_finite, "entry is", "entries are"),
                       " empty or not finite, of ",
                       counted(std::ssize(classes), "class", "classes")),
       .where = table.where,
       .classes = Some::classes(specimen, classes),
       .count = entries.not_finite,
       .cost = "the recipes of the sources refuse them; others fill them in with the "
               "mean of their attribute",
       .mend = "fill them in with what is known, or leave it at missing descriptions "
               "mean",
       .mendable = true});
}

void add_zero_rows(const Specimen& specimen, const DescriptionTable& table, Findings& findings) {
  const MissingEntries entries = missing_entries_of(table.values);
  if (entries.zero_rows.empty()) return;
  const std::vector<Index> tested = specimen.rows_a_class(Part::kTestUnseen);
  const bool unseen = std::any_of(entries.zero_rows.begin(), entries.zero_rows.end(), [&](Index c) {
    return tested[at(c)] > 0;
  });
  const std::vector<ClassId> classes = as_classes(entries.zero_rows);
  findings.push_back({.id = "zero-descriptions",
                      .severity = unseen ? Severity::kError : Severity::kWarning,
                      .title = concat(counted(std::ssize(classes), "class has", "classes have"),
                                      " a description that is zero throughout"),
                      .where = table.where,
                      .classes = Some::classes(specimen, classes),
                      .count = std::ssize(classes),
                      .cost = unseen
                                  ? "nothing is known of an unseen class: it cannot be recognised"
                                  : "nothing is learned from these classes",
                      .mend = "describe them, or take them out"});
}

// The classes of a group of more than one.
std::vector<ClassId> grouped(const DistinctRows& distinct) {
  std::vector<Index> sizes(distinct.first.size());
  for (const Index group : distinct.group_of) ++sizes[at(group)];
  std::vector<ClassId> classes;
  for (std::size_t c = 0; c < distinct.group_of.size(); ++c) {
    if (sizes[at(distinct.group_of[c])] > 1) classes.push_back(static_cast<ClassId>(c));
  }
  return classes;
}

// Without those whose description is zero, of which another finding tells.
std::vector<ClassId> without_zeros(std::vector<ClassId> classes, const Matrix<float>& rows) {
  std::erase_if(classes, [&](ClassId c) { return is_zero_row(rows.row(c)); });
  return classes;
}

std::vector<ClassId> equal_classes(const Matrix<float>& rows) {
  const MatrixView<const float> view = rows;
  return without_zeros(grouped(find_distinct_rows(std::span(&view, 1))), rows);
}

std::vector<ClassId> parallel_classes(const Matrix<float>& rows) {
  Matrix<double> unit(rows.rows(), rows.cols());
  for (Index c = 0; c < rows.rows(); ++c) {
    const double norm = std::sqrt(squared_norm(rows.row(c)));
    for (Index d = 0; d < rows.cols() && norm > 0.0; ++d) unit(c, d) = double{rows(c, d)} / norm;
  }
  return without_zeros(grouped(find_distinct_directions(unit)), rows);
}

bool has_test_rows_unseen(const Specimen& specimen, const std::vector<ClassId>& classes) {
  const std::vector<Index> tested = specimen.rows_a_class(Part::kTestUnseen);
  return std::any_of(classes.begin(), classes.end(), [&](ClassId c) { return tested[at(c)] > 0; });
}

void add_equal(const Specimen& specimen, const DescriptionTable& table, Findings& findings) {
  const std::vector<ClassId> classes = equal_classes(table.values);
  if (!classes.empty()) {
    const bool unseen = has_test_rows_unseen(specimen, classes);
    findings.push_back(
        {.id = "equal-descriptions",
         .severity = unseen ? Severity::kError : Severity::kWarning,
         .title = concat(classes.size(), " classes have a description that another class has, too"),
         .where = table.where,
         .classes = Some::classes(specimen, classes),
         .count = std::ssize(classes),
         .cost = unseen ? "an unseen class cannot be told from its equal: all of its rows, or all "
                          "of the other's, are taken for the wrong one"
                        : "seen classes that cannot be told apart by their descriptions",
         .mend = "describe what tells them apart, or make one class of them"});
    return;
  }
  const std::vector<ClassId> alike = parallel_classes(table.values);
  if (alike.empty()) return;
  findings.push_back(
      {.id = "descriptions-of-one-direction",
       .severity = Severity::kWarning,
       .title =
           concat(alike.size(),
                  " classes have a description that differs from another one's in length alone"),
       .where = table.where,
       .classes = Some::classes(specimen, alike),
       .count = std::ssize(alike),
       .cost = "recipes that make descriptions unit length, and the cosine, cannot tell them apart",
       .mend = "take the gbu recipe, or describe what tells them apart"});
}

}  // namespace

void check_missing_entries(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() != specimen.num_classes()) continue;
    add_marks(specimen, table, findings);
    add_not_finite(specimen, table, findings);
    add_zero_rows(specimen, table, findings);
    if (specimen.original && table.space == "attribute") {
      add_carried_marks(specimen, table, findings);
    }
  }
  if (specimen.original && specimen.original->values.rows() == specimen.num_classes()) {
    add_marks(specimen, *specimen.original, findings);
    add_not_finite(specimen, *specimen.original, findings);
  }
}

void check_equal_descriptions(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() == specimen.num_classes()) add_equal(specimen, table, findings);
  }
}

}  // namespace dem
