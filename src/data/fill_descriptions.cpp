#include "data/fill_descriptions.h"

#include <cmath>
#include <optional>
#include <vector>

#include "base/at.h"
#include "base/enum_names.h"
#include "base/text.h"
#include "data/missing_entries.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr EnumName<MissingDescriptions> kMissingNames[] = {
    {MissingDescriptions::kKeep, "keep"},
    {MissingDescriptions::kMean, "mean"},
    {MissingDescriptions::kAuto, "auto"},
    {MissingDescriptions::kNan, "nan"},
    {MissingDescriptions::kRefuse, "refuse"}};

// Which entries are filled in.
struct Filling {
  bool marks_are_missing = false;

  [[nodiscard]] bool is_missing(float value) const {
    return !std::isfinite(value) || (marks_are_missing && value == kMissingMark);
  }
};

// What is to be filled in; none: nothing is. Throws for what is refused.
std::optional<Filling> filling_of(MatrixView<const float> table,
                                  const MissingEntries& entries,
                                  MissingDescriptions missing,
                                  const NamedTable& named) {
  const Index count = entries.count(table.cols());
  if (count == 0) return std::nullopt;
  if (missing == MissingDescriptions::kRefuse) {
    refuse_entries(named, entries, count);
  }
  if (missing == MissingDescriptions::kKeep) return std::nullopt;
  const bool marks = entries.has_marks() && missing != MissingDescriptions::kNan;
  if (marks && missing == MissingDescriptions::kAuto) refuse_doubt(named, entries);
  if (!marks && entries.not_finite == 0 && entries.zero_rows.empty()) return std::nullopt;
  return Filling{marks};
}

// [dim], the mean of the entries that are known. Throws for an attribute without one.
std::vector<float> known_means(MatrixView<const float> table,
                               const Filling& filling,
                               const NamedTable& named) {
  std::vector<double> sums(at(table.cols()));
  std::vector<Index> counts(at(table.cols()));
  for (Index c = 0; c < table.rows(); ++c) {
    if (is_zero_row(table.row(c))) continue;
    for (Index d = 0; d < table.cols(); ++d) {
      if (filling.is_missing(table(c, d))) continue;
      sums[at(d)] += double{table(c, d)};
      ++counts[at(d)];
    }
  }
  std::vector<float> means;
  for (std::size_t d = 0; d < sums.size(); ++d) {
    if (counts[d] == 0) {
      refuse_missing(named,
                     concat("a known entry of ", named.column(static_cast<Index>(d))),
                     "none of any class");
    }
    means.push_back(static_cast<float>(sums[d] / static_cast<double>(counts[d])));
  }
  return means;
}

void fill_in(const Filling& filling, std::span<const float> means, MatrixView<float> table) {
  for (Index c = 0; c < table.rows(); ++c) {
    const bool unknown = is_zero_row(table.row(c));
    for (Index d = 0; d < table.cols(); ++d) {
      if (unknown || filling.is_missing(table(c, d))) table(c, d) = means[at(d)];
    }
  }
}

// "entries of -1: 4, entries that are not finite: 2, all-zero descriptions: 1 (ox)".
std::string missing_text(const MissingEntries& entries,
                         bool with_marks,
                         const std::vector<std::string>& names,
                         Index marked = 0) {
  constexpr std::size_t kMostNames = 5;
  std::vector<std::string> parts;
  if (with_marks) parts.push_back(concat("entries of -1: ", entries.marks));
  if (marked > 0) parts.push_back(concat("entries that come from -1: ", marked));
  if (entries.not_finite > marked) {
    parts.push_back(concat("entries that are not finite: ", entries.not_finite - marked));
  }
  if (entries.zero_rows.empty()) return join(parts);
  std::vector<std::string> zeros;
  for (const Index c : entries.zero_rows) {
    if (zeros.size() < kMostNames) zeros.push_back(names[at(c)]);
  }
  if (entries.zero_rows.size() > kMostNames) zeros.emplace_back("...");
  parts.push_back(
      concat("all-zero descriptions: ", entries.zero_rows.size(), " (", join(zeros), ")"));
  return join(parts);
}

void log_filled(const NamedTable& named,
                const MissingEntries& entries,
                const Filling& filling,
                const std::vector<std::string>& names,
                std::string_view whose,
                Index marked = 0) {
  log(LogLevel::kInfo,
      concat(named.name,
             ": missing: ",
             missing_text(entries, filling.marks_are_missing, names, marked),
             "; filled in with the means of their attributes over ",
             whose));
}

void warn_of_kept(const NamedTable& named,
                  const MissingEntries& entries,
                  const std::vector<std::string>& names) {
  if (!entries.has_marks() && entries.zero_rows.empty()) return;
  log(LogLevel::kWarning,
      concat(named.name,
             ": ",
             missing_text(entries, entries.has_marks(), names),
             ": these look missing and are used as they are; missing descriptions mean would fill "
             "them in"));
}

std::span<const std::string> columns_of(const ClassTable& classes, std::size_t space) {
  if (space >= classes.dimension_names.size()) return {};
  return classes.dimension_names[space];
}

void fill_space(Dataset& dataset, std::size_t space, const DescriptionSource& source) {
  ClassTable& classes = dataset.classes;
  const NamedTable named{concat(dataset.name, ", ", classes.spaces[space], " descriptions"),
                         columns_of(classes, space),
                         source.where,
                         classes.names};
  Matrix<float>& table = classes.embeddings[space];
  const MissingEntries entries = missing_entries_of(table);
  dataset.num_missing += entries.count(table.cols());
  const MissingDescriptions missing = dataset.missing_descriptions;
  const auto filling = filling_of(table, entries, missing, named);
  if (!filling) return warn_of_kept(named, entries, classes.names);
  fill_in(*filling, known_means(table, *filling, named), table);
  log_filled(named, entries, *filling, classes.names, "all classes", source.marked);
}

void fill_new_space(const ClassTable& known,
                    MissingDescriptions missing,
                    std::size_t space,
                    ClassTable& added) {
  const NamedTable named{concat("new classes, space \"", added.spaces[space], '"'),
                         columns_of(known, space),
                         {},
                         added.names};
  Matrix<float>& table = added.embeddings[space];
  MissingEntries entries = missing_entries_of(table);
  // -1 is a number where the model knows negative ones.
  const MissingEntries before = missing_entries_of(known.embeddings[space]);
  entries.negative = entries.negative || before.negative || before.marks > 0;
  entries.positive = entries.positive || before.positive;
  // Codes of -1, 0 and 1 would have shown before; and a new class may be the only one.
  entries.two_valued = false;
  entries.column_of_marks = -1;
  const auto filling = filling_of(table, entries, missing, named);
  if (!filling) return warn_of_kept(named, entries, added.names);
  fill_in(*filling, known_means(known.embeddings[space], *filling, named), table);
  log_filled(named, entries, *filling, added.names, "the model's classes");
}

}  // namespace

std::string_view to_string(MissingDescriptions missing) noexcept {
  return name_of(kMissingNames, missing);
}

MissingDescriptions missing_descriptions_from_string(std::string_view name) {
  return value_of(kMissingNames, name, "missing descriptions");
}

bool fills_in(MissingDescriptions missing) noexcept {
  return missing != MissingDescriptions::kKeep && missing != MissingDescriptions::kRefuse;
}

Matrix<float> read_descriptions(const ArrayRef& array,
                                int row_axis,
                                Extents expected,
                                std::string_view why,
                                MissingDescriptions missing) {
  if (!fills_in(missing)) return read_checked_matrix(array, row_axis, expected, why);
  const Extents extents = checked_extents(array, row_axis, expected, why);
  Matrix<float> matrix = Matrix<float>::uninitialised(extents.rows, extents.cols);
  array.file->take_missing_cells();
  array.file->read_matrix(*array.info, row_axis, matrix);
  return matrix;
}

void fill_descriptions(Dataset& dataset, std::span<const DescriptionSource> sources) {
  for (std::size_t space = 0; space < dataset.classes.spaces.size(); ++space) {
    fill_space(dataset, space, space < sources.size() ? sources[space] : DescriptionSource());
  }
}

void fill_new_descriptions(const ClassTable& known,
                           MissingDescriptions missing,
                           ClassTable& added) {
  for (std::size_t space = 0; space < added.spaces.size(); ++space) {
    fill_new_space(known, missing, space, added);
  }
}

}  // namespace dem
