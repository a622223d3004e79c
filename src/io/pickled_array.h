// Arrays of a pickle: PyTorch's tensors, NumPy's arrays, and Python's lists of numbers and text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dem/io/array_file.h"
#include "io/npy_header.h"
#include "io/pickle.h"
#include "io/strided_array.h"
#include "io/zip.h"

namespace dem {

// The note of Python's None.
inline constexpr std::string_view kPythonNone = "None";
// Of a list of texts that does not fit, see below.
inline constexpr std::string_view kRepeatedText = "long texts in very many places";

// One array and where its content lies: in `values` where that is set, else in `numbers`.
struct PickledArray {
  ArrayInfo info;
  std::optional<PickleId> values;     // a number or text, or a list of them, or of such lists
  StridedArray numbers;               // of a tensor or an array
  const ZipEntry* storage = nullptr;  // whose content numbers.bytes are; none: the pickle's own
  bool as_text = false;               // numbers.bytes are UTF-8, each character of which is a byte
  NpyType text;  // of an array of strings, the items of which are numbers.bytes
};

// The storages of a PyTorch archive.
struct TensorStorages {
  std::unordered_map<std::string, ZipEntry> entries;  // by key, all of them stored plainly
  bool swap_bytes = false;
};

// What the three below throw: Error{kFormat} with `where` for a call whose arguments contradict
// each other or the bytes there are. What is no array of numbers or text is kOther with a note. The
// name is left empty.

// Of a call of kTensor, kTensorOfBytes, kTensorWithFields or kParameter.
[[nodiscard]] PickledArray pickled_tensor(const Pickle& pickle,
                                          PickleId call,
                                          const TensorStorages& storages,
                                          const std::string& where);
// Of a call of kArray, kArrayOfBuffer or kArrayScalar.
[[nodiscard]] PickledArray pickled_numpy_array(const Pickle& pickle,
                                               PickleId call,
                                               const std::string& where);
// Of a number or text, or of a list or tuple of some, or of lists of numbers that are equally long;
// none where `id` is nothing of the kind.
[[nodiscard]] std::optional<PickledArray> pickled_values(const Pickle& pickle, PickleId id);

// Whether the texts in a list take no more memory than its file has a right to: one that stands in
// very many places takes it in each.
[[nodiscard]] bool texts_fit(const Pickle& pickle, PickleId list);

// All arrays in the pickle, in its order: those in dictionaries and lists named by their keys and
// positions, with a slash between the levels, and one that stands alone named `alone`. Throws as
// above, Error{kUnsupported} for calls of anything else (check_calls) and keys that are no names,
// and Error{kFormat} for a name twice.
[[nodiscard]] std::vector<PickledArray> pickled_arrays(const Pickle& pickle,
                                                       const TensorStorages& storages,
                                                       const std::string& alone,
                                                       const std::string& path);

// The bytes of text each character of which stands for one: Latin-1. Throws Error{kFormat} with
// `where` for others.
[[nodiscard]] std::vector<std::byte> bytes_of_text(std::span<const std::byte> text,
                                                   const std::string& where);

// The values of a pickled_values() array of numbers, one after another in this machine's byte
// order, and those of one of text.
[[nodiscard]] std::vector<std::byte> value_numbers(const Pickle& pickle, const PickledArray& array);
[[nodiscard]] std::vector<std::string> value_texts(const Pickle& pickle, const PickledArray& array);

}  // namespace dem
