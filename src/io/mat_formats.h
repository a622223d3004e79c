// The two generations of MATLAB files that are not HDF5; open_mat picks one.
#pragma once

#include <memory>

#include "base/mapped_file.h"
#include "dem/io/array_file.h"

namespace dem {

// Each throws Error{kFormat} where the file's directory is broken.
[[nodiscard]] std::unique_ptr<ArrayFile> open_mat4(std::unique_ptr<MappedFile> file);
[[nodiscard]] std::unique_ptr<ArrayFile> open_mat5(std::unique_ptr<MappedFile> file);

}  // namespace dem
