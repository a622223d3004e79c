#include "doctor/checks.h"

#include <algorithm>
#include <iterator>

#include "base/at.h"
#include "base/text.h"

namespace dem {
namespace {

template <typename Items>
std::ptrdiff_t shown_of(const Items& items) {
  return std::min(std::ssize(items), static_cast<std::ptrdiff_t>(Finding::kMostShown));
}

}  // namespace

std::span<const Check> check_table() {
  // A line a check.
  static constexpr Check kChecks[] = {
      check_refusal,
      check_bases,
      check_entries,
      check_trained_test_rows,
      check_tuning_lists,
      check_test_lists,
      check_unlisted_rows,
      check_validation_classes,
      check_labels,
      check_trained_unseen_classes,
      check_untrained_seen_classes,
      check_classes_without_rows,
      check_classes_with_one_row,
      check_class_names,
      check_image_files,
      check_relation,
      check_missing_entries,
      check_equal_descriptions,
      check_transposed_descriptions,
      check_orders_of_attributes,
      check_normalisation,
      check_description_range,
      check_constant_attributes,
      check_equal_attributes,
      check_not_finite,
      check_feature_range,
      check_zero_rows,
      check_constant_columns,
      check_equal_columns,
      check_counting_columns,
      check_label_columns,
      check_equal_rows,
  };
  return kChecks;
}

std::vector<Index> Some::rows(std::span<const Index> rows) {
  return {rows.begin(), rows.begin() + shown_of(rows)};
}

std::vector<std::string> Some::classes(const Specimen& specimen, std::span<const ClassId> classes) {
  std::vector<std::string> names;
  for (const ClassId c : classes.first(at(shown_of(classes)))) {
    names.push_back(specimen.class_names[at(c)]);
  }
  return names;
}

std::vector<std::string> column_names(std::span<const Index> columns,
                                      std::span<const std::string> names) {
  std::vector<std::string> shown;
  for (const Index j : columns.first(at(shown_of(columns)))) {
    shown.push_back(names.empty() ? std::to_string(j) : names[at(j)]);
  }
  return shown;
}

std::string counted(Index count, const char* one, const char* many) {
  return concat(count, ' ', count == 1 ? one : many);
}

std::vector<Index> in_both(std::span<const Index> a, std::span<const Index> b) {
  std::vector<Index> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

std::vector<Index> not_in(std::span<const Index> a, std::span<const Index> b) {
  std::vector<Index> rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

std::vector<Index> in_either(std::span<const Index> a, std::span<const Index> b) {
  std::vector<Index> either;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(either));
  return either;
}

std::vector<Index> test_rows(const Specimen& specimen) {
  return in_either(specimen.list(Part::kTestSeen).rows, specimen.list(Part::kTestUnseen).rows);
}

}  // namespace dem
