#include "io/csv_structure.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/csv_facts.h"

namespace dem {
namespace {

using Sample = std::vector<CsvRecordFacts>;

// Over so few columns 0, 1 or 1, 2, 3 may be anybody's numbers.
constexpr Index kFewestCounted = 4;
// So many whole numbers count by chance no more.
constexpr Index kSurelyCounted = 8;

// Whether the cells of a column count from 0 or 1 in the records from `first` on.
bool column_counts(const Sample& sample, std::size_t first, std::size_t column) {
  if (first >= sample.size()) return false;
  const std::optional<Index> base = sample[first].cells[column].whole;
  if (!base || (*base != 0 && *base != 1)) return false;
  for (std::size_t i = first; i < sample.size(); ++i) {
    const auto step = static_cast<Index>(i - first);
    if (sample[i].cells[column].whole != *base + step) return false;
  }
  return true;
}

bool column_is_text(const Sample& sample, std::size_t first, std::size_t column) {
  return std::all_of(sample.begin() + static_cast<std::ptrdiff_t>(first),
                     sample.end(),
                     [&](const CsvRecordFacts& facts) {
                       return facts.cells[column].text && !facts.cells[column].empty;
                     });
}

bool all_end_empty(const Sample& sample, std::size_t first) {
  return first < sample.size() && std::all_of(sample.begin() + static_cast<std::ptrdiff_t>(first),
                                              sample.end(),
                                              [](const auto& facts) { return facts.ends_empty; });
}

// "1<TAB>antelope" and the like, without headings.
bool is_numbered_list(const Sample& sample) {
  return sample.size() > 1 && sample[0].width > 1 && column_counts(sample, 0, 0) &&
         column_is_text(sample, 0, 1) && (sample[0].width == 2 || !sample[0].from[2].all_text);
}

[[noreturn]] void fail_in_doubt(const CsvScanner& in, const CsvRecordFacts& facts, Index column) {
  in.fail(
      {facts.line, column},
      "headings or a row without doubt",
      "numbers that may be either (headings: write words, f0, f1, ..., or class over the names; "
      "a row: put a line of such headings above)");
}

// Whether a first record that counts over its columns holds headings.
bool counted_headings(const CsvScanner& in, const Sample& sample, Index trailing) {
  const CsvRecordFacts &head = sample[0], &next = sample[1];
  const std::size_t first = head.cells[0].text ? 1 : 0;
  if (first == 0 && next.cells[0].text) return false;
  const Index count = head.width - static_cast<Index>(first) - trailing;
  if (!head.from[first].counts || count < 2 || next.from[first].all_text) return false;
  const bool whole = std::all_of(sample.begin() + 1, sample.end(), [&](const auto& facts) {
    return facts.from[first].all_whole;
  });
  const auto place = static_cast<Index>(first) + 1;
  if (count < kFewestCounted) {
    if (first == 0 && !whole && head.from[0].all_whole &&
        (next.numbers.points || next.first_number.points)) {
      fail_in_doubt(in, head, place);
    }
    return false;
  }
  if (next.from[first].runs || (whole && count < kSurelyCounted)) fail_in_doubt(in, head, place);
  return true;
}

bool heads_names_behind_index(const CsvRecordFacts& head) {
  return head.width > 2 && head.cells[0].heads_index && head.cells[1].heads_names;
}

bool find_header(const CsvScanner& in,
                 const Sample& sample,
                 CsvFirstColumn wanted,
                 const CsvStructure& structure) {
  const CsvRecordFacts& head = sample[0];
  const bool alone = sample.size() == 1;
  const bool names = wanted == CsvFirstColumn::kNames;
  if (structure.width == 1) {
    if (names) return head.cells[0].heads_names;
    return head.cells[0].text && !alone && !sample[1].cells[0].text;
  }
  if (head.cells[0].heads_names) {
    // A class may be called so, but hardly a heading 0.25.
    const CsvRunFacts& others = head.from[1];
    if (others.all_numbers && !others.all_whole && !others.counts) fail_in_doubt(in, head, 2);
  }
  if (structure.no_corner || head.cells[0].heads_names) return true;
  // A data frame with its index reset: ",name,0,1,2".
  if (heads_names_behind_index(head) && (head.from[2].all_text || head.from[2].counts)) return true;
  if (names && head.from[1].all_missing) return false;  // a class of which nothing is known
  if (alone) return head.from[1].all_text;
  if (head.cells[0].heads_index && !sample[1].cells[0].empty &&
      (head.from[1].all_text || head.from[1].counts)) {
    return true;
  }
  if (is_numbered_list(sample)) return false;
  return head.from[1].all_text || counted_headings(in, sample, structure.trailing ? 1 : 0);
}

// The first record may have a cell less than the others: R writes no heading over the row names,
// and a trailing delimiter may be missing behind headings.
void compare_widths(const Sample& sample, CsvStructure& structure) {
  const CsvRecordFacts& head = sample[0];
  structure.width = head.width;
  structure.trailing = head.width > 2 && sample.size() > 1 && all_end_empty(sample, 0);
  if (sample.size() == 1 || head.width + 1 != sample[1].width) return;
  const bool same = std::all_of(sample.begin() + 1, sample.end(), [&](const auto& facts) {
    return facts.width == sample[1].width;
  });
  if (!same) return;
  if (all_end_empty(sample, 1) && !head.ends_empty && head.width > 1) {
    structure.trailing = structure.header_ends_early = true;
  } else {
    const bool named = sample[1].cells[0].text;
    structure.no_corner = !head.cells[0].heads_names &&
                          ((head.from[0].all_text && (named || column_counts(sample, 1, 0))) ||
                           (head.from[0].counts && named));
  }
  if (structure.trailing || structure.no_corner) structure.width = sample[1].width;
}

void find_index(const CsvScanner& in,
                const Sample& sample,
                CsvFirstColumn wanted,
                CsvStructure& structure) {
  const bool has_header = structure.header_records > 0;
  const std::size_t first = has_header ? 1 : 0;
  if (first >= sample.size() || structure.width < 2) return;
  const CsvCellFacts& heading = sample[0].cells[0];
  const bool headed = has_header && (structure.no_corner || heading.heads_index);
  const bool before_text = sample.size() > first + 1 && column_is_text(sample, first, 1) &&
                           (has_header || is_numbered_list(sample));
  const bool before_names = before_text || (has_header && heads_names_behind_index(sample[0]));
  if (column_counts(sample, first, 0) && (headed || before_names)) {
    if (wanted == CsvFirstColumn::kNames && !before_names) return;
    structure.has_index = true;
    structure.index_base = *sample[first].cells[0].whole;
    if (has_header && !structure.no_corner) structure.index_heading = heading.shown;
    return;
  }
  if (!headed || structure.no_corner || wanted == CsvFirstColumn::kNames) return;
  if (!sample[first].cells[0].whole) return;
  in.fail({sample[first].line, 1},
          concat("0 or 1, the start of an index, under the heading ", heading.shown),
          concat(sample[first].cells[0].shown,
                 " (names: head them \"class\"; numbers: give them a heading of their own)"));
}

void find_names(const CsvScanner& in,
                const Sample& sample,
                CsvFirstColumn wanted,
                CsvStructure& structure) {
  const bool has_header = structure.header_records > 0;
  const std::size_t column = structure.has_index ? 1 : 0;
  if (static_cast<Index>(column) >= structure.width) return;
  const std::size_t first = has_header && sample.size() > 1 ? 1 : 0;
  const bool is_text = sample[first].cells[column].text;
  structure.has_names = is_text || wanted == CsvFirstColumn::kNames;
  if (has_header && structure.width > 1) {
    const std::size_t shift = structure.no_corner ? 1 : 0;
    const bool headed = column >= shift && sample[0].cells[column - shift].heads_names;
    structure.has_names = structure.has_names || headed || (structure.no_corner && column == 0);
  }
  const bool differs = !has_header && is_text && sample.size() > 1 && !sample[1].cells[column].text;
  if (differs && wanted != CsvFirstColumn::kNames) {
    in.fail({sample[0].line, static_cast<Index>(column) + 1},
            "a number as in the next line, or headings throughout",
            sample[0].cells[column].shown);
  }
}

void check_headings(const CsvScanner& in, const CsvRecordFacts& head, CsvStructure& structure) {
  const std::size_t other = (structure.has_index ? 1u : 0u) + (structure.has_names ? 1u : 0u);
  const std::size_t first = structure.no_corner ? other - 1 : other;
  if (static_cast<Index>(first) >= head.width) return;
  structure.numbered_headings = head.from[first].counts;
  Index empty = head.from[first].empty;
  if (empty == 0 && head.ends_empty && !structure.trailing) empty = head.width;
  if (empty > 0) in.fail({head.line, empty}, "a heading", "an empty cell");
  if (head.width > 1 && head.from[1].all_missing) {
    in.fail({head.line, 2}, "headings or numbers", "no known number in the first line");
  }
}

CsvNumbers find_numbers(const CsvScanner& in, const Sample& sample, const CsvStructure& structure) {
  CsvNumberFacts all;
  for (auto i = static_cast<std::size_t>(structure.header_records); i < sample.size(); ++i) {
    if (!structure.has_index && !structure.has_names) add_number_facts(sample[i].first_number, all);
    add_number_facts(sample[i].numbers, all);
  }
  return settled_numbers(in, all, structure.columns() > 0);
}

Index take_count_line(CsvScanner& in) {
  const CsvCell cell = in.next();
  const std::optional<double> rows = parse_csv_number(cell.text);
  if (!rows || *rows < 1 || *rows > 1e15 || cell.last) {
    in.fail(cell.place, "a number of rows before that of columns", shown(cell.text));
  }
  const auto count = static_cast<Index>(*rows);
  skip_csv_record(in);
  return count;
}

}  // namespace

CsvStructure find_csv_structure(CsvScanner& in, CsvFirstColumn first) {
  if (in.at_end()) {
    throw Error(ErrorKind::kFormat, concat(in.path(), ": expected rows, got an empty file"));
  }
  CsvStructure structure;
  structure.dialect = in.dialect();
  if (structure.dialect.has_count_line) structure.announced = take_count_line(in);
  const Sample sample = look_at_csv_records(in);
  if (sample.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(in.path(), ": expected rows, got a line of counts only"));
  }
  compare_widths(sample, structure);
  if (first == CsvFirstColumn::kCells) {
    structure.no_corner = structure.header_ends_early = false;
    return structure;
  }
  structure.header_records = find_header(in, sample, first, structure) ? 1 : 0;
  find_index(in, sample, first, structure);
  find_names(in, sample, first, structure);
  if (structure.header_records > 0) check_headings(in, sample[0], structure);
  structure.numbers = find_numbers(in, sample, structure);
  return structure;
}

}  // namespace dem
