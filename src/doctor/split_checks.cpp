// The lists of a split.
#include <algorithm>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"

namespace dem {
namespace {

std::string_view kind_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kIo:
      return "a file cannot be read";
    case ErrorKind::kFormat:
      return "what a file holds is not as it should be";
    case ErrorKind::kShapeMismatch:
      return "sizes disagree";
    default:
      return to_string(kind);
  }
}

// [num_classes], of the rows of a list that are in `rows`.
std::vector<bool> classes_of(const Specimen& specimen, std::span<const Index> rows) {
  std::vector<bool> has(specimen.class_names.size());
  for (const Index row : rows) {
    const ClassId label = row < specimen.num_rows() ? specimen.labels[at(row)] : -1;
    if (label >= 0) has[at(label)] = true;
  }
  return has;
}

void add_outside(const ListedRows& list, const Specimen& specimen, Findings& findings) {
  if (list.outside.empty()) return;
  std::string first = join(Some::rows(list.outside));
  findings.push_back({.id = "rows-out-of-range",
                      .severity = Severity::kError,
                      .title = concat(counted(std::ssize(list.outside), "entry is", "entries are"),
                                      " no row of the ",
                                      specimen.num_rows(),
                                      " that there are: ",
                                      first,
                                      list.outside.size() > Finding::kMostShown ? ", ..." : ""),
                      .where = list.where,
                      .count = std::ssize(list.outside),
                      .cost = "the list is of other features, or numbers its rows otherwise: "
                              "training is refused",
                      .mend = "take features and split from one source; index base 0 where rows "
                              "are counted from 0"});
}

void add_repeated(const ListedRows& list, Findings& findings) {
  if (list.repeated.empty()) return;
  findings.push_back({.id = "rows-listed-twice",
                      .severity = Severity::kWarning,
                      .title = concat(counted(std::ssize(list.repeated), "row is", "rows are"),
                                      " listed more than once"),
                      .where = list.where,
                      .rows = Some::rows(list.repeated),
                      .count = std::ssize(list.repeated),
                      .cost = "dem counts each once; other programs weigh them twice, in training "
                              "or in scores",
                      .mend = "list each row once",
                      .mendable = true});
}

void add_mask(const ListedRows& list, Findings& findings) {
  if (!list.is_mask) return;
  findings.push_back({.id = "list-is-mask",
                      .title = concat("a mask, an entry of 0 or 1 a row, where published data have "
                                      "row numbers; it marks ",
                                      counted(std::ssize(list.rows), "row", "rows")),
                      .where = list.where,
                      .rows = Some::rows(list.rows),
                      .count = std::ssize(list.rows),
                      .cost = "dem reads it; other programs take the numbers for rows 0 and 1",
                      .mend = "list the numbers of the rows: find(mask) in MATLAB",
                      .mendable = true});
}

// As mend_dataset() does it.
}  // namespace

void check_refusal(const Specimen& specimen, Findings& findings) {
  if (!specimen.refusal) return;
  findings.push_back(
      {.id = "refused",
       .severity = Severity::kError,
       .title = concat("dem refuses these data: ", kind_of(specimen.refusal->kind)),
       .where = specimen.refusal->message,
       .count = 1,
       .cost = specimen.features.complete
                   ? "no model can be trained or evaluated on them"
                   : "no model can be trained or evaluated on them, and their features were not "
                     "looked at",
       .mend = "the message says what was expected and what is there; other findings may say why"});
}

void check_bases(const Specimen& specimen, Findings& findings) {
  const auto& other = specimen.other_base;
  if (other.empty()) return;
  std::vector<std::string> places;
  for (const CountedFrom& counted_from : other) places.push_back(counted_from.where);
  const int base = other[0].base;
  // Labels and lists are both there, and one of them alone is counted otherwise.
  const bool both = specimen.num_rows() > 0 &&
                    std::any_of(specimen.lists.begin(), specimen.lists.end(), [](const auto& list) {
                      return list.given;
                    });
  const bool mixed = both && other.size() == 1;
  const bool forced = specimen.options.index_base.has_value();
  findings.push_back(
      {.id = mixed ? "index-base-mixed" : "index-base",
       .severity = forced  ? Severity::kError
                   : mixed ? Severity::kWarning
                           : Severity::kNote,
       .title =
           mixed ? concat(places[0],
                          " counts from ",
                          base,
                          ", ",
                          places[0] == specimen.labels_where ? "row lists" : "labels",
                          " from ",
                          1 - base)
                 : concat(both ? "labels and row lists count from " : "numbers count from ", base),
       .where = join(places, "; "),
       .count = std::ssize(other),
       .cost = forced ? "read from the wrong base every label or row moves by one: training is "
                        "refused at best, and wrong where it is not"
                      : "dem reads each as it counts; other programs count all from 1, by which "
                        "every label or row moves by one",
       .mend = forced  ? std::string("without an index base each is read as it counts")
               : mixed ? concat("count both from ", specimen.labels_base, ", as labels do")
                       : "count from 1",
       .mendable = mixed});
}

void check_entries(const Specimen& specimen, Findings& findings) {
  for (const ListedRows& list : specimen.lists) {
    add_mask(list, findings);
    add_outside(list, specimen, findings);
    add_repeated(list, findings);
  }
}

void check_trained_test_rows(const Specimen& specimen, Findings& findings) {
  for (const Part part : {Part::kTestSeen, Part::kTestUnseen}) {
    const ListedRows& list = specimen.list(part);
    const std::vector<Index> both = in_both(specimen.list(Part::kTrainval).rows, list.rows);
    if (both.empty()) continue;
    findings.push_back(
        {.id = "test-rows-in-training",
         .severity = Severity::kError,
         .title = concat(both.size(),
                         " of ",
                         counted(std::ssize(list.rows), "test row", "test rows"),
                         " of ",
                         to_string(part),
                         both.size() == 1 ? " is a training row" : " are training rows"),
         .where = concat(list.where, "; ", specimen.list(Part::kTrainval).where),
         .rows = Some::rows(both),
         .count = std::ssize(both),
         .cost = "scores are of images that were trained on: too high; training is refused",
         .mend = "decide of each whether it is for training or for testing, and list it there "
                 "alone"});
  }
}

void check_tuning_lists(const Specimen& specimen, Findings& findings) {
  const std::vector<Index> test = test_rows(specimen);
  for (const Part part : {Part::kTrain, Part::kVal}) {
    const ListedRows& list = specimen.list(part);
    const std::vector<Index> outside = not_in(list.rows, specimen.list(Part::kTrainval).rows);
    const std::vector<Index> leak = in_both(outside, test);
    const std::vector<Index> rest = not_in(outside, test);
    const std::string of = concat(" of ", list.rows.size(), " rows of ", to_string(part));
    if (!leak.empty()) {
      findings.push_back(
          {.id = "test-rows-in-tuning-list",
           .severity = Severity::kWarning,
           .title = concat(leak.size(), of, leak.size() == 1 ? " is a test row" : " are test rows"),
           .where = list.where,
           .rows = Some::rows(leak),
           .count = std::ssize(leak),
           .cost = "whoever tunes on this list as it is looks at test images, and scores are too "
                   "high; dem leaves these rows out",
           .mend = "take out of the list what is not in trainval",
           .mendable = true});
    }
    if (!rest.empty()) {
      findings.push_back(
          {.id = "tuning-rows-outside-training",
           .severity = Severity::kWarning,
           .title = concat(rest.size(),
                           of,
                           rest.size() == 1 ? " is" : " are",
                           " neither for training nor for testing"),
           .where = list.where,
           .rows = Some::rows(rest),
           .count = std::ssize(rest),
           .cost = "dem leaves them out; other programs tune on rows that they do not train on",
           .mend = "list them in trainval, too, or take them out",
           .mendable = true});
    }
  }
}

void check_test_lists(const Specimen& specimen, Findings& findings) {
  const ListedRows& seen = specimen.list(Part::kTestSeen);
  const ListedRows& unseen = specimen.list(Part::kTestUnseen);
  const std::vector<Index> both = in_both(seen.rows, unseen.rows);
  if (!both.empty()) {
    findings.push_back({.id = "rows-in-both-test-lists",
                        .severity = Severity::kError,
                        .title = concat(counted(std::ssize(both), "row is", "rows are"),
                                        " a test row of a seen and of an unseen class"),
                        .where = concat(seen.where, "; ", unseen.where),
                        .rows = Some::rows(both),
                        .count = std::ssize(both),
                        .cost = "scores of one kind or the other are wrong; training is refused",
                        .mend = "the class of the row says which list is right"});
  }
  if (specimen.num_rows() == 0 || specimen.list(Part::kTrainval).rows.empty()) return;
  if (unseen.rows.empty() || seen.rows.empty()) {
    const bool none = unseen.rows.empty();
    findings.push_back(
        {.id = none ? "no-unseen-test-rows" : "no-seen-test-rows",
         .title = concat("there are no test rows of ", none ? "unseen" : "seen", " classes"),
         .where = specimen.folder,
         .cost = none ? "there is nothing to evaluate zero-shot recognition on"
                      : "T1 alone is measured: neither U, S and H nor what gamma is worth",
         .mend = none ? "list rows of classes that are not trained on, if there are any"
                      : "keep some rows of seen classes out of training, and list them"});
  }
}

void check_unlisted_rows(const Specimen& specimen, Findings& findings) {
  if (specimen.list(Part::kTrainval).rows.empty()) return;
  const std::vector<Index> listed =
      in_either(specimen.list(Part::kTrainval).rows, test_rows(specimen));
  std::vector<Index> all(at(specimen.num_rows()));
  for (std::size_t row = 0; row < all.size(); ++row) all[row] = static_cast<Index>(row);
  const std::vector<Index> rest = not_in(all, listed);
  if (rest.empty()) return;
  findings.push_back({.id = "rows-in-no-list",
                      .title = concat(rest.size(),
                                      " of ",
                                      all.size(),
                                      rest.size() == 1 ? " rows is" : " rows are",
                                      " for neither training nor testing"),
                      .where = specimen.folder,
                      .rows = Some::rows(rest),
                      .count = std::ssize(rest),
                      .cost = "they are read, and not used",
                      .mend = "nothing, if that is meant"});
}

void check_validation_classes(const Specimen& specimen, Findings& findings) {
  const std::vector<Index>& trainval = specimen.list(Part::kTrainval).rows;
  const std::vector<Index> train = in_both(specimen.list(Part::kTrain).rows, trainval);
  const std::vector<Index> val = in_both(specimen.list(Part::kVal).rows, trainval);
  const std::vector<bool> train_classes = classes_of(specimen, train);
  const std::vector<bool> val_classes = classes_of(specimen, val);
  std::vector<ClassId> shared;
  for (std::size_t c = 0; c < train_classes.size(); ++c) {
    if (train_classes[c] && val_classes[c]) shared.push_back(static_cast<ClassId>(c));
  }
  if (shared.empty()) return;
  findings.push_back(
      {.id = "validation-shares-classes",
       .severity = Severity::kWarning,
       .title = concat(counted(std::ssize(shared), "class has", "classes have"),
                       " rows in train and in val"),
       .where = specimen.list(Part::kVal).where,
       .classes = Some::classes(specimen, shared),
       .count = std::ssize(shared),
       .cost =
           "what is chosen there is chosen for classes that are known, not for unseen ones; dem "
           "draws validation classes of its own instead",
       .mend = "let train and val share no class"});
}

}  // namespace dem
