#include "dem/data/class_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "data/array_access.h"
#include "data/class_columns.h"
#include "data/class_rows.h"
#include "data/fill_descriptions.h"
#include "data/named_array.h"
#include "data/table_classes.h"
#include "dem/base/error.h"
#include "io/array_choice.h"

namespace dem {
namespace {

using Names = std::vector<std::string>;

// What one file says: descriptions in some of the spaces, and names where it has them.
struct Described {
  std::vector<Matrix<float>> embeddings;  // one a space asked for
  std::optional<Names> names;
};

[[noreturn]] void refuse(ErrorKind kind,
                         const std::string& where,
                         const std::string& expected,
                         const std::string& got) {
  throw Error(kind, concat(where, ": expected ", expected, ", got ", got));
}

// Columns of numbers that describe the classes in these spaces.
Index described_width(const ClassTable& known, const std::vector<std::size_t>& spaces) {
  Index width = 0;
  for (const std::size_t space : spaces) width += known.embeddings[space].cols();
  return width;
}

// Without names, one column too many may be of names that are numbers.
std::vector<std::vector<Index>> csv_columns(ArrayFile& file,
                                            Index num_columns,
                                            const ClassTable& known,
                                            const std::vector<std::size_t>& spaces) {
  const Names header = headings_of(file);
  try {
    return match_columns(header, num_columns, known, spaces, file.path());
  } catch (const Error& error) {
    const bool has_one_more = num_columns == described_width(known, spaces) + 1;
    if (file.find("names") != nullptr || !has_one_more) throw;
    throw Error(error.kind(),
                concat(error.what(),
                       "; class names that are numbers need the heading \"class\" over them"));
  }
}

Described read_csv(ArrayFile& file,
                   const ClassTable& known,
                   const std::vector<std::size_t>& spaces,
                   MissingDescriptions missing) {
  const bool has_numbers = std::any_of(file.arrays().begin(),
                                       file.arrays().end(),
                                       [](const auto& a) { return element_size(a.type) > 0; });
  if (!has_numbers) refuse(ErrorKind::kFormat, file.path(), "columns of numbers", "text only");
  const auto columns = csv_columns(file, only_array(file).info->shape[1], known, spaces);
  ClassRows rows = read_class_rows(file.path(), missing);
  Described out;
  for (const std::vector<Index>& chosen : columns) {
    Matrix<float> part(rows.values.rows(), static_cast<Index>(chosen.size()));
    for (Index i = 0; i < part.rows(); ++i) {
      for (Index d = 0; d < part.cols(); ++d)
        part(i, d) = rows.values(i, chosen[static_cast<std::size_t>(d)]);
    }
    out.embeddings.push_back(std::move(part));
  }
  out.names = std::move(rows.names);
  return out;
}

// Names under which files have the descriptions of a space, the space's own first.
Names array_names(const std::string& space) {
  Names names = {space, "classes." + space};
  if (space == "attribute") names.insert(names.end(), {"att", "attributes", "original_att"});
  if (space == "word") names.insert(names.end(), {"wv", "word_vectors"});
  return names;
}

// Files of Python's have a class a row, or in a column where no array fits in rows.
SampleAxis axis_of_classes(const ArrayFile& file, Index width) {
  const bool fits_in_rows =
      std::any_of(file.arrays().begin(), file.arrays().end(), [&](const ArrayInfo& info) {
        const std::vector<Index>& shape = info.shape;
        return element_size(info.type) > 0 && !shape.empty() &&
               shape[shape.size() == 1 ? 0 : 1] == width;
      });
  return may_have_columns(file) || !fits_in_rows ? SampleAxis::kAuto : SampleAxis::kRows;
}

Described read_arrays(ArrayFile& file,
                      const ClassTable& known,
                      const std::vector<std::size_t>& spaces,
                      MissingDescriptions missing) {
  Described out;
  std::vector<const ArrayInfo*> taken;
  for (const std::size_t space : spaces) {
    const ChosenArray chosen = choose_array(file,
                                            known.embeddings[space].cols(),
                                            "",
                                            array_names(known.spaces[space]),
                                            axis_of_classes(file, known.embeddings[space].cols()));
    if (std::find(taken.begin(), taken.end(), chosen.info) != taken.end()) {
      refuse(ErrorKind::kFormat,
             file.path(),
             concat("an array for each of ", spaces.size(), " spaces"),
             concat("only ", chosen.info->name, " that fits ", known.spaces[space]));
    }
    taken.push_back(chosen.info);
    out.embeddings.push_back(read_descriptions({&file, chosen.info},
                                               chosen.row_axis,
                                               {0, known.embeddings[space].cols()},
                                               "a row a class",
                                               missing));
  }
  out.names = names_beside(file, out.embeddings.front().rows());
  return out;
}

std::vector<std::size_t> spaces_of(const ClassFile& file, const ClassTable& known) {
  std::vector<std::size_t> spaces;
  for (std::size_t i = 0; i < known.spaces.size(); ++i) {
    if (file.space.empty() || file.space == known.spaces[i]) spaces.push_back(i);
  }
  if (spaces.empty()) {
    refuse(ErrorKind::kInvalidArgument,
           file.path,
           concat("a space of ", known.spaces.empty() ? "none" : join(known.spaces)),
           concat('"', file.space, '"'));
  }
  return spaces;
}

void take_names(const std::string& path, const Names& names, Names& known_names) {
  if (known_names.empty()) known_names = names;
  if (names == known_names) return;
  const auto [a, b] =
      std::mismatch(names.begin(), names.end(), known_names.begin(), known_names.end());
  refuse(ErrorKind::kFormat,
         path,
         concat("the same classes in the same order as before (", known_names.size(), ")"),
         a == names.end() || b == known_names.end() ? std::to_string(names.size())
                                                    : concat('"', *a, "\" for \"", *b, '"'));
}

void check_rows(const std::string& path, const ClassTable& table) {
  for (const Matrix<float>& embeddings : table.embeddings) {
    if (embeddings.empty() || embeddings.rows() == table.size()) continue;
    refuse(ErrorKind::kShapeMismatch,
           path,
           concat(table.size(), " rows, a row a name"),
           std::to_string(embeddings.rows()));
  }
}

}  // namespace

ClassFile class_file_from_string(const std::string& text, const ClassTable& known) {
  for (const std::string& space : known.spaces) {
    if (text.starts_with(space + "=")) return {text.substr(space.size() + 1), space};
  }
  return {text, ""};
}

ClassTable read_new_classes(std::span<const ClassFile> files,
                            const std::string& names_file,
                            const ClassTable& known,
                            MissingDescriptions missing) {
  ClassTable table;
  table.spaces = known.spaces;
  table.embeddings.resize(known.spaces.size());
  std::vector<std::string> from(known.spaces.size());
  if (!names_file.empty()) table.names = read_name_list(names_file);
  for (const ClassFile& given : files) {
    const std::vector<std::size_t> spaces = spaces_of(given, known);
    const auto file = ArrayFile::open(given.path);
    const auto read = file->format() == FileFormat::kCsv ? read_csv : read_arrays;
    Described described = read(*file, known, spaces, missing);
    for (std::size_t i = 0; i < spaces.size(); ++i) {
      if (!from[spaces[i]].empty()) {
        refuse(ErrorKind::kInvalidArgument,
               given.path,
               concat("one file for space ", known.spaces[spaces[i]]),
               concat("also ", from[spaces[i]]));
      }
      from[spaces[i]] = given.path;
      table.embeddings[spaces[i]] = std::move(described.embeddings[i]);
    }
    if (described.names && names_file.empty())
      take_names(given.path, *described.names, table.names);
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!from[i].empty()) continue;
    refuse(ErrorKind::kInvalidArgument,
           "new classes",
           "a file for each space",
           "none for " + known.spaces[i]);
  }
  if (table.names.empty()) {
    refuse(ErrorKind::kFormat,
           files.front().path,
           "the classes' names in it (in CSV the first column, headed \"class\" where they are "
           "numbers), or in a file of their own",
           "none");
  }
  check_rows(files.front().path, table);
  table.seen.assign(table.names.size(), false);
  fill_new_descriptions(known, missing, table);
  return table;
}

ClassTable read_classes(const std::string& path,
                        const std::string& names_file,
                        const std::string& space) {
  constexpr bool kMayBeMissing = false;
  TableClasses read = read_table_classes(path, kMayBeMissing, &names_file);
  ClassTable table;
  table.names = std::move(read.names);
  table.seen.assign(table.names.size(), false);
  table.spaces = {space};
  table.embeddings.push_back(std::move(read.attributes));
  if (!read.attribute_names.empty()) {
    table.dimension_names.push_back(std::move(read.attribute_names));
  }
  return table;
}

}  // namespace dem
