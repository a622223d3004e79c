// Synthetic datasets in any layout that dem reads.
//
// Generative model, all draws from one seed:
//   trait_c     ~ N(0, I_t)                       latent traits of class c, t = num_traits
//   attribute_c = 100 * sigmoid(A trait_c / sqrt(t)), word_c = unit-norm (B trait_c)
//   centre_c    = relu(C tanh(D trait_c / sqrt(t)) + offset)   a random two-layer map
//   image       = max(0, centre_c + noise * spread * N(0, I))  spread: sd of the centres' entries
// so descriptions determine class centres through a smooth map that is learnable from few classes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

struct SyntheticOptions {
  std::string output;              // folder to create files in; made where absent
  std::string layout = "dem";      // "dem" or "gbu"
  std::string name = "AwA";        // "AwA" or "CUB" for layout dem, any for gbu
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
// Throws Error{kInvalidArgument} or Error{kIo}.
std::vector<std::string> write_synthetic(const SyntheticOptions& options);

}  // namespace dem
