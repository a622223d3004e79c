// Layout gbu: the folders of the proposed splits of "Zero-Shot Learning - The Good, the Bad and the
// Ugly" (Xian et al., 2018), as MATLAB wrote them: an image or a class a column, numbers from 1.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "data/class_rows.h"
#include "data/feature_rows.h"
#include "data/fill_descriptions.h"
#include "data/folders.h"
#include "data/gbu_folder.h"
#include "data/gbu_split.h"
#include "data/layouts.h"
#include "data/missing_entries.h"
#include "data/missing_in_original.h"
#include "data/space_file.h"
#include "data/word_vectors.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

constexpr std::string_view kOneImagePerLabel = "one image per label";

// How many classes there are, and what says so.
struct ClassCount {
  Index count = 0;
  std::string why;
};

ClassCount count_classes(GbuFolder& folder) {
  const ArrayRef names = folder.find({"allclasses_names"});
  if (names && names.info->type == ElementType::kText) {
    return {static_cast<Index>(names.file->read_strings(*names.info).size()),
            "one class per name in allclasses_names"};
  }
  const ArrayRef first = folder.require({"att", "wv", "word_vectors"});
  const Index count = checked_extents(first, sample_axis(first), {}, "one column per class").rows;
  return {count, concat("as many classes as ", first.info->name)};
}

std::vector<std::string> read_class_names(GbuFolder& folder, Index num_classes, int index_base) {
  const ArrayRef array = folder.find({"allclasses_names"});
  if (array && array.info->type == ElementType::kText) return array.file->read_strings(*array.info);
  std::vector<std::string> names;
  for (Index c = 0; c < num_classes; ++c) names.push_back(concat("class ", c + index_base));
  return names;
}

// Entries of -1 in original_att mark missing attributes (AwA2's antelope has four); att is made
// from it and carries them on.
// Returns how many entries it made missing.
Index mark_missing(const ArrayRef& original, Matrix<float>& attributes, Dataset& dataset) {
  if (element_size(original.info->type) == 0 || original.info->shape.size() != 2) return 0;
  const Index before = missing_entries_of(attributes).not_finite;
  const Matrix<float> values = read_matrix(*original.file, *original.info, sample_axis(original));
  dataset.num_missing +=
      mark_missing_in_original(values, original.where(), dataset.missing_descriptions, attributes);
  return missing_entries_of(attributes).not_finite - before;
}

// Says in `dataset` which of the two kinds they are, and whether there are un-normalised ones.
Matrix<float> read_attributes(const DatasetOptions& options,
                              GbuFolder& folder,
                              const ClassCount& classes,
                              Dataset& dataset,
                              DescriptionSource& source) {
  const ArrayRef original = folder.find({"original_att"});
  dataset.has_original_attributes = static_cast<bool>(original);
  dataset.original_attributes = original && options.original_attributes;
  const ArrayRef array = dataset.original_attributes ? original : folder.require({"att"});
  if (!original && options.original_attributes) {
    log(LogLevel::kInfo, concat(folder.path(), ": no original_att, the normalised att is used"));
  }
  Matrix<float> attributes = read_descriptions(
      array, sample_axis(array), {classes.count, 0}, classes.why, options.missing_descriptions);
  source.where = array.where();
  if (original && !dataset.original_attributes) {
    source.marked = mark_missing(original, attributes, dataset);
  }
  return attributes;
}

Matrix<float> read_words(const DatasetOptions& options,
                         GbuFolder& folder,
                         const ClassCount& classes,
                         const WantedClasses& wanted,
                         DescriptionSource& source) {
  if (const ArrayRef own = folder.find({"wv", "word_vectors"})) {
    if (!options.word_vectors.empty()) {
      log(LogLevel::kWarning, concat(options.word_vectors, ": not read, there is ", own.where()));
    }
    source.where = own.where();
    return read_descriptions(
        own, sample_axis(own), {classes.count, 0}, classes.why, options.missing_descriptions);
  }
  if (options.word_vectors.empty()) {
    refuse_without_word_vectors(options.train_mode, options.name, folder.path());
  }
  source.where = options.word_vectors;
  folder.remember(options.word_vectors);
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
                    const ClassCount& classes,
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
  return {read_descriptions(
              own, sample_axis(own), {classes.count, 0}, classes.why, options.missing_descriptions),
          std::nullopt,
          {}};
}

void read_classes(const DatasetOptions& options, GbuFolder& folder, Dataset& dataset) {
  const ClassCount count = count_classes(folder);
  ClassTable& classes = dataset.classes;
  classes.names = read_class_names(folder, count.count, options.index_base);
  classes.seen.resize(classes.names.size());
  classes.spaces = space_names(options);
  const ArrayRef own_names = folder.find({"allclasses_names"});
  const WantedClasses wanted{
      classes.names, folder.path(), own_names && own_names.info->type == ElementType::kText};
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

// A description matrix read along the wrong axis has as many columns as there are classes; nothing
// else would tell where the classes have no names.
void check_orientation(const GbuFolder& folder, const ClassTable& classes, Index num_labelled) {
  for (std::size_t s = 0; s < classes.spaces.size(); ++s) {
    const Matrix<float>& embeddings = classes.embeddings[s];
    if (num_labelled == embeddings.rows() || num_labelled != embeddings.cols()) continue;
    throw Error(ErrorKind::kShapeMismatch,
                concat(folder.path(),
                       ": ",
                       classes.spaces[s],
                       " descriptions: expected ",
                       num_labelled,
                       " classes, as the labels have, got ",
                       embeddings.rows(),
                       " of ",
                       embeddings.cols(),
                       " dimensions: the matrix looks transposed"));
  }
}

std::vector<ClassId> read_labels(const DatasetOptions& options,
                                 GbuFolder& folder,
                                 const ClassTable& classes) {
  const ArrayRef array = folder.labels();
  const NumberList list{array.where(), read_checked_integers(array)};
  const Index highest = *std::max_element(list.values.begin(), list.values.end());
  if (!folder.find({"allclasses_names"})) {
    check_orientation(folder, classes, highest - options.index_base + 1);
  }
  const auto positions = to_positions(list, classes.size(), options.index_base, "classes");
  return {positions.begin(), positions.end()};
}

std::optional<NumberList> read_list(GbuFolder& folder,
                                    std::initializer_list<std::string_view> names) {
  const ArrayRef array = folder.find(names);
  if (!array) return std::nullopt;
  return NumberList{array.where(), array.file->read_integers(*array.info)};
}

// The classes of some rows, ascending.
std::vector<ClassId> classes_of(const Dataset& dataset, const std::vector<Index>& rows) {
  std::set<ClassId> classes;
  for (const Index row : rows) classes.insert(dataset.labels[static_cast<std::size_t>(row)]);
  return {classes.begin(), classes.end()};
}

std::optional<std::string> find_gbu_folder(const DatasetOptions& options) {
  auto folder = find_folder(options.data_path, options.name);
  if (!folder || mat_files(*folder).empty()) return std::nullopt;
  return folder;
}

std::string expect_gbu_folder(const DatasetOptions& options) {
  return concat(options.data_path, "/", options.name, "/*.mat");
}

}  // namespace

SplitLists read_split_lists(GbuFolder& folder) {
  return {.trainval = read_list(folder, {"trainval_loc"}),
          .train = read_list(folder, {"train_loc"}),
          .val = read_list(folder, {"val_loc"}),
          .test_seen = read_list(folder, {"test_seen_loc", "test_seen"}),
          .test_unseen = read_list(folder, {"test_unseen_loc", "test_unseen"})};
}

RawSplit read_raw_split(GbuFolder& folder) {
  SplitLists lists = read_split_lists(folder);
  RawSplit raw;
  raw.train = std::move(lists.train);
  raw.val = std::move(lists.val);
  if (lists.trainval) {
    raw.trainval = std::move(*lists.trainval);
  } else {
    const ArrayRef train = folder.require({"trainval_loc", "train_loc"});
    raw.trainval = {train.where(), raw.train->values};
    if (raw.val) {
      raw.trainval.values.insert(
          raw.trainval.values.end(), raw.val->values.begin(), raw.val->values.end());
    } else {
      raw.train.reset();
    }
  }
  if (raw.trainval.values.empty()) {
    throw Error(ErrorKind::kFormat,
                concat(raw.trainval.where, ": expected at least one training row, got none"));
  }
  raw.test_seen = std::move(lists.test_seen);
  const ArrayRef unseen = folder.require({"test_unseen_loc", "test_unseen"});
  raw.test_unseen = {unseen.where(), read_checked_integers(unseen)};
  return raw;
}

namespace {

void load_gbu_folder(const DatasetOptions& options,
                     const std::string& path,
                     Dataset& dataset,
                     DatasetFingerprint& fingerprint) {
  GbuFolder folder(path, options.features_file);
  read_classes(options, folder, dataset);
  dataset.labels = read_labels(options, folder, dataset.classes);
  const auto num_rows = static_cast<Index>(dataset.labels.size());
  const ArrayRef features = folder.features();
  const FeaturePart part{features, sample_axis(features), num_rows};
  const Index feature_dim =
      checked_extents(features, part.row_axis, {num_rows, 0}, kOneImagePerLabel).cols;
  const RawSplit raw = read_raw_split(folder);
  dataset.split = make_split(raw, num_rows, options.index_base);
  check_split_classes(raw, dataset.labels, dataset.classes.names, dataset.split);
  dataset.seen_classes = classes_of(dataset, dataset.split.trainval);
  dataset.unseen_classes = classes_of(dataset, dataset.split.test_unseen);
  for (const ClassId c : dataset.seen_classes) {
    dataset.classes.seen[static_cast<std::size_t>(c)] = true;
  }
  read_features(std::span(&part, 1), feature_dim, options, dataset, fingerprint);
  dataset.files = folder.read_files();
  for (const SpaceSource& space : options.more_spaces) {
    if (!space.file.empty()) dataset.files.push_back(space.file);
  }
}

}  // namespace

LayoutEntry gbu_layout() {
  return {.name = "gbu",
          .find = find_gbu_folder,
          .expectation = expect_gbu_folder,
          .load = load_gbu_folder,
          .takes_features_file = true,
          .takes_index_base = true};
}

}  // namespace dem
