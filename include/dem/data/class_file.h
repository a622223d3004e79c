// New rows for a class table, from files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dem/data/missing_descriptions.h"
#include "dem/model/model.h"

namespace dem {

struct ClassFile {
  std::string path;
  std::string space = "";  // the semantic space that it describes; empty: all of them
};

// "FILE", or "SPACE=FILE" where SPACE is one of the known spaces.
[[nodiscard]] ClassFile class_file_from_string(const std::string& text, const ClassTable& known);

// Classes to add to `known` (Model::add_classes), described in all of its spaces.
//
// CSV: a row a class, a name and then numbers; names that are numbers need the heading `class` or
// `name` over them. Where there are headings and `known` has names for its dimensions, columns are
// found by name, whatever their order; else they are taken as they stand, space after space in the
// order of `known`. Other formats: an array a space, [n, embedding_dim] (.mat, .h5 also
// [embedding_dim, n]): the only one that fits, or the one named as the space, `classes.SPACE`, or
// as data files have it (att, wv).
//
// Missing entries are filled in as `missing` says, by the means over the known classes, and the log
// says so.
//
// names_file has the names for files without text: a text file with a name a line, or any file with
// one text array. Empty: they are in the files themselves (`names`, `allclasses_names`, or their
// only text array of n strings).
//
// Throws Error{kInvalidArgument} where a space has no file or two, Error{kFormat} for names that
// are missing or disagree, columns that are unknown, missing or double, and values that are not
// finite float32, Error{kShapeMismatch} for other widths and numbers of rows.
[[nodiscard]] ClassTable read_new_classes(std::span<const ClassFile> files,
                                          const std::string& names_file,
                                          const ClassTable& known,
                                          MissingDescriptions missing = MissingDescriptions::kKeep);

// All classes of a file, in one space, for a table of their own: nothing is known of them before.
// Text and other formats as above, an array being [n, embedding_dim] (.mat, .h5 also
// [embedding_dim, n] where the names are in it); none is seen, nothing may be missing. Throws
// Error{kFormat} for names that are missing, empty or there twice, and for values that are not
// finite float32, Error{kShapeMismatch} where names and rows differ in number.
//
//   const ClassTable classes = read_classes("clip_texts.npy", "names.txt");
[[nodiscard]] ClassTable read_classes(const std::string& path,
                                      const std::string& names_file = "",
                                      const std::string& space = "attribute");

// The lines of a text file (.txt, .csv, .tsv; empty ones left out, quotes of CSV removed), or the
// strings of any other file's array `names`, `class_names` or `allclasses_names`, else of its only
// text array. A first line `class`, `label`, `name` or the like is
// a heading, with a line in the log. Of lines that are all numbered ("1<TAB>antelope") the numbers
// are left out; Error{kFormat} where they do not count from 1 or 0.
[[nodiscard]] std::vector<std::string> read_name_list(const std::string& path);

// Writes a table of classes in CSV, a name and its numbers a line, whole or not at all, as layout
// table and --add-classes read it. Each number has the digits that give it back.
//   rows             [names.size(), dim]; dim may be 0
//   dimension_names  [dim], distinct and not empty, headings of the file; empty: it has none, but
//                    0, 1, 2 ... where names of classes could be taken for numbers
// Throws Error{kIo}, and Error{kInvalidArgument} for another ending than .csv.
void write_class_rows(const std::string& path,
                      const std::vector<std::string>& names,
                      MatrixView<const float> rows,
                      const std::vector<std::string>& dimension_names = {});

}  // namespace dem
