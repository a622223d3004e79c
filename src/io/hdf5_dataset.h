// One dataset of an HDF5 file: what it holds, and whether all of it is there.
#pragma once

#include <string>
#include <vector>

#include "dem/io/array_file.h"
#include "io/hdf5_handle.h"

namespace dem::hdf5 {

// How the values of a dataset mean something.
enum class Content {
  kNumbers,
  kStrings,     // HDF5 strings, of fixed or of variable length
  kCharacters,  // MATLAB's: an integer a character
  kCell,        // MATLAB's cell array: references to other datasets
  kOther,
};

struct Dataset {
  Handle id;
  Handle type;   // as stored
  Handle space;  // not used where `empty`
  Content content = Content::kOther;
  ElementType element = ElementType::kOther;
  bool empty = false;        // MATLAB's mark on an array without elements
  std::vector<Index> shape;  // HDF5's extents, which are MATLAB's reversed
  std::vector<Index> chunk;  // extents of a chunk; empty where not chunked
  std::string note;          // why it is kOther
};

// Throws Error{kFormat} where HDF5 cannot open the object; anything else unreadable is kOther with
// a note, also data that were never written and shapes that the stored bytes cannot fill.
[[nodiscard]] Dataset open_dataset(hid_t location,
                                   const std::string& path,
                                   const std::string& where);
// The dataset that a reference points to.
[[nodiscard]] Dataset open_dataset(hid_t location, hobj_ref_t reference, const std::string& where);

// The type to read `element` values as, and what they then are in memory.
struct MemoryType {
  hid_t type;
  ElementType element;
};
[[nodiscard]] MemoryType memory_type(ElementType element);

// The value of a string attribute; empty where there is none.
[[nodiscard]] std::string string_attribute(hid_t object, const char* name);
[[nodiscard]] bool has_attribute(hid_t object, const char* name);

}  // namespace dem::hdf5
