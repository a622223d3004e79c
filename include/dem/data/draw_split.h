// Splits of one's own: which classes are unseen, and which images of seen ones are kept for tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dem/data/dataset.h"

namespace dem {

struct DrawOptions {
  // The unseen classes. Empty: drawn among those that have images.
  std::vector<ClassId> unseen_classes = {};
  double unseen = 0.2;  // how many are drawn: below 1 a share, rounded, else a number
  // The share of the images of seen classes that are kept for tests, at least 0 and below 1.
  double test_seen = 0.2;
  // The share of the seen classes that are held out for selection, in lists train and val; 0: no
  // such lists.
  double val = 0.0;
  // Of each seen class the same share of images; else of all of them together.
  bool stratified = true;
  // [n] or empty: images of one group (a camera, a patient, a recording) are all trained on or all
  // tested. Whole groups are then drawn, so that the share is met about.
  std::vector<std::string> groups = {};
  std::uint64_t seed = 1;
};

// Draws a split of images with these labels (classes of 0 .. num_classes - 1; -1 for images of no
// class, which are in no part). Every other image is in one part: of an unseen class in
// test_unseen, else in trainval or test_seen; every seen class keeps one to learn from, so that a
// class with one image has none to test. Images in groups of unseen classes are tested all the
// same, whatever group they are in. The same for a seed on every machine. Throws
// Error{kInvalidArgument} naming the option for shares that cannot be met: at least two seen
// classes and one unseen class with images stay.
//
//   Split split = draw_split(dataset.labels, dataset.classes.size(), {.unseen = 0.2, .seed = 3});
[[nodiscard]] Split draw_split(std::span<const ClassId> labels,
                               Index num_classes,
                               const DrawOptions& options);

}  // namespace dem
