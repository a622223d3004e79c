// Files of pickled arrays: PyTorch's .pt and .pth, which are zip archives of a pickle and the
// numbers of its tensors, and plain pickles.
//
// Nothing of a pickle is run: io/pickle.h and io/pickle_calls.h say what is read and what is
// refused.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "dem/io/array_file.h"
#include "io/pickle.h"
#include "io/pickled_array.h"

namespace dem {

class PickledFile : public ArrayFile {
 public:
  // kTorch or kPickle, as found by content. Throws Error{kIo}, Error{kFormat} or
  // Error{kUnsupported}. arrays() is in the order of the pickle.
  PickledFile(const std::string& path, FileFormat format);

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override;
  // Rows of a whole tensor come one piece after another, and its checksum is verified at the last;
  // that of a tensor which is a view of more is verified first.
  [[nodiscard]] std::unique_ptr<RowReader> open_rows(const ArrayInfo& info, int row_axis) override;
  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override;
  std::vector<std::string> read_strings(const ArrayInfo& info) override;

  // The numbers of one of arrays() as RawTensor has them: a window on the mapped file where they
  // lie there so, else on `storage`, which then holds a copy. `info` is numeric.
  [[nodiscard]] std::span<const std::byte> plain_numbers(const ArrayInfo& info,
                                                         std::vector<std::byte>& storage);

 private:
  [[nodiscard]] const PickledArray& array_of(const ArrayInfo& info) const;
  // The checksum of a tensor's storage, once.
  void verify(const PickledArray& array);
  // Where the numbers are; `storage` holds those that had to be put together.
  [[nodiscard]] StridedArray numbers_of(const PickledArray& array, std::vector<std::byte>& storage);

  MappedFile file_;
  TensorStorages storages_;
  std::vector<PickledArray> contents_;  // of arrays()
  std::vector<const ZipEntry*> verified_;
  std::unique_ptr<Pickle> pickle_;
};

}  // namespace dem
