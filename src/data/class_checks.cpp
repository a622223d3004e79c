#include "data/class_checks.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "data/distinct_rows.h"
#include "dem/base/log.h"

namespace dem {
namespace {

void warn_of_equal_descriptions(const ClassTable& classes) {
  std::vector<MatrixView<const float>> views;
  for (const auto& embeddings : classes.embeddings) views.push_back(embeddings.view());
  const DistinctRows distinct = find_distinct_rows(views);
  const Index repeated = classes.size() - distinct.size();
  if (repeated == 0) return;
  // The first class that repeats another one.
  std::size_t c = 0;
  while (distinct.first[static_cast<std::size_t>(distinct.group_of[c])] == static_cast<Index>(c)) {
    ++c;
  }
  const auto original = distinct.first[static_cast<std::size_t>(distinct.group_of[c])];
  log(LogLevel::kWarning,
      concat(join(classes.spaces, " and "),
             ": ",
             repeated,
             " of ",
             classes.size(),
             " classes repeat another class's description and cannot be told from it, first ",
             classes.names[c],
             " = ",
             classes.names[static_cast<std::size_t>(original)]));
}

void warn_of_equal_names(const ClassTable& classes) {
  std::unordered_map<std::string, Index> counts;
  for (const std::string& name : classes.names) {
    if (++counts[name] != 2) continue;
    log(LogLevel::kWarning, concat("class name \"", name, "\" stands for more than one class"));
  }
}

void warn_of_classes_without_rows(const Dataset& dataset) {
  std::vector<bool> has_rows(static_cast<std::size_t>(dataset.classes.size()));
  for (const ClassId label : dataset.labels) {
    if (label >= 0) has_rows[static_cast<std::size_t>(label)] = true;
  }
  std::vector<std::string> without;
  for (std::size_t c = 0; c < has_rows.size(); ++c) {
    if (!has_rows[c]) without.push_back(dataset.classes.names[c]);
  }
  if (without.empty()) return;
  const std::size_t count = without.size();
  without.resize(std::min<std::size_t>(count, 5));
  log(LogLevel::kWarning,
      concat("classes without an image (", count, "): ", join(without), count > 5 ? ", ..." : ""));
}

// Those that have images, none of them in a list.
void tell_of_unlisted_classes(const Dataset& dataset) {
  std::vector<bool> unlisted(static_cast<std::size_t>(dataset.classes.size()));
  for (const ClassId label : dataset.labels) {
    if (label >= 0) unlisted[static_cast<std::size_t>(label)] = true;
  }
  const Split& split = dataset.split;
  for (const auto* rows : {&split.trainval, &split.test_seen, &split.test_unseen}) {
    for (const Index row : *rows) {
      unlisted[static_cast<std::size_t>(dataset.labels[static_cast<std::size_t>(row)])] = false;
    }
  }
  std::vector<std::string> names;
  for (std::size_t c = 0; c < unlisted.size(); ++c) {
    if (unlisted[c]) names.push_back(dataset.classes.names[c]);
  }
  if (names.empty()) return;
  const std::size_t count = names.size();
  names.resize(std::min<std::size_t>(count, 5));
  log(LogLevel::kInfo,
      concat("classes of which no image is trained or tested on (",
             count,
             "): ",
             join(names),
             count > 5 ? ", ..." : ""));
}

}  // namespace

void warn_of_doubtful_classes(const Dataset& dataset) {
  warn_of_equal_descriptions(dataset.classes);
  warn_of_equal_names(dataset.classes);
  warn_of_classes_without_rows(dataset);
  tell_of_unlisted_classes(dataset);
}

}  // namespace dem
