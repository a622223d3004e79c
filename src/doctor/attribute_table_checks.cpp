// Tables of attributes as wholes: which way they lie, their order, and their kind.
#include <cmath>

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

// Of the rows of two tables of one shape, the share that have one direction.
double share_of_one_direction(MatrixView<const float> a, MatrixView<const float> b) {
  constexpr double kSame = 0.999;
  Index count = 0;
  for (Index i = 0; i < a.rows(); ++i) count += cosine(a.row(i), b.row(i)) > kSame ? 1 : 0;
  return static_cast<double>(count) / static_cast<double>(a.rows());
}

// Whether a table is another one with rows and columns exchanged, but for their lengths.
bool is_turned_copy(const Matrix<float>& table, const Matrix<float>& other) {
  constexpr double kMost = 0.9, kFew = 0.5;
  if (table.rows() != other.cols() || table.cols() != other.rows()) return false;
  if (share_of_one_direction(turned(table), other) < kMost) return false;
  return table.rows() != table.cols() || share_of_one_direction(table, other) < kFew;
}

// What shows that a table is transposed; "" where nothing does.
std::string sign_of_turning(const Specimen& specimen, const DescriptionTable& table) {
  const Matrix<float>& values = table.values;
  const Index n = values.rows(), dim = values.cols();
  if (n < 2 || dim < 2) return "";
  if (n != specimen.num_classes() && dim == specimen.num_classes()) {
    return concat("has as many columns as there are classes, and other rows");
  }
  if (!has_unit_rows(values) && has_unit_rows(turned(values))) {
    return "has columns of length 1 and rows that have not";
  }
  for (const DescriptionTable& other : specimen.tables) {
    const bool is_other = &other != &table && other.space == table.space;
    if (is_other && is_turned_copy(values, other.values)) {
      return concat("is that of ", other.where, " with rows and columns exchanged");
    }
  }
  return "";
}

void add_transposed(const Specimen& specimen, const DescriptionTable& table, Findings& findings) {
  const std::string sign = sign_of_turning(specimen, table);
  if (sign.empty()) return;
  findings.push_back(
      {.id = "transposed-descriptions",
       .severity = Severity::kError,
       .title = concat("a table of ",
                       table.values.rows(),
                       " classes and ",
                       table.values.cols(),
                       " attributes ",
                       sign,
                       ": it looks transposed"),
       .where = table.where,
       .count = table.values.rows(),
       .cost = "classes are described by what belongs to other classes: T1 will be near chance",
       .mend = "exchange rows and columns of the table"});
}

}  // namespace

// The un-normalised table is compared with the others, which are judged by themselves: of two that
// are each other's transposed copy one alone is.
void check_transposed_descriptions(const Specimen& specimen, Findings& findings) {
  const std::size_t before = findings.size();
  for (const DescriptionTable& table : specimen.tables) add_transposed(specimen, table, findings);
  const bool others_lie_well = findings.size() == before;
  if (specimen.original && others_lie_well) add_transposed(specimen, *specimen.original, findings);
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

}  // namespace dem
