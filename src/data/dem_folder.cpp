#include "data/dem_folder.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "base/text.h"
#include "data/folders.h"

namespace dem {
namespace {

constexpr DemFiles kDatasets[] = {
    {.dataset = "AwA",
     .folder = "AwA_data",
     .train_features = "train_googlenet_bn",
     .test_features = "test_googlenet_bn",
     .test_labels = "test_labels",
     .test_class_ids = "testclasses_id",
     .train_attributes = "attribute/Z_s_con",
     .test_attributes = "attribute/pca_te_con_10x85",
     .train_words = "wordvector/train_word",
     .test_words = "wordvector/test_vectors"},
    {.dataset = "CUB",
     .folder = "CUB_data",
     .train_features = "train_cub_googlenet_bn",
     .test_features = "test_cub_googlenet_bn",
     .test_labels = "test_labels_cub",
     .test_class_ids = "testclasses_id",
     .train_attributes = "train_attr",
     .test_attributes = "test_proto",
     .train_words = nullptr,
     .test_words = nullptr},
};

}  // namespace

const DemFiles* find_dem_files(std::string_view dataset) {
  const auto found = std::find_if(std::begin(kDatasets), std::end(kDatasets), [&](const auto& d) {
    return equal_ignoring_case(d.dataset, dataset);
  });
  return found == std::end(kDatasets) ? nullptr : found;
}

bool DemFolder::has(const char* stem) const {
  return file_exists(concat(path_, "/", stem, ".mat"));
}

ArrayRef DemFolder::open(const char* stem) {
  open_files_.push_back(ArrayFile::open(concat(path_, "/", stem, ".mat")));
  ArrayFile& file = *open_files_.back();
  const ArrayRef array{&file, &file.require(std::filesystem::path(stem).filename().string())};
  remember_file(read_files_, array);
  return array;
}

ArrayRef DemFolder::open_single(const std::string& path) {
  open_files_.push_back(ArrayFile::open(path));
  const ArrayRef array = only_array(*open_files_.back());
  remember_file(read_files_, array);
  return array;
}

}  // namespace dem
