// Labels and classes.
#include <algorithm>
#include <map>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace dem {
namespace {

// The classes for which the two counts, [num_classes] each, say so.
template <typename Is>
std::vector<ClassId> classes_where(const std::vector<Index>& a,
                                   const std::vector<Index>& b,
                                   Is&& is) {
  std::vector<ClassId> classes;
  for (std::size_t c = 0; c < a.size(); ++c) {
    if (is(a[c], b[c])) classes.push_back(static_cast<ClassId>(c));
  }
  return classes;
}

// The rows of a list of some of the classes.
std::vector<Index> rows_of_classes(const Specimen& specimen,
                                   Part part,
                                   const std::vector<ClassId>& classes) {
  std::vector<Index> rows;
  for (const Index row : specimen.list(part).rows) {
    if (std::binary_search(classes.begin(), classes.end(), specimen.labels[at(row)])) {
      rows.push_back(row);
    }
  }
  return rows;
}

bool is_split(const Specimen& specimen) {
  return !specimen.list(Part::kTrainval).rows.empty() && !specimen.labels.empty();
}

void add_unlabelled(const std::vector<Index>& rows, const Specimen& specimen, Findings& findings) {
  if (rows.empty()) return;
  findings.push_back({.id = "rows-without-label",
                      .title = concat(counted(std::ssize(rows), "row", "rows"),
                                      " for neither training nor testing ",
                                      rows.size() == 1 ? "has" : "have",
                                      " no label of a class"),
                      .where = specimen.labels_where,
                      .rows = Some::rows(rows),
                      .count = std::ssize(rows),
                      .cost = "none: they are not used",
                      .mend = "nothing, if that is meant"});
}

}  // namespace

void check_labels(const Specimen& specimen, Findings& findings) {
  if (specimen.num_classes() == 0) return;  // no class table could be read
  std::vector<Index> without;
  for (std::size_t row = 0; row < specimen.labels.size(); ++row) {
    if (specimen.labels[row] < 0) without.push_back(static_cast<Index>(row));
  }
  const std::vector<Index> listed =
      in_either(specimen.list(Part::kTrainval).rows, test_rows(specimen));
  const bool has_split = !listed.empty();
  add_unlabelled(has_split ? not_in(without, listed) : std::vector<Index>(), specimen, findings);
  const std::vector<Index> rows = has_split ? in_both(without, listed) : without;
  if (rows.empty()) return;
  findings.push_back({.id = "labels-out-of-range",
                      .severity = Severity::kError,
                      .title = concat(counted(std::ssize(rows), "row has", "rows have"),
                                      " a label that is none of the ",
                                      specimen.num_classes(),
                                      " classes"),
                      .where = specimen.labels_where,
                      .rows = Some::rows(rows),
                      .count = std::ssize(rows),
                      .cost = "descriptions are of other classes than labels are: training is "
                              "refused",
                      .mend = "take labels and class table from one source"});
}

void check_trained_unseen_classes(const Specimen& specimen, Findings& findings) {
  if (!is_split(specimen)) return;
  const std::vector<ClassId> classes =
      classes_where(specimen.rows_a_class(Part::kTrainval),
                    specimen.rows_a_class(Part::kTestUnseen),
                    [](Index trained, Index tested) { return trained > 0 && tested > 0; });
  if (classes.empty()) return;
  const std::vector<Index> rows = rows_of_classes(specimen, Part::kTestUnseen, classes);
  findings.push_back(
      {.id = "unseen-class-trained-on",
       .severity = Severity::kError,
       .title = concat(counted(std::ssize(classes), "unseen class has", "unseen classes have"),
                       " training rows; ",
                       rows.size(),
                       " of ",
                       specimen.list(Part::kTestUnseen).rows.size(),
                       " test rows of unseen classes are theirs"),
       .where = concat(
           specimen.list(Part::kTestUnseen).where, "; ", specimen.list(Part::kTrainval).where),
       .rows = Some::rows(rows),
       .classes = Some::classes(specimen, classes),
       .count = std::ssize(classes),
       .cost = "T1 and U are of classes that were trained on, which is no zero-shot recognition; "
               "training is refused",
       .mend = "take the rows of these classes out of the training lists, or the classes out of "
               "the unseen ones; where it is nearly all of them, rows may be counted from another "
               "base"});
}

void check_untrained_seen_classes(const Specimen& specimen, Findings& findings) {
  if (!is_split(specimen)) return;
  const std::vector<ClassId> classes =
      classes_where(specimen.rows_a_class(Part::kTrainval),
                    specimen.rows_a_class(Part::kTestSeen),
                    [](Index trained, Index tested) { return trained == 0 && tested > 0; });
  if (classes.empty()) return;
  const std::vector<Index> rows = rows_of_classes(specimen, Part::kTestSeen, classes);
  findings.push_back({.id = "seen-class-not-trained-on",
                      .severity = Severity::kError,
                      .title = concat(counted(std::ssize(classes), "class has", "classes have"),
                                      " test rows as seen classes, and no training row"),
                      .where = specimen.list(Part::kTestSeen).where,
                      .rows = Some::rows(rows),
                      .classes = Some::classes(specimen, classes),
                      .count = std::ssize(classes),
                      .cost = "S counts classes that are unseen: too low; training is refused",
                      .mend = "list their rows in test_unseen, or some of them in trainval"});
}

void check_classes_without_rows(const Specimen& specimen, Findings& findings) {
  if (specimen.labels.empty()) return;
  std::vector<Index> counts(specimen.class_names.size());
  for (const ClassId label : specimen.labels) {
    if (label >= 0) ++counts[at(label)];
  }
  const std::vector<ClassId> classes =
      classes_where(counts, counts, [](Index count, Index) { return count == 0; });
  if (classes.empty()) return;
  findings.push_back({.id = "classes-without-rows",
                      .title = concat(classes.size(),
                                      " of ",
                                      specimen.num_classes(),
                                      classes.size() == 1 ? " classes has" : " classes have",
                                      " a description and no row"),
                      .where = specimen.labels_where,
                      .classes = Some::classes(specimen, classes),
                      .count = std::ssize(classes),
                      .cost = "no score is of them; as unseen classes they can be predicted",
                      .mend = "nothing, if that is meant; else labels may be counted from another "
                              "base, or rows be missing"});
}

void check_classes_with_one_row(const Specimen& specimen, Findings& findings) {
  const std::vector<Index> trained = specimen.rows_a_class(Part::kTrainval);
  const std::vector<ClassId> classes =
      classes_where(trained, trained, [](Index count, Index) { return count == 1; });
  if (classes.empty()) return;
  const auto seen = std::count_if(trained.begin(), trained.end(), [](Index n) { return n > 0; });
  const auto most = *std::max_element(trained.begin(), trained.end());
  findings.push_back({.id = "classes-with-one-training-row",
                      .title = concat(classes.size(),
                                      " of ",
                                      seen,
                                      " seen classes ",
                                      classes.size() == 1 ? "has" : "have",
                                      " a single training row; the most that one has is ",
                                      most),
                      .where = specimen.list(Part::kTrainval).where,
                      .classes = Some::classes(specimen, classes),
                      .count = std::ssize(classes),
                      .cost = "their means are single rows: they say nothing about the spread "
                              "within a class",
                      .mend = "more rows, where there are any"});
}

void check_class_names(const Specimen& specimen, Findings& findings) {
  std::map<std::string, std::vector<ClassId>> classes;
  for (std::size_t c = 0; c < specimen.class_names.size(); ++c) {
    classes[specimen.class_names[c]].push_back(static_cast<ClassId>(c));
  }
  std::vector<ClassId> repeated;
  for (const auto& [name, ids] : classes) {
    if (ids.size() > 1) repeated.push_back(ids[1]);
  }
  if (repeated.empty()) return;
  findings.push_back({.id = "class-names-repeat",
                      .severity = Severity::kWarning,
                      .title = concat(counted(std::ssize(repeated), "name stands", "names stand"),
                                      " for more than one class"),
                      .where = specimen.folder,
                      .classes = Some::classes(specimen, repeated),
                      .count = std::ssize(repeated),
                      .cost = "predictions do not say which of the classes is meant, and files go "
                              "by name",
                      .mend = "give each class a name of its own"});
}

}  // namespace dem
