#include "data/table_labels.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/at.h"
#include "base/text.h"
#include "data/array_access.h"
#include "data/named_array.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/csv_structure.h"
#include "io/formats.h"

namespace dem {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view kLabelArrays[] = {"labels", "label", "y", "targets", "target"};
constexpr std::string_view kSampleArrays[] = {
    "ids", "sample_ids", "samples", "image_names", "image_files", "filenames", "names"};
constexpr std::string_view kLabelHeadings[] = {
    "class", "classes", "class_name", "label", "labels", "target", "category", "species"};
constexpr std::string_view kSampleHeadings[] = {"id",
                                                "ids",
                                                "sample",
                                                "samples",
                                                "sample_id",
                                                "image",
                                                "image_id",
                                                "image_name",
                                                "image_file",
                                                "file",
                                                "file_name",
                                                "filename",
                                                "image_path",
                                                "path",

                                                "key"};

template <std::size_t n>
bool is_one_of(std::string_view text, const std::string_view (&words)[n]) {
  return std::any_of(std::begin(words), std::end(words), [&](std::string_view word) {
    return equal_ignoring_case(text, word);
  });
}

// Labels as their file has them.
struct RawLabels {
  std::string path;
  Names classes;
  Names samples;
  Names groups;
  std::vector<Index> lines;  // [rows] of text; empty for arrays

  [[nodiscard]] std::string where(std::size_t row) const {
    return lines.empty() ? concat(path, ": row ", row, " (counted from 0)")
                         : concat(path, ": line ", lines[row]);
  }
};

[[noreturn]] void refuse_labels(const std::string& where,
                                std::string_view expected,
                                const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

struct LabelColumns {
  Index classes = 0;
  std::optional<Index> samples = {};
  std::optional<Index> groups = {};
};

std::optional<Index> column_headed(const TextTable& table, const std::string& heading) {
  for (Index column = 0; column < table.width; ++column) {
    if (equal_ignoring_case(table.cell(0, column), heading)) return column;
  }
  return std::nullopt;
}

std::optional<Index> only_column(const TextTable& table, bool (*fits)(std::string_view)) {
  std::optional<Index> found;
  for (Index column = 0; column < table.width; ++column) {
    if (!fits(table.cell(0, column))) continue;
    if (found) return std::nullopt;
    found = column;
  }
  return found;
}

// Whether all cells but perhaps the first are names of classes.
bool holds_classes(const TextTable& table, Index column, const TableClasses& classes) {
  for (Index row = 1; row < table.rows(); ++row) {
    if (!classes.ids.contains(table.cell(row, column))) return false;
  }
  return table.rows() > 1;
}

bool is_distinct(const TextTable& table, Index column) {
  std::unordered_set<std::string_view> known;
  for (Index row = 0; row < table.rows(); ++row) known.insert(table.cell(row, column));
  return static_cast<Index>(known.size()) == table.rows();
}

// Classes stand in the only column where every cell is one; a line of headings is taken away.
LabelColumns columns_by_content(TextTable& table, const TableClasses& classes) {
  std::vector<Index> fitting;
  for (Index column = 0; column < table.width; ++column) {
    if (holds_classes(table, column, classes)) fitting.push_back(column);
  }
  if (fitting.size() != 1) {
    refuse_labels(
        table.path,
        "one column, a class a row, or headings, \"class\" over the classes and \"id\" "
        "over the samples",
        concat(table.width, " columns without (names that hold the delimiter stand in quotes)"));
  }
  LabelColumns columns{fitting[0]};
  const bool has_headings = !classes.ids.contains(table.cell(0, columns.classes));
  if (has_headings) {
    columns.samples = only_column(table, is_sample_heading);
    table.drop_first();
  } else if (table.width == 2 && is_distinct(table, 1 - columns.classes)) {
    columns.samples = 1 - columns.classes;
  }
  return columns;
}

// Takes the headings away.
LabelColumns find_label_columns(TextTable& table,
                                const TableClasses& classes,
                                const std::string& group_column) {
  const std::optional<Index> groups =
      group_column.empty() ? std::nullopt : column_headed(table, group_column);
  if (!group_column.empty() && !groups) {
    refuse_labels(table.where(0), concat("a heading ", shown(group_column)), "none");
  }
  const bool first_is_class = classes.ids.contains(table.cell(0, 0));
  if (table.width == 1) {
    const std::string& first = table.cell(0, 0);
    const bool is_heading = is_label_heading(first) || equal_ignoring_case(first, "name");
    if (!first_is_class && is_heading) table.drop_first();
    return {};
  }
  const std::optional<Index> labels = only_column(table, is_label_heading);
  if (!labels || classes.ids.contains(table.cell(0, *labels))) {
    LabelColumns columns = columns_by_content(table, classes);
    columns.groups = groups;
    return columns;
  }
  const std::optional<Index> samples = only_column(table, is_sample_heading);
  table.drop_first();
  return {*labels, samples, groups};
}

RawLabels read_label_text(const std::string& path,
                          const TableClasses& classes,
                          const std::string& group_column) {
  TextTable table = read_text_table(path, CsvFirstColumn::kCells);
  const LabelColumns columns = find_label_columns(table, classes, group_column);
  RawLabels labels{path, {}, {}, {}, table.lines};
  for (Index row = 0; row < table.rows(); ++row) {
    labels.classes.push_back(table.cell(row, columns.classes));
    if (columns.samples) labels.samples.push_back(table.cell(row, *columns.samples));
    if (columns.groups) labels.groups.push_back(table.cell(row, *columns.groups));
  }
  if (labels.classes.empty()) refuse_labels(path, "a class a row", "a heading only");
  return labels;
}

RawLabels read_label_arrays(const std::string& path) {
  const auto file = ArrayFile::open(path);
  const ArrayRef array = named_or_only(*file, kLabelArrays);
  RawLabels labels{path, {}, {}, {}, {}};
  if (array.info->type == ElementType::kText) {
    labels.classes = file->read_strings(*array.info);
  } else {
    for (const std::int64_t value : read_checked_integers(array)) {
      labels.classes.push_back(std::to_string(value));
    }
  }
  if (labels.classes.empty()) refuse_labels(path, "a class a row", "no row");
  if (auto samples = strings_named(*file, kSampleArrays)) {
    if (array.info->name != samples->first) labels.samples = std::move(samples->second);
  }
  if (!labels.samples.empty() && labels.samples.size() != labels.classes.size()) {
    refuse_labels(path,
                  concat("a name a label (", labels.classes.size(), ")"),
                  concat(labels.samples.size(), " names of samples"));
  }
  return labels;
}

void require_distinct(const RawLabels& labels) {
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t row = 0; row < labels.samples.size(); ++row) {
    if (known.emplace(labels.samples[row], row).second) continue;
    refuse_labels(labels.where(row), "a sample once", shown(labels.samples[row]) + " again");
  }
}

RawLabels read_raw_labels(const std::string& path,
                          const TableClasses& classes,
                          const std::string& group_column) {
  if (has_text_ending(path)) return read_label_text(path, classes, group_column);
  if (group_column.empty()) return read_label_arrays(path);
  refuse_labels(path, concat("text with a heading ", shown(group_column)), "arrays");
}

}  // namespace

std::span<const std::string_view> sample_array_names() noexcept {
  return kSampleArrays;
}

std::span<const std::string_view> label_headings() noexcept {
  return kLabelHeadings;
}

bool is_label_heading(std::string_view heading) {
  return is_one_of(heading, kLabelHeadings);
}

bool is_sample_heading(std::string_view heading) {
  return is_one_of(heading, kSampleHeadings);
}

TableClasses classes_of_labels(const std::string& path) {
  TableClasses classes;
  classes.path = path;
  const RawLabels raw = read_raw_labels(path, classes, "");
  std::vector<std::string> names = raw.classes;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    classes.ids.emplace(name, static_cast<ClassId>(classes.names.size()));
    classes.names.push_back(name);
  }
  return classes;
}

TableLabels read_table_labels(const std::string& path,
                              const TableClasses& classes,
                              const std::string& group_column) {
  RawLabels raw = read_raw_labels(path, classes, group_column);
  require_distinct(raw);
  TableLabels labels{path, {}, std::move(raw.samples), false, std::move(raw.groups), {}};
  labels.classes.reserve(raw.classes.size());
  for (std::size_t row = 0; row < raw.classes.size(); ++row) {
    const auto found = classes.ids.find(raw.classes[row]);
    labels.classes.push_back(
        found != classes.ids.end() ? found->second : classes.id(raw.classes[row], raw.where(row)));
  }
  return labels;
}

TableLabels labels_of(const TableLabels& labels,
                      std::span<const std::string> samples,
                      const std::string& whose) {
  std::unordered_map<std::string_view, std::size_t> rows;
  for (std::size_t row = 0; row < labels.samples.size(); ++row) {
    rows.emplace(labels.samples[row], row);
  }
  TableLabels out{labels.path, {}, {samples.begin(), samples.end()}, false, {}, {}};
  out.reordered = out.samples != labels.samples;
  for (const std::string& sample : samples) {
    const auto found = rows.find(sample);
    if (found == rows.end()) {
      refuse_labels(
          labels.path, concat("a label for each sample of ", whose), "none for " + shown(sample));
    }
    out.classes.push_back(labels.classes[found->second]);
    if (!labels.groups.empty()) out.groups.push_back(labels.groups[found->second]);
    rows.erase(found);
  }
  for (const auto& [sample, row] : rows) out.left_out.emplace_back(sample);
  if (!out.left_out.empty()) {
    log(LogLevel::kInfo,
        concat(labels.path,
               ": ",
               out.left_out.size(),
               " labels of samples that ",
               whose,
               " has not are left out"));
  }
  return out;
}

}  // namespace dem
