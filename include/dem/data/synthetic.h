// Synthetic datasets in any layout that dem reads.
//
// Generative model. Descriptions and images are views of the same latent traits, each with an error
// of its own; e, e' are fresh standard normal draws, all from one seed:
//   trait_c      ~ N(0, I_t)                                  latent traits of class c
//   attribute_c  = 100 sigmoid(1.5 A (trait_c + 0.3 e) / sqrt(t) + b),  b_j ~ N(-2, 1.2^2)
//   word_c       = B (trait_c + 0.3 e), scaled to unit length
//   appearance_c = trait_c + 0.3 e
//   f(z)         = W tanh(D z / sqrt(t)) + offset             a random two-layer map, 64 hidden
//   image        = max(0, f(appearance_c + noise e) + noise spread e'), spread: sd of all f(z_c)
// so descriptions determine class centres through a smooth map that is learnable from few classes,
// images of a class differ along the traits as well as in every feature, and the best possible
// recogniser makes mistakes. t = num_traits; A, B, D ~ N(0, 1), W ~ N(0, 1 / 64), offset ~
// N(0, 0.3^2) entry by entry. Class sizes differ by up to a factor of about three.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

struct SyntheticOptions {
  std::string output = "";         // folder to create files in; made where absent
  std::string layout = "dem";      // "dem" or "gbu"
  std::string name = "AwA";        // "AwA" or "CUB" for layout dem, any for gbu (sizes as AwA)
  Index num_train_images = 0;      // 0: the real size of `name` (AwA 24,295, CUB 8,855)
  Index num_test_images = 0;       // images of unseen classes; 0: AwA 6,180, CUB 2,933
  Index num_test_seen_images = 0;  // layout gbu only; 0: a fifth of num_train_images
  Index num_seen_classes = 0;      // 0: AwA 40, CUB 150
  Index num_unseen_classes = 0;    // 0: AwA 10, CUB 50
  Index attribute_dim = 0;         // 0: AwA 85, CUB 312
  Index word_dim = 1000;           // layout dem: AwA only
  Index feature_dim = 1024;
  Index num_traits = 16;
  double noise = 1.0;  // 0: every image is its class centre
  std::uint64_t seed = 1000;

  // Throws Error{kInvalidArgument} naming the field.
  void validate() const;
};

// Writes the dataset, each file under a temporary name and then renamed. Returns the files' paths.
// Layout dem: the files of AwA_data/ or CUB_data/ (Z_s_con as v7.3, the others as v5). Layout gbu:
// NAME/res101.mat and NAME/att_splits.mat with att (unit columns), original_att, allclasses_names
// and all *_loc lists; train and val share no class. Numbers are stored as float64. The same
// options give the same bytes, whatever the number of threads. Throws Error{kInvalidArgument} or
// Error{kIo}.
std::vector<std::string> write_synthetic(const SyntheticOptions& options);

}  // namespace dem
