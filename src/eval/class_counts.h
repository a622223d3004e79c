// How often the images of each class are recognised.
#pragma once

#include <optional>
#include <vector>

#include "dem/base/types.h"
#include "dem/comm/communicator.h"

namespace dem {

class ClassCounts {
 public:
  explicit ClassCounts(Index num_classes);

  // An image of class `label`, of 0 .. num_classes - 1.
  void add(ClassId label, bool is_right);
  // Adds up what the ranks counted.
  void sum(Communicator& ranks);

  [[nodiscard]] Index num_classes() const { return static_cast<Index>(counts_.size() / 2); }
  [[nodiscard]] Index images(Index class_id) const;
  [[nodiscard]] Index right(Index class_id) const;
  [[nodiscard]] std::optional<double> accuracy(Index class_id) const;  // empty without images
  // Mean over the classes that have images; NaN for none.
  [[nodiscard]] double class_accuracy() const;
  // Mean over images; NaN for none.
  [[nodiscard]] double sample_accuracy() const;

 private:
  std::vector<Index> counts_;  // images and right ones of each class in turn
};

}  // namespace dem
