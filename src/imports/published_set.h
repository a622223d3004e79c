// Datasets of images as their authors published them, in lists of text.
#pragma once

#include <string>
#include <vector>

#include "data/class_rows.h"
#include "dem/imports/import_table.h"

namespace dem {

struct PublishedSet {
  std::vector<std::string> classes;
  ClassRows attributes;              // [num_classes]
  std::vector<std::string> samples;  // [n]: images' names; empty where there are none
  std::vector<ClassId> labels;       // [n]; empty where labels have a file that was asked for
  std::vector<bool> unseen;          // [num_classes]; empty where the authors name no such classes
  std::vector<bool> tested;          // [n]: images that are not trained on; empty: all are
};

// Rows of a table without names [classes, attributes], with what its columns mean. Throws
// Error{kShapeMismatch} for other numbers of them.
[[nodiscard]] ClassRows published_attributes(const std::string& path,
                                             std::vector<std::string> attribute_names,
                                             std::size_t num_classes);

// Numbers from 1 as classes. Throws Error{kFormat} naming file and position of what is none.
[[nodiscard]] std::vector<ClassId> published_labels(const std::string& path,
                                                    const std::vector<Index>& numbers,
                                                    std::size_t num_classes);

// Throws Error{kShapeMismatch} naming both lists where one of `length` has not a line for each of
// the `images` lines of the other.
void require_line_an_image(const std::string& path,
                           std::size_t length,
                           const std::string& images_path,
                           std::size_t images);

// Which classes, those of `classes_path`, a list names, by match_names; empty where there is no
// such list.
[[nodiscard]] std::vector<bool> published_unseen(const std::string& path,
                                                 const std::vector<std::string>& classes,
                                                 const std::string& classes_path);

// Writes it into `folder` as files of layout table, but for features, and gives the options that
// read them; files that options.data names go before them. Images of unseen classes are tested, of
// other ones those that `tested` says.
[[nodiscard]] DatasetOptions in_table_files(const PublishedSet& set,
                                            const ImportOptions& options,
                                            const std::string& folder);

}  // namespace dem
