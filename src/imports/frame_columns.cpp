#include "imports/frame_columns.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "data/name_match.h"
#include "data/table_labels.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/csv_facts.h"
#include "io/csv_structure.h"

namespace dem {
namespace {

using Headings = std::vector<std::string>;

// Of the first records below the headings.
struct ColumnFacts {
  bool text = false;    // some cell is neither a number nor missing
  bool known = false;   // some cell is not missing
  bool counts = true;   // 0, 1, 2 ... or 1, 2, 3 ...
  double before = 0.0;  // the number of the record before
};

struct Start {
  Headings headings;
  std::vector<ColumnFacts> columns;
  std::vector<CsvNumberFacts> numbers;  // a column
};

[[noreturn]] void refuse_frame(const CsvScanner& in,
                               const std::string& expected,
                               const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(in.path(), ": expected ", expected, ", got ", got));
}

Headings read_record(CsvScanner& in) {
  Headings cells;
  for (bool last = false; !last;) {
    const CsvCell cell = in.next();
    cells.emplace_back(cell.text);
    last = cell.last;
  }
  return cells;
}

void note_cell(const CsvCell& cell, bool first, ColumnFacts& facts, CsvNumberFacts& numbers) {
  const bool missing = is_missing_cell(cell.text);
  const CsvNumberKind kind = csv_number_kind(cell.text);
  facts.known = facts.known || !missing;
  facts.text = facts.text || (kind == CsvNumberKind::kNone && !missing);
  const std::optional<double> value = parse_csv_number(cell.text);
  facts.counts = facts.counts && value &&
                 (first ? *value == 0.0 || *value == 1.0 : *value == facts.before + 1.0);
  facts.before = value.value_or(0.0);
  note_number(cell, numbers);
}

Start look_at_start(CsvScanner& in) {
  Start start;
  if (!in.at_end()) start.headings = read_record(in);
  if (in.at_end()) refuse_frame(in, "a line of headings and rows below it", "less");
  for (std::size_t record = 0; record < kCsvSampleRecords && !in.at_end(); ++record) {
    std::size_t column = 0;
    for (bool last = false; !last; ++column) {
      const CsvCell cell = in.next();
      last = cell.last;
      if (record == 0) {
        start.columns.emplace_back();
        start.numbers.emplace_back();
      } else if (column == start.columns.size()) {
        fail_csv_width(in, cell, static_cast<Index>(start.columns.size()));
      }
      note_cell(cell, record == 0, start.columns[column], start.numbers[column]);
    }
    // R writes no heading over the names of rows.
    if (record == 0 && start.columns.size() == start.headings.size() + 1) {
      start.headings.insert(start.headings.begin(), "");
    }
    if (column != start.headings.size()) {
      refuse_frame(in,
                   concat("as many cells as headings, ", start.headings.size()),
                   concat(column, " in line ", in.line() - 1));
    }
  }
  return start;
}

std::size_t column_called(const CsvScanner& in, const Headings& headings, const std::string& name) {
  const auto found = std::find(headings.begin(), headings.end(), name);
  if (found != headings.end()) return static_cast<std::size_t>(found - headings.begin());
  refuse_frame(
      in, concat("a heading ", shown(name)), concat("none; there are ", first_few(headings)));
}

// The column that is named, else the only one whose heading looks like it.
std::optional<std::size_t> find_column(const CsvScanner& in,
                                       const Headings& headings,
                                       const std::string& name,
                                       const std::vector<FrameRole>& roles,
                                       bool (*looks_like)(std::string_view)) {
  if (!name.empty()) return column_called(in, headings, name);
  std::vector<std::size_t> found;
  std::vector<std::string> names;
  for (std::size_t column = 0; column < headings.size(); ++column) {
    if (roles[column] != FrameRole::kFeature || !looks_like(headings[column])) continue;
    found.push_back(column);
    names.push_back(headings[column]);
  }
  if (found.size() > 1) {
    refuse_frame(
        in,
        "one column of classes and at most one of samples' names",
        concat(
            "headings ",
            join(names),
            "; say which it is (a class column by name), and of the others: leave it out by name"));
  }
  return found.empty() ? std::nullopt : std::optional(found[0]);
}

void require_headings(const CsvScanner& in, const Start& start) {
  std::set<std::string> known;
  for (std::size_t column = 0; column < start.headings.size(); ++column) {
    const std::string& heading = start.headings[column];
    if (!heading.empty() && !known.insert(heading).second) {
      refuse_frame(in, "each heading once", shown(heading) + " twice");
    }
    const bool is_number = csv_number_kind(heading) != CsvNumberKind::kNone;
    if (is_number && column == 0) {
      refuse_frame(in, "headings in the first line, one of them over the classes", shown(heading));
    }
  }
}

// An index, row names of R, and what a delimiter at the end of each line leaves.
void take_unheaded(const CsvScanner& in, const Start& start, std::vector<FrameRole>& roles) {
  for (std::size_t column = 0; column < roles.size(); ++column) {
    const std::string& heading = start.headings[column];
    const ColumnFacts& facts = start.columns[column];
    if (!is_index_heading(heading) || roles[column] != FrameRole::kFeature) continue;
    if (column == 0 && facts.counts) {
      log(LogLevel::kInfo, concat(in.path(), ": the first column is an index, and left out"));
      roles[column] = FrameRole::kLeftOut;
    } else if (heading.empty() && column == 0 && facts.text) {
      const bool named = std::find(roles.begin(), roles.end(), FrameRole::kSample) != roles.end();
      roles[column] = named ? FrameRole::kLeftOut : FrameRole::kSample;
    } else if (heading.empty() && column + 1 == roles.size() && !facts.known) {
      roles[column] = FrameRole::kLeftOut;
    } else {
      refuse_frame(in, concat("a heading over column ", column + 1), shown(heading));
    }
  }
}

void refuse_text(const CsvScanner& in, const Start& start, const std::vector<FrameRole>& roles) {
  std::vector<std::string> names;
  for (std::size_t column = 0; column < roles.size(); ++column) {
    const bool is_text = start.columns[column].text;
    if (is_text && roles[column] == FrameRole::kFeature) names.push_back(start.headings[column]);
  }
  if (names.empty()) return;
  refuse_frame(in,
               "numbers in all columns but those of classes and of samples' names",
               concat("text under ", first_few(names), "; leave such columns out by name"));
}

// What looks like classes or samples and is neither must be no feature by accident.
void refuse_likely(const CsvScanner& in, const Start& start, const std::vector<FrameRole>& roles) {
  for (std::size_t column = 0; column < roles.size(); ++column) {
    const std::string& heading = start.headings[column];
    if (roles[column] != FrameRole::kFeature) continue;
    if (!is_label_heading(heading) && !is_sample_heading(heading)) continue;
    refuse_frame(in,
                 "features that are not headed as classes or samples",
                 concat(shown(heading), "; leave it out by name, or give it another heading"));
  }
}

CsvNumbers numbers_of(const CsvScanner& in,
                      const Start& start,
                      const std::vector<FrameRole>& roles) {
  CsvNumberFacts all;
  for (std::size_t column = 0; column < roles.size(); ++column) {
    if (roles[column] == FrameRole::kFeature) add_number_facts(start.numbers[column], all);
  }
  return settled_numbers(in, all);
}

}  // namespace

FrameLayout find_frame_layout(CsvScanner& in, const FrameColumns& columns) {
  const Start start = look_at_start(in);
  require_headings(in, start);
  FrameLayout layout;
  layout.headings = start.headings;
  std::vector<FrameRole>& roles = layout.roles;
  roles.assign(start.headings.size(), FrameRole::kFeature);
  for (const std::string& name : columns.left_out) {
    roles[column_called(in, start.headings, name)] = FrameRole::kLeftOut;
  }
  const auto classes = find_column(in, start.headings, columns.classes, roles, is_label_heading);
  if (!classes) {
    refuse_frame(
        in,
        "a column of classes, headed class, label, species, ..., or a class column by name",
        concat("headings ", first_few(start.headings)));
  }
  roles[*classes] = FrameRole::kClass;
  const auto samples = find_column(in, start.headings, columns.samples, roles, is_sample_heading);
  if (samples) roles[*samples] = FrameRole::kSample;
  take_unheaded(in, start, roles);
  refuse_likely(in, start, roles);
  refuse_text(in, start, roles);
  layout.num_features = std::count(roles.begin(), roles.end(), FrameRole::kFeature);
  if (layout.num_features == 0) refuse_frame(in, "columns of features", "none");
  layout.numbers = numbers_of(in, start, roles);
  return layout;
}

}  // namespace dem
