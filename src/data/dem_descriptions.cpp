#include "data/dem_descriptions.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "base/text.h"
#include "data/class_rows.h"
#include "data/distinct_rows.h"
#include "data/fill_descriptions.h"
#include "data/word_vectors.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "linalg/picked_rows.h"

namespace dem {
namespace {

bool has_own_words(const DatasetOptions& options, const DemFolder& folder) {
  const char* words = folder.files().train_words;
  return words != nullptr && (options.word_vectors.empty() || folder.has(words));
}

SpaceRows read_space(DemFolder& folder,
                     const DemCounts& counts,
                     const char* name,
                     const char* train_stem,
                     const char* test_stem,
                     MissingDescriptions missing) {
  const DemFiles& files = folder.files();
  const auto num_test_classes = static_cast<Index>(counts.test_class_ids.size());
  Matrix<float> test = read_descriptions(folder.open(test_stem),
                                         0,
                                         {num_test_classes, 0},
                                         concat("one row per number of ", files.test_class_ids),
                                         missing);
  Matrix<float> train =
      read_descriptions(folder.open(train_stem),
                        0,
                        {counts.num_train, test.cols()},
                        concat("rows as in ", files.train_features, ", columns as in ", test_stem),
                        missing);
  return {name, std::move(train), std::move(test)};
}

SpaceRows read_attributes(DemFolder& folder, const DemCounts& counts, MissingDescriptions missing) {
  const DemFiles& files = folder.files();
  return read_space(
      folder, counts, "attribute", files.train_attributes, files.test_attributes, missing);
}

// Rows 0 .. num_train - 1 are the training images', the rest the test classes'.
SpaceRows split_image_rows(const std::string& space,
                           MatrixView<const float> words,
                           const DemCounts& counts) {
  std::vector<Index> train(static_cast<std::size_t>(counts.num_train));
  std::vector<Index> test(counts.test_class_ids.size());
  std::iota(train.begin(), train.end(), Index{0});
  std::iota(test.begin(), test.end(), counts.num_train);
  return {space, picked_rows<float, Index>(words, train), picked_rows<float, Index>(words, test)};
}

// Class numbers 1 .. num_classes that are not test classes, ascending, as rows.
std::vector<Index> training_class_rows(const ArrayRef& array,
                                       Index num_classes,
                                       const DemCounts& counts) {
  std::vector<bool> is_test(static_cast<std::size_t>(num_classes));
  for (const std::int64_t id : counts.test_class_ids) {
    if (id < 1 || id > num_classes) {
      throw Error(ErrorKind::kFormat,
                  concat(array.where(),
                         ": has one row per class number 1 .. ",
                         num_classes,
                         ": expected test classes among them, got ",
                         id));
    }
    is_test[static_cast<std::size_t>(id - 1)] = true;
  }
  std::vector<Index> rows;
  for (Index c = 0; c < num_classes; ++c) {
    if (!is_test[static_cast<std::size_t>(c)]) rows.push_back(c);
  }
  return rows;
}

// Rows by class number. Images carry no number in training, so the i-th distinct description is
// taken for the i-th number that is not a test class.
SpaceRows split_class_rows(const std::string& space,
                           const ArrayRef& array,
                           MatrixView<const float> words,
                           const DemCounts& counts,
                           const DistinctRows& descriptions) {
  const std::vector<Index> class_rows = training_class_rows(array, words.rows(), counts);
  std::vector<Index> train;
  for (const Index group : descriptions.group_of) {
    train.push_back(class_rows[static_cast<std::size_t>(group)]);
  }
  std::vector<Index> test;
  for (const std::int64_t id : counts.test_class_ids) test.push_back(id - 1);
  return {space, picked_rows<float, Index>(words, train), picked_rows<float, Index>(words, test)};
}

// Classes have numbers alone here, so names beside the rows are compared with nothing.
void warn_of_names(const ArrayRef& array) {
  const Index rows = array.info->shape.empty() ? 0 : array.info->shape[0];
  const auto names = names_beside(*array.file, rows);
  if (!names) return;
  for (std::size_t i = 0; i < names->size(); ++i) {
    if ((*names)[i] == std::to_string(i + 1)) continue;
    log(LogLevel::kWarning,
        concat(array.file->path(),
               ": has names, but classes of layout dem have none: rows are taken in their order"));
    return;
  }
}

// A space that a file of its own has.
SpaceRows read_given(DemFolder& folder,
                     const DatasetOptions& options,
                     const SpaceSource& space,
                     const DemCounts& counts,
                     const SpaceRows& attributes) {
  if (space.file.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("semantic space ",
                       space.name,
                       ": expected a file with it, since layout dem has no such space, got none"));
  }
  const ArrayRef array = folder.open_single(space.file);
  warn_of_names(array);
  const Index rows = array.info->shape.empty() ? 0 : array.info->shape[0];
  const auto num_test_classes = static_cast<Index>(counts.test_class_ids.size());
  if (rows == counts.num_train + num_test_classes) {
    const Matrix<float> words =
        read_descriptions(array, 0, {rows, 0}, "a row an image", options.missing_descriptions);
    return split_image_rows(space.name, words, counts);
  }
  const MatrixView<const float> views[] = {attributes.train};
  const DistinctRows descriptions = find_distinct_rows(views);
  const Index num_classes = descriptions.size() + num_test_classes;
  const Matrix<float> words = read_descriptions(
      array,
      0,
      {num_classes, 0},
      concat("one row per class, or ", counts.num_train, " + ", num_test_classes, " rows"),
      options.missing_descriptions);
  return split_class_rows(space.name, array, words, counts, descriptions);
}

}  // namespace

void check_word_vectors(const DatasetOptions& options, const DemFolder& folder) {
  if (options.train_mode == TrainMode::kAttribute) return;
  const DemFiles& files = folder.files();
  if (files.train_words == nullptr && options.word_vectors.empty()) {
    refuse_without_word_vectors(options.train_mode, files.dataset, folder.path());
  }
  if (!options.word_vectors.empty() && has_own_words(options, folder)) {
    log(LogLevel::kWarning,
        concat(options.word_vectors, ": not read, ", folder.path(), " has word vectors"));
  }
}

std::vector<SpaceRows> read_spaces(const DatasetOptions& options,
                                   DemFolder& folder,
                                   const DemCounts& counts) {
  std::vector<SpaceRows> spaces;
  const bool takes_words = options.train_mode != TrainMode::kAttribute;
  const bool takes_attributes = options.train_mode != TrainMode::kWord;
  const bool own_words = has_own_words(options, folder);
  // What is given by class number needs the attributes to tell the training classes apart.
  SpaceRows attributes;
  if (takes_attributes || !own_words || !options.more_spaces.empty()) {
    attributes = read_attributes(folder, counts, options.missing_descriptions);
  }
  const auto add_given = [&](const SpaceSource& space) {
    spaces.push_back(read_given(folder, options, space, counts, attributes));
  };
  if (takes_words && own_words) {
    const DemFiles& files = folder.files();
    spaces.push_back(read_space(
        folder, counts, "word", files.train_words, files.test_words, options.missing_descriptions));
  } else if (takes_words) {
    add_given({"word", options.word_vectors});
  }
  const auto attributes_at = static_cast<std::ptrdiff_t>(spaces.size());
  for (const SpaceSource& space : options.more_spaces) add_given(space);
  if (takes_attributes) spaces.insert(spaces.begin() + attributes_at, std::move(attributes));
  return spaces;
}

}  // namespace dem
