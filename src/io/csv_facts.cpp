#include "io/csv_facts.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/csv_numbers.h"

namespace dem {
namespace {

CsvCellFacts facts_of(std::string_view text, CsvNumberKind kind) {
  CsvCellFacts facts;
  facts.text = kind == CsvNumberKind::kNone;
  facts.empty = text.empty();
  facts.heads_names = is_name_heading(text);
  facts.heads_index = is_index_heading(text);
  facts.shown = shown(text);
  const std::optional<double> value = parse_csv_number(text);
  if (kind == CsvNumberKind::kWhole && value && std::abs(*value) < 1e15) {
    facts.whole = static_cast<Index>(*value);
  }
  return facts;
}

// The run so far, whose last number was `before`.
void add_to_run(std::string_view text,
                CsvNumberKind kind,
                std::optional<double> before,
                bool begins,
                Index column,
                CsvRunFacts& run) {
  const std::optional<double> value = parse_csv_number(text);
  run.all_text = run.all_text && kind == CsvNumberKind::kNone;
  run.all_missing = run.all_missing && is_missing_cell(text);
  run.all_numbers = run.all_numbers && kind != CsvNumberKind::kNone;
  run.all_whole = run.all_whole && kind == CsvNumberKind::kWhole;
  if (begins) {
    run.runs = value.has_value();
    run.counts = value && (*value == 0.0 || *value == 1.0);
  } else {
    run.runs = run.runs && value && before && *value == *before + 1.0;
    run.counts = run.counts && run.runs;
  }
  if (text.empty() && run.empty == 0) run.empty = column;
}

void note_kind(CsvNumberKind kind, const CsvCell& cell, CsvNumberFacts& numbers) {
  numbers.points = numbers.points || kind == CsvNumberKind::kPoint;
  numbers.decimal_commas = numbers.decimal_commas || kind == CsvNumberKind::kDecimalComma ||
                           kind == CsvNumberKind::kPointThousands;
  numbers.comma_thousands = numbers.comma_thousands || kind == CsvNumberKind::kCommaThousands;
  if (kind == CsvNumberKind::kCommaInDoubt && !numbers.in_doubt) {
    numbers.in_doubt = cell.place;
    numbers.doubtful = csv_cell_in_words(cell.text);
  }
}

CsvRecordFacts look_at_record(CsvScanner& in) {
  CsvRecordFacts facts;
  facts.line = in.line();
  std::optional<double> before;
  for (bool last = false; !last;) {
    const CsvCell cell = in.next();
    last = cell.last;
    const CsvNumberKind kind = csv_number_kind(cell.text);
    const auto column = static_cast<std::size_t>(facts.width++);
    if (column < facts.cells.size()) facts.cells[column] = facts_of(cell.text, kind);
    facts.ends_empty = cell.text.empty();
    const std::array<CsvRunFacts, 3> kept = facts.from;
    for (std::size_t first = 0; first < facts.from.size(); ++first) {
      if (column < first) continue;
      CsvRunFacts& run = facts.from[first];
      add_to_run(cell.text, kind, before, column == first, facts.width, run);
      if (!last || !facts.ends_empty || column == first) continue;
      run.all_numbers = kept[first].all_numbers;
      run.all_whole = kept[first].all_whole;
      run.runs = kept[first].runs;
      run.counts = kept[first].counts;
      run.empty = kept[first].empty;
    }
    before = parse_csv_number(cell.text);
    note_kind(kind, cell, facts.width == 1 ? facts.first_number : facts.numbers);
  }
  return facts;
}

}  // namespace

void note_number(const CsvCell& cell, CsvNumberFacts& facts) {
  note_kind(csv_number_kind(cell.text), cell, facts);
}

void add_number_facts(const CsvNumberFacts& facts, CsvNumberFacts& all) {
  all.points |= facts.points;
  all.decimal_commas |= facts.decimal_commas;
  all.comma_thousands |= facts.comma_thousands;
  if (!facts.in_doubt || all.in_doubt) return;
  all.in_doubt = facts.in_doubt;
  all.doubtful = facts.doubtful;
}

CsvNumbers settled_numbers(const CsvScanner& in, const CsvNumberFacts& facts, bool has_numbers) {
  CsvNumbers numbers;
  numbers.decimal_comma = facts.decimal_commas && !facts.points && !facts.comma_thousands;
  numbers.decimal_points = facts.points || facts.comma_thousands;
  if (facts.in_doubt && has_numbers && !numbers.decimal_comma && !numbers.decimal_points) {
    in.fail(*facts.in_doubt, "a number", facts.doubtful);
  }
  return numbers;
}

bool is_index_heading(std::string_view heading) {
  return heading.empty() || heading == "\"\"" || equal_ignoring_case(heading, "index") ||
         heading.starts_with("Unnamed: 0");
}

bool is_name_heading(std::string_view heading) {
  constexpr std::string_view kHeadings[] = {
      "class", "classes", "class_name", "class name", "label", "labels", "name", "names"};
  return std::any_of(std::begin(kHeadings), std::end(kHeadings), [&](std::string_view known) {
    return equal_ignoring_case(heading, known);
  });
}

std::vector<CsvRecordFacts> look_at_csv_records(CsvScanner& in) {
  std::vector<CsvRecordFacts> records;
  while (!in.at_end() && records.size() < 2) records.push_back(look_at_record(in));
  try {
    while (!in.at_end() && records.size() < kCsvSampleRecords) {
      CsvRecordFacts facts = look_at_record(in);
      if (in.offset() > kCsvSampleBytes) break;
      records.push_back(std::move(facts));
    }
  } catch (const Error&) {
    // A broken record tells nothing; it is refused when it is read.
  }
  return records;
}

}  // namespace dem
