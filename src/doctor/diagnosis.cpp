#include "dem/doctor/diagnosis.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/enum_names.h"
#include "base/text.h"

namespace dem {
namespace {

constexpr EnumName<Severity> kSeverities[] = {
    {Severity::kNote, "note"}, {Severity::kWarning, "warning"}, {Severity::kError, "error"}};

nlohmann::ordered_json finding_json(const Finding& finding) {
  nlohmann::ordered_json json{{"id", finding.id},
                              {"severity", to_string(finding.severity)},
                              {"title", finding.title},
                              {"where", finding.where}};
  if (!finding.rows.empty()) json["rows"] = finding.rows;
  if (!finding.classes.empty()) json["classes"] = finding.classes;
  if (!finding.columns.empty()) json["columns"] = finding.columns;
  json["count"] = finding.count;
  json["cost"] = finding.cost;
  json["mend"] = finding.mend;
  json["mendable"] = finding.mendable;
  return json;
}

// "rows 3, 5, 8, ..." of those that are shown.
template <typename Items>
void add_items(std::string_view what, const Items& items, Index count, std::string& text) {
  constexpr std::ptrdiff_t kMostInText = 8;
  if (items.empty()) return;
  const std::ptrdiff_t shown = std::min(std::ssize(items), kMostInText);
  const bool cut_off = items.size() == Finding::kMostShown && count > std::ssize(items);
  const bool more = shown < std::ssize(items) || cut_off;
  text += concat(
      "  ", what, join(Items(items.begin(), items.begin() + shown)), more ? ", ...\n" : "\n");
}

std::string finding_text(const Finding& finding) {
  std::string text =
      concat(to_string(finding.severity), ": ", finding.title, "  [", finding.id, "]\n");
  if (!finding.where.empty()) text += concat("  where    ", finding.where, '\n');
  add_items("rows     ", finding.rows, finding.count, text);
  add_items("classes  ", finding.classes, finding.count, text);
  add_items("columns  ", finding.columns, finding.count, text);
  text += concat("  cost     ", finding.cost, "\n  mend     ", finding.mend, '\n');
  return text;
}

std::string plural(Index count, std::string_view what) {
  return concat(count, ' ', what, count == 1 ? "" : "s");
}

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  return name_of(kSeverities, severity);
}

Index Diagnosis::count(Severity severity) const {
  return std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.severity == severity;
  });
}

const Finding* Diagnosis::find(std::string_view id) const {
  const auto found = std::find_if(
      findings.begin(), findings.end(), [&](const Finding& finding) { return finding.id == id; });
  return found == findings.end() ? nullptr : &*found;
}

std::string Diagnosis::to_json() const {
  nlohmann::ordered_json json{{"dataset", dataset},
                              {"layout", layout},
                              {"rows", num_rows},
                              {"feature_dim", feature_dim},
                              {"training_rows", num_training_rows},
                              {"test_seen_rows", num_test_seen_rows},
                              {"test_unseen_rows", num_test_unseen_rows},
                              {"seen_classes", num_seen_classes},
                              {"unseen_classes", num_unseen_classes},
                              {"fingerprint", fingerprint},
                              {"split_fingerprint", split_fingerprint}};
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) json["findings"].push_back(finding_json(finding));
  json["errors"] = count(Severity::kError);
  json["warnings"] = count(Severity::kWarning);
  json["notes"] = count(Severity::kNote);
  json["status"] = has_errors() ? "wrong" : "good";
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

std::string Diagnosis::to_string() const {
  const std::string unknown = "none: the data are refused";
  std::string text = concat(dataset,
                            ", layout ",
                            layout,
                            "\n  rows                ",
                            num_rows,
                            ": ",
                            num_training_rows,
                            " for training, ",
                            num_test_seen_rows,
                            " test rows of seen classes, ",
                            num_test_unseen_rows,
                            " of unseen ones\n  classes             ",
                            num_seen_classes,
                            " seen, ",
                            num_unseen_classes,
                            " unseen\n  feature dimensions  ",
                            feature_dim,
                            "\n  fingerprint         ",
                            fingerprint.empty() ? unknown : fingerprint,
                            "\n  split fingerprint   ",
                            split_fingerprint.empty() ? unknown : split_fingerprint,
                            "\n\n");
  for (const Finding& finding : findings) text += finding_text(finding) + '\n';
  return text + concat(dataset,
                       ": ",
                       plural(count(Severity::kError), "error"),
                       ", ",
                       plural(count(Severity::kWarning), "warning"),
                       ", ",
                       plural(count(Severity::kNote), "note"),
                       has_errors() ? ": results would be wrong\n" : "\n");
}

}  // namespace dem
