// The labels of layout table: a class a sample, by name, and the samples' own names where there
// are.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/table_classes.h"

namespace dem {

struct TableLabels {
  std::string path;
  std::vector<ClassId> classes;       // [n]
  std::vector<std::string> samples;   // [n], distinct; empty where samples have no names
  bool reordered = false;             // not in the order of the file
  std::vector<std::string> groups;    // [n] of a column that was asked for
  std::vector<std::string> left_out;  // samples of the file that are not wanted
};

// Text: one column of classes, with or without a heading (`class`, `label` ...); or several columns
// with headings, of which one is that of classes and one that of samples (`id`, `sample`, `image`,
// `file` ...); or two without, where only one of them holds names of classes. Other files: an array
// named labels, or the only one, of names or whole numbers, which stand for the classes that have
// them as names; the samples' names in a text array `ids`, `samples`, `names` ... Throws
// Error{kFormat} naming the row of a label that is no class and of a sample that is there twice.
//   group_column  a heading of text, whose column is kept too; empty: none
[[nodiscard]] TableLabels read_table_labels(const std::string& path,
                                            const TableClasses& classes,
                                            const std::string& group_column = "");

// The classes that a file of labels names, in the order of their names, where there is no table of
// classes. Throws as read_table_labels does.
[[nodiscard]] TableClasses classes_of_labels(const std::string& path);

// The labels of samples with these names, in their order; `whose` says where these are from. Labels
// of other samples are left out, with a line of the log. Throws Error{kFormat} where a sample has
// no label.
[[nodiscard]] TableLabels labels_of(const TableLabels& labels,
                                    std::span<const std::string> samples,
                                    const std::string& whose);

// Text arrays that hold the names of samples are called one of these.
[[nodiscard]] std::span<const std::string_view> sample_array_names() noexcept;

// Whether that may stand over a column of samples: "id", "image_path", ... in any case.
[[nodiscard]] bool is_sample_heading(std::string_view heading);
// What may stand over a column of classes, in lower case.
[[nodiscard]] std::span<const std::string_view> label_headings() noexcept;
// Whether that may stand over a column of classes: "class", "label", ...
[[nodiscard]] bool is_label_heading(std::string_view heading);

}  // namespace dem
