// MATLAB's objects, which are kept where nobody but MATLAB looks.
#pragma once

#include <string>

namespace dem {

// Why an object of a class ("string", "table"; empty: unknown) cannot be read, and what to save in
// its place.
[[nodiscard]] std::string matlab_object_note(const std::string& matlab_class);

}  // namespace dem
