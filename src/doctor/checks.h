// The checks: a function each, and a line each in the table (checks.cpp).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dem/doctor/diagnosis.h"
#include "doctor/near_duplicates.h"
#include "doctor/specimen.h"

namespace dem {

using Findings = std::vector<Finding>;

// Adds what it finds. What a specimen has not, it does not look at.
using Check = void (*)(const Specimen& specimen, Findings& findings);
[[nodiscard]] std::span<const Check> check_table();

// Of the split's lists (split_checks.cpp).
void check_refusal(const Specimen& specimen, Findings& findings);
void check_bases(const Specimen& specimen, Findings& findings);
void check_entries(const Specimen& specimen, Findings& findings);
void check_trained_test_rows(const Specimen& specimen, Findings& findings);
void check_tuning_lists(const Specimen& specimen, Findings& findings);
void check_test_lists(const Specimen& specimen, Findings& findings);
void check_unlisted_rows(const Specimen& specimen, Findings& findings);
void check_validation_classes(const Specimen& specimen, Findings& findings);
// Of labels and classes (label_checks.cpp).
void check_labels(const Specimen& specimen, Findings& findings);
void check_trained_unseen_classes(const Specimen& specimen, Findings& findings);
void check_untrained_seen_classes(const Specimen& specimen, Findings& findings);
void check_classes_without_rows(const Specimen& specimen, Findings& findings);
void check_classes_with_one_row(const Specimen& specimen, Findings& findings);
void check_class_names(const Specimen& specimen, Findings& findings);
// Whether labels, names and descriptions belong together (class_order_checks.cpp).
void check_image_files(const Specimen& specimen, Findings& findings);
void check_relation(const Specimen& specimen, Findings& findings);
// Of descriptions (description_checks.cpp, attribute_table_checks.cpp, attribute_checks.cpp).
void check_missing_entries(const Specimen& specimen, Findings& findings);
void check_equal_descriptions(const Specimen& specimen, Findings& findings);
void check_transposed_descriptions(const Specimen& specimen, Findings& findings);
void check_orders_of_attributes(const Specimen& specimen, Findings& findings);
void check_normalisation(const Specimen& specimen, Findings& findings);
void check_description_range(const Specimen& specimen, Findings& findings);
void check_constant_attributes(const Specimen& specimen, Findings& findings);
void check_equal_attributes(const Specimen& specimen, Findings& findings);
// Of features (feature_checks.cpp, row_checks.cpp).
void check_not_finite(const Specimen& specimen, Findings& findings);
void check_feature_range(const Specimen& specimen, Findings& findings);
void check_zero_rows(const Specimen& specimen, Findings& findings);
void check_constant_columns(const Specimen& specimen, Findings& findings);
void check_equal_columns(const Specimen& specimen, Findings& findings);
void check_counting_columns(const Specimen& specimen, Findings& findings);
void check_label_columns(const Specimen& specimen, Findings& findings);
void check_equal_rows(const Specimen& specimen, Findings& findings);

// The finding of near duplicates, of confirmed pairs; `at_least`: not all that may be were
// compared.
void add_near_duplicates(const Specimen& specimen,
                         const std::vector<RowPair>& pairs,
                         bool at_least,
                         Findings& findings);
// The training rows without those that have the bytes of a test row, of classes that have others,
// ascending (row_checks.cpp).
[[nodiscard]] std::vector<Index> training_rows_without_copies(const Specimen& specimen);
// The test rows that no training row has the bytes of and that are not zero, ascending.
[[nodiscard]] std::vector<Index> test_rows_without_copy(const Specimen& specimen);

// What findings have in common.
struct Some {  // of many things, the first few
  static std::vector<Index> rows(std::span<const Index> rows);
  static std::vector<std::string> classes(const Specimen& specimen,
                                          std::span<const ClassId> classes);
};
// By name, or by number from 0 where there are no names.
[[nodiscard]] std::vector<std::string> column_names(std::span<const Index> columns,
                                                    std::span<const std::string> names);
// "1 row", "3 rows".
[[nodiscard]] std::string counted(Index count, const char* one, const char* many);
// Elements of both ascending lists.
[[nodiscard]] std::vector<Index> in_both(std::span<const Index> a, std::span<const Index> b);
// Those of `a` alone.
[[nodiscard]] std::vector<Index> not_in(std::span<const Index> a, std::span<const Index> b);
// Those of either.
[[nodiscard]] std::vector<Index> in_either(std::span<const Index> a, std::span<const Index> b);
// test_seen and test_unseen.
[[nodiscard]] std::vector<Index> test_rows(const Specimen& specimen);

}  // namespace dem
