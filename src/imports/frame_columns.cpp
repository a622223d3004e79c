#include "imports/frame_columns.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "data/name_match.h"
#include "data/table_labels.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/character_rows.h"
#include "io/csv_facts.h"
#include "io/csv_structure.h"

namespace dem {
namespace {

using Headings = std::vector<std::string>;

// Of the first records below the headings.
struct ColumnFacts {
  bool text = false;   // some cell is neither a number nor missing
  bool known = false;  // some cell is not missing
  bool whole = true;   // all cells are whole numbers
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
    cells.push_back(utf8_or_latin1(std::string(cell.text)));
    last = cell.last;
  }
  return cells;
}

void note_cell(const CsvCell& cell, ColumnFacts& facts, CsvNumberFacts& numbers) {
  const bool missing = is_missing_cell(cell.text);
  const CsvNumberKind kind = csv_number_kind(cell.text);
  facts.known = facts.known || !missing;
  facts.text = facts.text || (kind == CsvNumberKind::kNone && !missing);
  facts.whole = facts.whole && kind == CsvNumberKind::kWhole;
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
      note_cell(cell, start.columns[column], start.numbers[column]);
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

void give_role(const CsvScanner& in,
               const Headings& headings,
               std::size_t column,
               FrameRole role,
               std::vector<FrameRole>& roles) {
  if (roles[column] != FrameRole::kFeature) {
    refuse_frame(in, "one use of each column", concat("two of ", shown(headings[column])));
  }
  roles[column] = role;
}

// The only column whose heading looks like it.
std::optional<std::size_t> find_column(const CsvScanner& in,
                                       const Headings& headings,
                                       const std::vector<FrameRole>& roles,
                                       bool (*looks_like)(std::string_view)) {
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

// Those that are named, then those that are found.
void take_named(const CsvScanner& in,
                const Headings& headings,
                const FrameColumns& columns,
                std::vector<FrameRole>& roles) {
  const auto give = [&](const std::string& name, FrameRole role) {
    give_role(in, headings, column_called(in, headings, name), role, roles);
  };
  for (const std::string& name : columns.left_out) give(name, FrameRole::kLeftOut);
  if (!columns.classes.empty()) give(columns.classes, FrameRole::kClass);
  if (!columns.samples.empty()) give(columns.samples, FrameRole::kSample);
  if (columns.classes.empty()) {
    const auto classes = find_column(in, headings, roles, is_label_heading);
    if (!classes) {
      refuse_frame(
          in,
          "a column of classes, headed class, label, species, ..., or a class column by name",
          concat("headings ", first_few(headings)));
    }
    roles[*classes] = FrameRole::kClass;
  }
  if (!columns.samples.empty()) return;
  const auto samples = find_column(in, headings, roles, is_sample_heading);
  if (samples) roles[*samples] = FrameRole::kSample;
}

void require_headings(const CsvScanner& in, const Start& start) {
  std::set<std::string> known;
  for (std::size_t column = 0; column < start.headings.size(); ++column) {
    const std::string& heading = start.headings[column];
    if (!heading.empty() && !known.insert(heading).second) {
      refuse_frame(in, "each heading once", shown(heading) + " twice");
    }
  }
}

// What an index holds, of any rows of a larger frame; row names of R; and what delimiters at the
// end of each line leave.
void take_unheaded(const CsvScanner& in, const Start& start, std::vector<FrameRole>& roles) {
  for (std::size_t column = 0; column < roles.size(); ++column) {
    const std::string& heading = start.headings[column];
    const ColumnFacts& facts = start.columns[column];
    if (!is_index_heading(heading) || roles[column] != FrameRole::kFeature) continue;
    if (facts.whole) {
      log(LogLevel::kInfo,
          concat(in.path(), ": column ", column + 1, " is an index, and left out"));
      roles[column] = FrameRole::kLeftOut;
    } else if (column == 0 && facts.text) {
      const bool named = std::find(roles.begin(), roles.end(), FrameRole::kSample) != roles.end();
      roles[column] = named ? FrameRole::kLeftOut : FrameRole::kSample;
    } else if (heading.empty() && !facts.known) {
      roles[column] = FrameRole::kEmpty;
    } else {
      refuse_frame(in,
                   concat("whole numbers under the heading of an index in column ", column + 1),
                   "others; give it another heading, or leave it out by name");
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

// "class", "id" of "class_id", "Class-ID" and "classId", in lower case.
std::vector<std::string> words_of(const std::string& heading) {
  std::vector<std::string> words(1);
  bool was_lower = false;
  for (const char c : heading) {
    const bool is_upper = c >= 'A' && c <= 'Z', is_lower = c >= 'a' && c <= 'z';
    if ((!is_upper && !is_lower) || (is_upper && was_lower)) words.emplace_back();
    if (is_upper || is_lower) words.back() += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    was_lower = is_lower;
  }
  return words;
}

bool looks_like_none(const std::string& heading) {
  constexpr std::string_view kWords[] = {
      "class", "classes", "label", "labels", "target", "split", "fold", "id", "ids"};
  if (is_label_heading(heading) || is_sample_heading(heading)) return false;
  const std::vector<std::string> words = words_of(heading);
  return std::none_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
  });
}

// What looks like classes or samples and is neither must be no feature by accident.
void refuse_likely(const CsvScanner& in, const Start& start, const std::vector<FrameRole>& roles) {
  for (std::size_t column = 0; column < roles.size(); ++column) {
    const std::string& heading = start.headings[column];
    if (roles[column] != FrameRole::kFeature || looks_like_none(heading)) continue;
    refuse_frame(in,
                 "features that are not headed as classes, samples or splits",
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
  take_named(in, start.headings, columns, roles);
  take_unheaded(in, start, roles);
  refuse_likely(in, start, roles);
  refuse_text(in, start, roles);
  layout.num_features = std::count(roles.begin(), roles.end(), FrameRole::kFeature);
  if (layout.num_features == 0) refuse_frame(in, "columns of features", "none");
  layout.numbers = numbers_of(in, start, roles);
  return layout;
}

}  // namespace dem
