// Tables of descriptions as wholes, and their columns.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

Matrix<float> turned(MatrixView<const float> table) {
  Matrix<float> out = Matrix<float>::uninitialised(table.cols(), table.rows());
  for (Index i = 0; i < out.rows(); ++i) {
    for (Index j = 0; j < out.cols(); ++j) out(i, j) = table(j, i);
  }
  return out;
}

// Whether rows have length 1, as published tables are stored.
bool has_unit_rows(MatrixView<const float> table) {
  constexpr double kTolerance = 1e-3;
  for (Index i = 0; i < table.rows(); ++i) {
    const double norm = std::sqrt(squared_norm(table.row(i)));
    if (!(std::fabs(norm - 1.0) <= kTolerance)) return false;
  }
  return table.rows() > 0;
}

// Of finite rows; 0 of others.
double cosine(std::span<const float> a, std::span<const float> b) {
  const double norms = std::sqrt(squared_norm(a) * squared_norm(b));
  return std::isfinite(norms) && norms > 0.0 ? dot(a, b) / norms : 0.0;
}

// The classes of `table` that have the direction of another class of `original`, and not of their
// own.
std::vector<ClassId> classes_of_others(MatrixView<const float> table,
                                       MatrixView<const float> original) {
  constexpr double kSame = 0.9999, kOther = 0.999;
  std::vector<ClassId> classes;
  for (Index c = 0; c < table.rows(); ++c) {
    if (cosine(table.row(c), original.row(c)) > kOther) continue;
    for (Index other = 0; other < original.rows(); ++other) {
      if (cosine(table.row(c), original.row(other)) < kSame) continue;
      classes.push_back(static_cast<ClassId>(c));
      break;
    }
  }
  return classes;
}

bool is_constant(MatrixView<const float> table, Index column, const std::vector<Index>& rows) {
  return std::all_of(rows.begin(), rows.end(), [&](Index c) {
    return table(c, column) == table(rows[0], column);
  });
}

// The classes with training rows.
std::vector<Index> seen_rows(const Specimen& specimen) {
  const std::vector<Index> trained = specimen.rows_a_class(Part::kTrainval);
  std::vector<Index> rows;
  for (std::size_t c = 0; c < trained.size(); ++c) {
    if (trained[c] > 0) rows.push_back(static_cast<Index>(c));
  }
  return rows;
}

std::vector<Index> all_rows(Index count) {
  std::vector<Index> rows(at(count));
  for (std::size_t c = 0; c < rows.size(); ++c) rows[c] = static_cast<Index>(c);
  return rows;
}

void add_constant(const DescriptionTable& table,
                  const std::vector<Index>& columns,
                  Findings& findings) {
  if (columns.empty()) return;
  findings.push_back({.id = "constant-attributes",
                      .title = concat(columns.size(),
                                      " of ",
                                      table.values.cols(),
                                      columns.size() == 1 ? " attributes is" : " attributes are",
                                      " the same for all classes"),
                      .where = table.where,
                      .columns = column_names(columns, table.dimensions),
                      .count = std::ssize(columns),
                      .cost = "they tell no class from another",
                      .mend = "nothing need be done; they can be left out"});
}

void add_unvarying(const DescriptionTable& table,
                   const std::vector<Index>& columns,
                   std::size_t num_seen,
                   Findings& findings) {
  if (columns.empty()) return;
  findings.push_back(
      {.id = "attributes-constant-in-training",
       .title = concat(columns.size(),
                       " of ",
                       table.values.cols(),
                       columns.size() == 1 ? " attributes varies" : " attributes vary",
                       " among all classes, but not among the ",
                       num_seen,
                       " seen ones"),
       .where = table.where,
       .columns = column_names(columns, table.dimensions),
       .count = std::ssize(columns),
       .cost = "nothing can be learned about them, and what unseen classes have there "
               "is noise to a model",
       .mend = "describe classes by what seen classes differ in, too, or leave these "
               "out"});
}

std::string column_bytes(MatrixView<const float> table, Index column) {
  std::string bytes;
  for (Index c = 0; c < table.rows(); ++c) {
    const float value = table(c, column);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

}  // namespace

void check_transposed_descriptions(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    const Index n = table.values.rows(), dim = table.values.cols();
    if (n < 2 || dim < 2) continue;
    if (has_unit_rows(table.values) || !has_unit_rows(turned(table.values))) continue;
    findings.push_back(
        {.id = "transposed-descriptions",
         .severity = Severity::kError,
         .title = concat("a table of ",
                         n,
                         " classes and ",
                         dim,
                         " attributes has columns of length 1 and rows that have not: it looks "
                         "transposed"),
         .where = table.where,
         .count = n,
         .cost = "classes are described by what belongs to other classes: T1 will be near chance",
         .mend = "exchange rows and columns of the table"});
  }
}

void check_orders_of_attributes(const Specimen& specimen, Findings& findings) {
  if (!specimen.original || specimen.tables.empty()) return;
  const DescriptionTable& table = specimen.tables[0];
  const Matrix<float>& original = specimen.original->values;
  const bool fit = table.space == "attribute" && table.values.rows() == specimen.num_classes() &&
                   original.rows() == table.values.rows() && original.cols() == table.values.cols();
  if (!fit) return;
  const std::vector<ClassId> classes = classes_of_others(table.values, original);
  if (classes.empty()) return;
  findings.push_back({.id = "attributes-in-two-orders",
                      .severity = Severity::kError,
                      .title = concat(classes.size(),
                                      classes.size() == 1 ? " class has" : " classes have",
                                      " the original attributes of another class"),
                      .where = concat(table.where, "; ", specimen.original->where),
                      .classes = Some::classes(specimen, classes),
                      .count = std::ssize(classes),
                      .cost = "one of the two tables is in another order than the labels: recipes "
                              "that take it have T1 near chance",
                      .mend = "find out which one, and put it into the order of the labels"});
}

void check_normalisation(const Specimen& specimen, Findings& findings) {
  if (!specimen.original || specimen.tables.empty()) return;
  const DescriptionTable& table = specimen.tables[0];
  if (table.space != "attribute") return;
  const bool unit = has_unit_rows(table.values);
  findings.push_back(
      {.id = "two-kinds-of-attributes",
       .title = concat("there are attributes and original, un-normalised ones; the former have ",
                       unit ? "length 1 a class" : "not length 1, as they have in published data"),
       .where = concat(table.where, "; ", specimen.original->where),
       .count = 2,
       .cost = "scores on the one kind cannot be compared with scores on the other",
       .mend =
           unit ? "the recipe decides: gbu takes the original ones, the others those of length 1; "
                  "say which"
                : "the recipe decides: gbu takes the original ones; say which, and how the others "
                  "were made"});
}

void check_description_range(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    std::vector<Index> columns;
    for (Index d = 0; d < table.values.cols(); ++d) {
      for (Index c = 0; c < table.values.rows(); ++c) {
        if (std::isfinite(table.values(c, d)) && std::fabs(table.values(c, d)) > kHighestFloat16) {
          columns.push_back(d);
          break;
        }
      }
    }
    if (columns.empty()) continue;
    findings.push_back(
        {.id = "descriptions-beyond-float16",
         .severity = Severity::kWarning,
         .title = concat(counted(std::ssize(columns), "attribute has", "attributes have"),
                         " values beyond 65504, the highest that float16 takes"),
         .where = table.where,
         .columns = column_names(columns, table.dimensions),
         .count = std::ssize(columns),
         .cost = "recipe mindspore rounds descriptions of unseen classes to float16, "
                 "where these are infinite",
         .mend = "scale the attribute"});
  }
}

void check_constant_attributes(const Specimen& specimen, Findings& findings) {
  const std::vector<Index> seen = seen_rows(specimen);
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() != specimen.num_classes() || table.values.rows() < 2) continue;
    const std::vector<Index> all = all_rows(table.values.rows());
    std::vector<Index> constant, unvarying;
    for (Index d = 0; d < table.values.cols(); ++d) {
      if (is_constant(table.values, d, all)) {
        constant.push_back(d);
      } else if (seen.size() > 1 && is_constant(table.values, d, seen)) {
        unvarying.push_back(d);
      }
    }
    add_constant(table, constant, findings);
    add_unvarying(table, unvarying, seen.size(), findings);
  }
}

void check_equal_attributes(const Specimen& specimen, Findings& findings) {
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() < 2) continue;
    const std::vector<Index> all = all_rows(table.values.rows());
    std::unordered_map<std::string, Index> known;
    std::vector<Index> repeated;
    for (Index d = 0; d < table.values.cols(); ++d) {
      if (is_constant(table.values, d, all)) continue;
      if (!known.emplace(column_bytes(table.values, d), d).second) repeated.push_back(d);
    }
    if (repeated.empty()) continue;
    findings.push_back(
        {.id = "equal-attributes",
         .title = concat(counted(std::ssize(repeated), "attribute repeats", "attributes repeat"),
                         " another one, class by class"),
         .where = table.where,
         .columns = column_names(repeated, table.dimensions),
         .count = std::ssize(repeated),
         .cost = "what they say counts twice",
         .mend = "leave them out, unless that is meant"});
  }
}

}  // namespace dem
