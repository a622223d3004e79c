// What is wrong with a dataset, as a list of findings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/base/types.h"

namespace dem {

enum class Severity {
  kNote,     // worth knowing
  kWarning,  // costs something, or hides something
  kError     // results would be wrong, or there would be none
};

// "note", "warning", "error".
[[nodiscard]] std::string_view to_string(Severity severity) noexcept;

struct Finding {
  std::string id;  // stable, docs/doctor.md lists them: "test-rows-in-training", ...
  Severity severity = Severity::kNote;
  std::string title;       // what it is, in one sentence
  std::string where = {};  // file, or file and variable; may be empty
  // Those concerned, at most the first kMostShown of each: rows of the features, counted from 0;
  // classes and columns (attributes, features) by name, or by number from 0 where they have none.
  std::vector<Index> rows = {};
  std::vector<std::string> classes = {};
  std::vector<std::string> columns = {};
  Index count = 0;        // of all of them
  std::string cost = {};  // what it does to results
  std::string mend = {};  // what to do about it
  bool mendable = false;  // mend_dataset() does it

  static constexpr std::size_t kMostShown = 20;
};

struct Diagnosis {
  std::string dataset;
  std::string layout;
  Index num_rows = 0;
  Index feature_dim = 0;
  Index num_training_rows = 0, num_test_seen_rows = 0, num_test_unseen_rows = 0;
  Index num_seen_classes = 0, num_unseen_classes = 0;
  // Of what load_dataset makes of the files; empty where it refuses them.
  std::string fingerprint;        // Dataset::fingerprint
  std::string split_fingerprint;  // dem/data/split_fingerprint.h
  std::vector<Finding> findings;  // errors first, then warnings, then notes

  [[nodiscard]] Index count(Severity severity) const;
  // Whether results would be wrong: there is a finding kError.
  [[nodiscard]] bool has_errors() const { return count(Severity::kError) > 0; }
  // The finding of that id, null where there is none.
  [[nodiscard]] const Finding* find(std::string_view id) const;

  // {"dataset", "layout", "rows", ..., "fingerprint", "split_fingerprint", "findings": [{"id",
  // "severity", "title", "where", "rows" | "classes" | "columns", "count", "cost", "mend",
  // "mendable"}], "errors", "warnings", "notes", "status"}, with a newline at its end. "status" is
  // "good", or "wrong" where has_errors().
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] std::string to_string() const;  // a paragraph a finding, for a person
};

}  // namespace dem
