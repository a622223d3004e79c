#include "data/gbu_classes.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "data/class_rows.h"
#include "data/fill_descriptions.h"
#include "data/missing_entries.h"
#include "data/missing_in_original.h"
#include "data/space_file.h"
#include "data/split_file_table.h"
#include "data/word_vectors.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

// Whether all rows of a table have length 1.
bool has_unit_rows(const Matrix<float>& table) {
  constexpr double kTolerance = 1e-3;
  for (Index i = 0; i < table.rows(); ++i) {
    if (!(std::fabs(std::sqrt(squared_norm(table.row(i))) - 1.0) < kTolerance)) return false;
  }
  return true;
}

bool is_square(const ArrayRef& table) {
  const std::vector<Index>& shape = table.info->shape;
  return element_size(table.info->type) > 0 && shape.size() == 2 && shape[0] == shape[1] &&
         shape[0] > 1;
}

// The axis along which rows of a square table have length 1; none where both or neither do.
std::optional<int> unit_axis(const ArrayRef& table) {
  static_cast<void>(checked_extents(table, 0, {}, "a class a row"));
  const bool along_first = has_unit_rows(read_matrix(*table.file, *table.info, 0));
  const bool along_second = has_unit_rows(read_matrix(*table.file, *table.info, 1));
  if (along_first == along_second) return std::nullopt;
  return along_first ? 0 : 1;
}

std::optional<int> told_axis(const ArrayRef& table, const ArrayRef& att) {
  if (const auto axis = unit_axis(table)) return axis;
  if (!att || !is_square(att)) return std::nullopt;
  return unit_axis(att);
}

// A table of the folder's, a row a class.
Matrix<float> read_table(const ArrayRef& array,
                         const DatasetOptions& options,
                         GbuFolder& folder,
                         const GbuClassCount& classes) {
  return read_descriptions(array,
                           class_axis(array, options.description_axis, folder.look_for("att")),
                           {classes.count, 0},
                           classes.why,
                           options.missing_descriptions);
}

// Entries of -1 in original_att mark missing attributes (AwA2's antelope has four); att is made
// from it and carries them on.
// Returns how many entries it made missing.
Index mark_missing(const ArrayRef& original,
                   int row_axis,
                   Matrix<float>& attributes,
                   Dataset& dataset) {
  if (element_size(original.info->type) == 0 || original.info->shape.size() != 2) return 0;
  const Index before = missing_entries_of(attributes).not_finite;
  const Matrix<float> values = read_matrix(*original.file, *original.info, row_axis);
  dataset.num_missing +=
      mark_missing_in_original(values, original.where(), dataset.missing_descriptions, attributes);
  return missing_entries_of(attributes).not_finite - before;
}

// Says in `dataset` which of the two kinds they are, and whether there are un-normalised ones.
Matrix<float> read_attributes(const DatasetOptions& options,
                              GbuFolder& folder,
                              const GbuClassCount& classes,
                              Dataset& dataset,
                              DescriptionSource& source) {
  const ArrayRef original = folder.find({"original_att"});
  dataset.has_original_attributes = static_cast<bool>(original);
  dataset.original_attributes = original && options.original_attributes;
  const ArrayRef array = dataset.original_attributes ? original : folder.require({"att"});
  if (!original && options.original_attributes) {
    log(LogLevel::kInfo, concat(folder.path(), ": no original_att, the normalised att is used"));
  } else if (original) {
    log(LogLevel::kInfo,
        concat(folder.path(),
               ": attributes are ",
               options.original_attributes ? "original_att; att is there, too"
                                           : "att; original_att is there, too"));
  }
  Matrix<float> attributes = read_table(array, options, folder, classes);
  source.where = array.where();
  if (original && !dataset.original_attributes) {
    const int axis = class_axis(original, options.description_axis, folder.look_for("att"));
    source.marked = mark_missing(original, axis, attributes, dataset);
  }
  return attributes;
}

Matrix<float> read_words(const DatasetOptions& options,
                         GbuFolder& folder,
                         const GbuClassCount& classes,
                         const WantedClasses& wanted,
                         DescriptionSource& source) {
  if (const ArrayRef own = folder.find({"wv", "word_vectors"})) {
    if (!options.word_vectors.empty()) {
      log(LogLevel::kWarning, concat(options.word_vectors, ": not read, there is ", own.where()));
    }
    source.where = own.where();
    return read_table(own, options, folder, classes);
  }
  if (options.word_vectors.empty()) {
    refuse_without_word_vectors(options.train_mode, options.name, folder.path());
  }
  if (auto table = read_split_file_table(
          options.word_vectors, wanted.names, wanted.whose, options.missing_descriptions)) {
    source.where = table->where;
    folder.remember_read(options.word_vectors);
    return std::move(table->rows);
  }
  source.where = options.word_vectors;
  folder.remember_read(options.word_vectors);
  return read_rows_of_classes(options.word_vectors, wanted, options.missing_descriptions).values;
}

// What the attributes mean, where the data say so.
std::vector<std::string> read_attribute_names(GbuFolder& folder, Index attribute_dim) {
  const ArrayRef array = folder.find({"attribute_names"});
  if (!array || array.info->type != ElementType::kText) return {};
  std::vector<std::string> names = array.file->read_strings(*array.info);
  if (static_cast<Index>(names.size()) == attribute_dim) return names;
  throw Error(ErrorKind::kShapeMismatch,
              concat(array.where(),
                     ": expected ",
                     attribute_dim,
                     " names, a name an attribute, got ",
                     names.size()));
}

// A further space: a file, or the folder's array of its name.
ClassRows read_more(const DatasetOptions& options,
                    const SpaceSource& space,
                    GbuFolder& folder,
                    const GbuClassCount& classes,
                    const WantedClasses& wanted,
                    DescriptionSource& source) {
  source.where = space.file;
  if (!space.file.empty()) {
    return read_rows_of_classes(space.file, wanted, options.missing_descriptions);
  }
  const ArrayRef own = folder.find({space.name});
  if (!own) {
    throw Error(ErrorKind::kFormat,
                concat(folder.path(),
                       ": semantic space ",
                       space.name,
                       ": expected an array of that name beside the attributes, or a file of its "
                       "own, got neither"));
  }
  source.where = own.where();
  return {read_table(own, options, folder, classes), std::nullopt, {}};
}

}  // namespace

int class_axis(const ArrayRef& table, SampleAxis asked, const ArrayRef& att) {
  if (asked != SampleAxis::kAuto) return asked == SampleAxis::kRows ? 0 : 1;
  if (!is_square(table)) return sample_axis(table);
  if (const auto axis = told_axis(table, att)) return *axis;
  throw Error(ErrorKind::kShapeMismatch,
              concat(table.where(),
                     ": expected to be told whether classes are rows or columns of a square table "
                     "without rows of length 1 (descriptions in rows or descriptions in columns), "
                     "got ",
                     to_string(*table.info)));
}

GbuClassCount count_gbu_classes(GbuFolder& folder, SampleAxis axis) {
  if (const ArrayRef array = folder.find({"allclasses_names"})) {
    if (array.info->type != ElementType::kText) {
      throw Error(ErrorKind::kFormat,
                  concat(array.where(),
                         ": expected text, a cell array of character vectors or a character "
                         "matrix, got ",
                         to_string(*array.info)));
    }
    std::vector<std::string> names = array.file->read_strings(*array.info);
    const auto count = static_cast<Index>(names.size());
    return {count, "one class per name in allclasses_names", std::move(names)};
  }
  const ArrayRef first = folder.require({"att", "wv", "word_vectors"});
  const Index count =
      checked_extents(
          first, class_axis(first, axis, folder.look_for("att")), {}, "one column per class")
          .rows;
  return {count, concat("as many classes as ", first.info->name), {}, first};
}

void read_gbu_classes(const DatasetOptions& options,
                      GbuFolder& folder,
                      const GbuClassCount& count,
                      int index_base,
                      Dataset& dataset) {
  ClassTable& classes = dataset.classes;
  classes.names = count.names;
  for (Index c = 0; count.names.empty() && c < count.count; ++c) {
    classes.names.push_back(concat("class ", c + index_base));
  }
  classes.seen.resize(classes.names.size());
  classes.spaces = space_names(options);
  const WantedClasses wanted{classes.names, folder.path(), !count.names.empty()};
  std::vector<DescriptionSource> sources;
  for (const std::string& space : input_spaces(options.train_mode)) {
    DescriptionSource& source = sources.emplace_back();
    classes.embeddings.push_back(space == "word"
                                     ? read_words(options, folder, count, wanted, source)
                                     : read_attributes(options, folder, count, dataset, source));
    classes.dimension_names.emplace_back();
    if (space == "attribute") {
      classes.dimension_names.back() =
          read_attribute_names(folder, classes.embeddings.back().cols());
    }
  }
  for (const SpaceSource& space : options.more_spaces) {
    ClassRows read = read_more(options, space, folder, count, wanted, sources.emplace_back());
    classes.embeddings.push_back(std::move(read.values));
    classes.dimension_names.push_back(std::move(read.dimension_names));
  }
  const bool named = std::any_of(classes.dimension_names.begin(),
                                 classes.dimension_names.end(),
                                 [](const auto& names) { return !names.empty(); });
  if (!named) classes.dimension_names.clear();
  fill_descriptions(dataset, sources);
}

}  // namespace dem
