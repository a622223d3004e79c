// Writing MATLAB files: v5, and v7.3 for one matrix.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

// One variable to write. Views and strings must live until the file is written.
struct MatVariable {
  // Numbers, or a cell array of strings [n, 1].
  using Values = std::variant<MatrixView<const float>,
                              MatrixView<const double>,
                              MatrixView<const std::int32_t>,
                              MatrixView<const std::int64_t>,
                              std::span<const std::string>>;

  std::string name;  // as MATLAB allows: a letter, then up to 62 letters, digits and underscores
  Values values;
  // Of numbers: the class in the file, kBool to kUint64, kFloat32 or kFloat64. Values that an
  // integer class cannot hold are refused.
  ElementType stored = ElementType::kFloat64;
  // Of numbers: MATLAB and scipy see [rows, cols] of the view, or, where this is set, [cols, rows].
  bool transposed = false;
};

// Throws Error{kInvalidArgument} for a name that MATLAB does not allow.
void check_matlab_name(const std::string& path, const std::string& name);

// Writes a MAT v5 file, with compressed elements or plain ones, whole or not at all. Memory used is
// a few MiB besides the values, or one column of a matrix where that is more. Throws
// Error{kInvalidArgument} for a name, a type, a value or a size (2 GiB) that the format does not
// take and Error{kIo} where the file cannot be written.
void write_mat5(const std::string& path,
                std::span<const MatVariable> variables,
                bool compressed = false);

// Writes a v7.3 file with one matrix of class double or single, which h5py sees as `values`
// [rows, cols] and MATLAB as its transpose. Throws as write_mat5 does.
void write_hdf5_matlab(const std::string& path,
                       const std::string& name,
                       MatrixView<const float> values,
                       bool as_double);

}  // namespace dem
