// Writes the synthetic datasets that check_synthetic.py looks at: write_synthetic_sets OUTPUT.
// Numbers of classes are the real ones, images are fewer.
#include <cstdio>

#include "dem/base/error.h"
#include "dem/data/synthetic.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    dem::SyntheticOptions options;
    options.output = argv[1];
    options.num_train_images = 2000;
    options.num_test_images = 1000;
    dem::write_synthetic(options);
    options.name = "CUB";
    options.num_train_images = 3000;
    dem::write_synthetic(options);
    options.layout = "gbu";
    options.name = "TOY";
    options.attribute_dim = 30;
    dem::write_synthetic(options);
  } catch (const dem::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
