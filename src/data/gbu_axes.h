// Which way round the arrays of layout gbu lie.
//
// MATLAB has samples and classes in columns, which scipy shows as axis 1 and h5py as axis 0. Files
// made elsewhere have them in rows, or in columns where they are copies of MATLAB's arrays; there
// the number of labels and of classes tells.
#pragma once

#include "data/array_access.h"
#include "dem/data/dataset.h"

namespace dem {

// Whether a file lies as MATLAB wrote it, so that its arrays are of one way.
[[nodiscard]] bool is_of_matlab(const ArrayFile& file);

// The axis of samples (or classes) in a file of MATLAB's.
[[nodiscard]] int matlab_axis(const ArrayFile& file);

// The axis that `num_labels` samples lie along. Throws Error{kShapeMismatch} where a file made
// elsewhere has as many features as samples.
[[nodiscard]] int sample_axis(const ArrayRef& features, Index num_labels);

// The axis of a table that classes lie along. As `asked`, else as MATLAB has it, elsewhere the one
// with num_classes entries (0: unknown). Of a table that this leaves in doubt, a square one, the
// axis along which rows have length 1, where along the other one they have not, else as it is with
// `att`, the attributes of the same data or empty, where that is square and tells. Throws
// Error{kShapeMismatch} where nothing tells.
[[nodiscard]] int class_axis(const ArrayRef& table,
                             SampleAxis asked,
                             const ArrayRef& att,
                             Index num_classes);

}  // namespace dem
