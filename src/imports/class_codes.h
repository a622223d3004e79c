// Columns of a data frame that say the class in numbers.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// Finds columns of whole numbers that are the same for all samples of a class and differ between
// any two classes, as class numbers do and features do not. Holds a row a class.
class ClassCodes {
 public:
  // Of so many columns of features.
  explicit ClassCodes(Index columns);

  void add(const std::string& label, std::span<const float> row);
  // Such columns, once all samples were added; none where classes have fewer than two on average,
  // since then nothing can be said.
  [[nodiscard]] std::vector<Index> found() const;

 private:
  std::vector<Index> candidates_;
  std::unordered_map<std::string, std::vector<float>> rows_;  // the first one of each class
  std::size_t samples_ = 0;
};

}  // namespace dem
