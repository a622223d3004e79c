// Held-out classes and held-out images: what a recipe needs to choose by scores of both kinds.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "dem/learn/class_statistics.h"

namespace dem {

// Single images to learn from: rows of features, and the class of each.
struct TrainingImages {
  MatrixView<const float> features;  // [any, feature_dim], through LearningData::base
  std::vector<Index> rows;           // [n], of features
  std::vector<ClassId> labels;       // [n]
};

// Some seen classes held out, and about a fifth of the images of the others spared. Never of test
// images.
struct ScoredFold {
  struct Rows {
    Matrix<float> features;       // [n, feature_dim], through LearningData::base
    std::vector<ClassId> labels;  // [n]
  };
  // Of the images learned from, with second moments: those of classes that are not held out, less
  // the spared ones. A class that is held out has count 0, every other one with images some.
  ClassStatistics statistics;
  std::vector<ClassId> held_out;  // ascending, with images; at least one
  Rows unseen;                    // images of held-out classes, 1 to 3,000
  Rows seen;  // spared images of the other classes, 0 (where a class has one image, say) to 3,000
  // The images that `statistics` are of. None where there are statistics alone, or where several
  // ranks hold the images. The features are kept as long as the LearningData.
  TrainingImages images = {};
};

// What a recipe comes to on scored folds: it learns anew from each and scores the images held out,
// those of seen classes too.
struct FoldGamma {
  double gamma = 0.0;              // of the best mean H, or that which the recipe gives
  std::optional<double> harmonic;  // that H; nothing where no image of a seen class was spared
  double t1 = 0.0;                 // mean accuracy on held-out classes among these
  std::size_t num_folds = 0;       // that a model came out of
  // The same of each of these folds, H at `gamma`.
  std::vector<double> harmonics = {};  // none without images of seen classes
  std::vector<double> t1s = {};
};

}  // namespace dem
