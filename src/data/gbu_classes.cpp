#include "data/gbu_classes.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "data/class_rows.h"
#include "data/fill_descriptions.h"
#include "data/gbu_axes.h"
#include "data/missing_entries.h"
#include "data/missing_in_original.h"
#include "data/row_labels.h"
#include "data/space_file.h"
#include "data/word_vectors.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

int axis_of_table(const ArrayRef& array,
                  const DatasetOptions& options,
                  GbuFolder& folder,
                  Index num_classes) {
  return class_axis(array, options.description_axis, folder.look_for("att"), num_classes);
}

// How many classes numbers of labels name, where one axis of `table`, whose classes have no names,
// has as many entries and the other one fewer; else 0: classes that only have descriptions may lie
// along the longer one.
Index labelled_classes(GbuFolder& folder, const ArrayRef& table) {
  if (is_of_matlab(*table.file) || !folder.has_features()) return 0;
  const RowLabels labels = read_row_labels(folder.labels(), {}, 0, 0);
  const Index count = num_labelled_classes(labels);
  const std::vector<Index>& shape = table.info->shape;
  return shape.empty() || *std::max_element(shape.begin(), shape.end()) != count ? 0 : count;
}

// A table of the folder's, a row a class.
Matrix<float> read_table(const ArrayRef& array,
                         const DatasetOptions& options,
                         GbuFolder& folder,
                         const GbuClassCount& classes) {
  return read_descriptions(array,
                           axis_of_table(array, options, folder, classes.count),
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
    const int axis = axis_of_table(original, options, folder, classes.count);
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
  const int row_axis =
      class_axis(first, axis, folder.look_for("att"), labelled_classes(folder, first));
  const Index count = checked_extents(first, row_axis, {}, "one column per class").rows;
  const bool is_told = axis != SampleAxis::kAuto || !is_of_matlab(*first.file);
  return {count, concat("as many classes as ", first.info->name), {}, first, is_told};
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
