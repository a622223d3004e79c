// The variables of tests as named arrays of other files than MATLAB's.
#pragma once

#include <span>
#include <vector>

#include "dem/io/raw_tensor.h"
#include "test_files.h"

namespace dem::test {

// As Python sees them, columns as vectors; no text. The variables must outlive the tensors.
inline std::vector<RawTensor> tensors_of(const std::vector<Variable>& variables) {
  std::vector<RawTensor> tensors;
  for (const Variable& v : variables) {
    EXPECT_FALSE(v.text) << v.name;
    std::vector<Index> shape = {v.rows, v.cols};
    if (v.cols == 1) shape.pop_back();
    tensors.push_back({v.name, ElementType::kFloat64, shape, std::as_bytes(std::span(v.values))});
  }
  return tensors;
}

}  // namespace dem::test
