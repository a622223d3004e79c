// A synthetic dataset TOY of layout gbu in a folder of its own, for tests of whole fits.
#pragma once

#include "dem/data/dataset.h"
#include "dem/data/synthetic.h"
#include "support/files.h"

namespace dem::test {

class ToyFolder {
 public:
  // 20 training images a class.
  void write(Index num_seen_classes, Index attribute_dim = 30) const {
    (void)write_synthetic({.output = folder_ / "",
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = 20 * num_seen_classes,
                           .num_test_images = 80,
                           .num_test_seen_images = 40,
                           .num_seen_classes = num_seen_classes,
                           .num_unseen_classes = 4,
                           .attribute_dim = attribute_dim,
                           .feature_dim = 20,
                           .noise = 0.3});
  }
  [[nodiscard]] DatasetOptions data() const {
    DatasetOptions options;
    options.data_path = folder_ / "";
    options.name = "TOY";
    return options;
  }

 protected:
  TemporaryFolder folder_;
};

}  // namespace dem::test
