// Layout dem. Samples lie along axis 0, as scipy and h5py show the files. Training descriptions
// have a row an image and there are no training labels: images with equal descriptions are one
// class. Test descriptions have a row a class, in the order of testclasses_id.
#include <algorithm>
#include <map>
#include <numeric>

#include "base/text.h"
#include "data/dem_descriptions.h"
#include "data/dem_folder.h"
#include "data/distinct_rows.h"
#include "data/feature_rows.h"
#include "data/fill_descriptions.h"
#include "data/folders.h"
#include "data/layouts.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

template <typename T>
std::vector<T> counting(Index first, Index count) {
  std::vector<T> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), static_cast<T>(first));
  return values;
}

struct Images {
  Index num_train = 0;
  Index feature_dim = 0;
  std::vector<FeaturePart> parts;          // training rows, then test rows
  std::vector<std::int64_t> test_numbers;  // class number of each test row
  std::string labels_where;
};

// All about the images but their features.
Images find_images(DemFolder& folder) {
  const DemFiles& files = folder.files();
  const ArrayRef labels = folder.open(files.test_labels);
  Images images{0, 0, {}, read_checked_integers(labels), labels.where()};
  const auto num_test = static_cast<Index>(images.test_numbers.size());
  const ArrayRef test = folder.open(files.test_features);
  images.feature_dim =
      checked_extents(test, 0, {num_test, 0}, concat("one row per number of ", files.test_labels))
          .cols;
  const ArrayRef train = folder.open(files.train_features);
  images.num_train =
      checked_extents(
          train, 0, {0, images.feature_dim}, concat("columns as in ", files.test_features))
          .rows;
  images.parts = {{train, 0, images.num_train}, {test, 0, num_test}};
  return images;
}

// Position of each class number in testclasses_id.
using IdPositions = std::map<std::int64_t, Index>;

IdPositions id_positions(const ArrayRef& array, const std::vector<std::int64_t>& ids) {
  IdPositions positions;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto [entry, added] = positions.emplace(ids[i], static_cast<Index>(i));
    if (added) continue;
    throw Error(ErrorKind::kFormat,
                concat(array.where(),
                       ": expected distinct class numbers, got ",
                       ids[i],
                       " at positions ",
                       entry->second,
                       " and ",
                       i,
                       " (counted from 0)"));
  }
  return positions;
}

std::vector<ClassId> make_labels(const Images& images,
                                 const DistinctRows& descriptions,
                                 const IdPositions& ids) {
  std::vector<ClassId> labels;
  labels.reserve(descriptions.group_of.size() + images.test_numbers.size());
  for (const Index group : descriptions.group_of) labels.push_back(static_cast<ClassId>(group));
  for (std::size_t i = 0; i < images.test_numbers.size(); ++i) {
    const auto found = ids.find(images.test_numbers[i]);
    if (found == ids.end()) {
      std::vector<std::int64_t> known;
      for (const auto& [number, position] : ids) known.push_back(number);
      throw Error(ErrorKind::kFormat,
                  concat(images.labels_where,
                         ": expected class numbers of testclasses_id (",
                         join(known, " "),
                         "), got ",
                         images.test_numbers[i],
                         " at position ",
                         i,
                         " (counted from 0)"));
    }
    labels.push_back(static_cast<ClassId>(descriptions.size() + found->second));
  }
  return labels;
}

// A row a class: the distinct training descriptions, then the test classes'.
Matrix<float> class_rows(const SpaceRows& space, const DistinctRows& descriptions) {
  const Index num_seen = descriptions.size();
  Matrix<float> out = Matrix<float>::uninitialised(num_seen + space.test.rows(), space.test.cols());
  for (Index c = 0; c < out.rows(); ++c) {
    const auto row = c < num_seen ? space.train.row(descriptions.first[static_cast<std::size_t>(c)])
                                  : space.test.row(c - num_seen);
    std::copy(row.begin(), row.end(), out.row(c).begin());
  }
  return out;
}

ClassTable make_class_table(const std::vector<SpaceRows>& spaces,
                            const DistinctRows& descriptions,
                            const std::vector<std::int64_t>& ids) {
  ClassTable classes;
  for (Index c = 0; c < descriptions.size(); ++c) {
    classes.names.push_back(concat("train-", c + 1));
    classes.seen.push_back(true);
  }
  for (const std::int64_t id : ids) {
    classes.names.push_back(std::to_string(id));
    classes.seen.push_back(false);
  }
  for (const SpaceRows& space : spaces) {
    classes.spaces.push_back(space.name);
    classes.embeddings.push_back(class_rows(space, descriptions));
  }
  return classes;
}

DistinctRows distinct_descriptions(const std::vector<SpaceRows>& spaces) {
  std::vector<MatrixView<const float>> views;
  for (const SpaceRows& space : spaces) views.push_back(space.train);
  return find_distinct_rows(views);
}

struct TestClasses {
  const std::vector<std::int64_t>& ids;
  const IdPositions& positions;
};

// Class table, class lists and labels. The descriptions of all training images are in memory here
// alone.
void read_classes(const DatasetOptions& options,
                  DemFolder& folder,
                  const Images& images,
                  const TestClasses& test,
                  Dataset& dataset) {
  const std::vector<SpaceRows> spaces = read_spaces(options, folder, {images.num_train, test.ids});
  const DistinctRows descriptions = distinct_descriptions(spaces);
  const auto num_unseen = static_cast<Index>(test.ids.size());
  dataset.labels = make_labels(images, descriptions, test.positions);
  dataset.classes = make_class_table(spaces, descriptions, test.ids);
  const std::vector<DescriptionSource> sources(spaces.size(), DescriptionSource{folder.path()});
  fill_descriptions(dataset, sources);
  dataset.seen_classes = counting<ClassId>(0, descriptions.size());
  dataset.unseen_classes = counting<ClassId>(descriptions.size(), num_unseen);
}

std::optional<std::string> find_dem_folder(const DatasetOptions& options) {
  const DemFiles* files = find_dem_files(options.name);
  if (files == nullptr) return std::nullopt;
  return find_folder(options.data_path, files->folder);
}

std::string expect_dem_folder(const DatasetOptions& options) {
  const DemFiles* files = find_dem_files(options.name);
  if (files == nullptr) return "AwA_data/ or CUB_data/, for dataset AwA or CUB";
  return concat(options.data_path, "/", files->folder, "/");
}

void load_dem_folder(const DatasetOptions& options,
                     const std::string& path,
                     Dataset& dataset,
                     DatasetFingerprint& fingerprint) {
  DemFolder folder(*find_dem_files(options.name), path);
  check_word_vectors(options, folder);
  const ArrayRef id_array = folder.open(folder.files().test_class_ids);
  const std::vector<std::int64_t> ids = read_checked_integers(id_array);
  const IdPositions positions = id_positions(id_array, ids);
  const Images images = find_images(folder);
  dataset.name = folder.files().dataset;
  read_classes(options, folder, images, {ids, positions}, dataset);
  const auto num_test = static_cast<Index>(images.test_numbers.size());
  dataset.split.trainval = counting<Index>(0, images.num_train);
  dataset.split.test_unseen = counting<Index>(images.num_train, num_test);
  read_features(images.parts, images.feature_dim, options, dataset, fingerprint);
  dataset.files = folder.read_files();
}

}  // namespace

LayoutEntry dem_layout() {
  return {.name = "dem",
          .find = find_dem_folder,
          .expectation = expect_dem_folder,
          .load = load_dem_folder};
}

}  // namespace dem
