// Two toy datasets in layout dem, small enough to work out by hand.
//
// CUB: 3 feature dimensions, 5 training images with descriptions a b a c b (a = 10 20, b = 30 40,
// c = 50 60), so training classes train-1 = a (images 0, 2), train-2 = b (1, 4), train-3 = c (3).
// Test classes 4 and 2 in this order (class rows 3 and 4), 4 test images with labels 2 4 4 2.
//
// AwA: 2 feature dimensions, 4 training images with attributes p p q p and words u v u u: two
// distinct attributes, two distinct words, three distinct pairs. Test classes 9 and 5.
#pragma once

#include "test_files.h"

namespace dem::test {

inline void write_toy_cub(const std::string& data_path) {
  const auto put = [&](const Variable& v) { write_mat4(data_path, "CUB_data", v); };
  put(matrix(
      "train_cub_googlenet_bn", 5, 3, {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42}));
  put(matrix("test_cub_googlenet_bn", 4, 3, {50, 51, 52, 60, 61, 62, 70, 71, 72, 80, 81, 82}));
  put(matrix("train_attr", 5, 2, {10, 20, 30, 40, 10, 20, 50, 60, 30, 40}));
  put(matrix("test_proto", 2, 2, {1, 2, 3, 4}));
  put(column("test_labels_cub", {2, 4, 4, 2}));
  put(matrix("testclasses_id", 1, 2, {4, 2}));
}

inline void write_toy_awa(const std::string& data_path) {
  const auto put = [&](const char* folder, const Variable& v) { write_mat4(data_path, folder, v); };
  put("AwA_data", matrix("train_googlenet_bn", 4, 2, {0, 1, 10, 11, 20, 21, 30, 31}));
  put("AwA_data", matrix("test_googlenet_bn", 3, 2, {40, 41, 50, 51, 60, 61}));
  put("AwA_data", column("test_labels", {5, 9, 5}));
  put("AwA_data", column("testclasses_id", {9, 5}));
  put("AwA_data/attribute", matrix("Z_s_con", 4, 2, {1, 2, 1, 2, 3, 4, 1, 2}));
  put("AwA_data/attribute", matrix("pca_te_con_10x85", 2, 2, {5, 6, 7, 8}));
  put("AwA_data/wordvector",
      matrix("train_word", 4, 3, {.1, .2, .3, .4, .5, .6, .1, .2, .3, .1, .2, .3}));
  put("AwA_data/wordvector", matrix("test_vectors", 2, 3, {.7, .8, .9, 1, 1.1, 1.2}));
}

}  // namespace dem::test
