// What the tests of .npz share.
#pragma once

#include <string>

#include "io/npz.h"
#include "io/zip_builder.h"

namespace dem::test {

inline constexpr const char* kHeader =
    "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";

inline std::string small_npy() {
  return npy_bytes(kHeader, 12);
}

// Everything in a file, by whichever way it can be read.
inline void read_all(NpzFile& file) {
  for (const ArrayInfo& info : file.arrays()) {
    std::vector<std::byte> storage;
    if (info.type == ElementType::kText) {
      (void)file.read_strings(info);
    } else if (element_size(info.type) == 0) {
      continue;
    } else if (info.shape.size() == 2) {
      (void)read_matrix(file, info, 0);
      (void)read_matrix(file, info, 1);
    } else if (info.shape.size() < 2) {
      (void)file.read_integers(info);
    }
    (void)file.plain_numbers(info, storage);
  }
}

}  // namespace dem::test
