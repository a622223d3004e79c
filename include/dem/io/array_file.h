// Named arrays in files: MATLAB .mat (v4, v5, v7.3), HDF5, NumPy .npy and .npz, CSV, safetensors,
// PyTorch .pt and .pth, pickled NumPy arrays. Nothing of a pickle is run.
//
// Shapes are as Python sees them: scipy.io.loadmat for MAT v4 and v5 (MATLAB's rows x columns),
// h5py for HDF5 and v7.3 (MATLAB's dimensions reversed), numpy.load for .npy and .npz, torch.load.
// A caller that wants samples in rows says which axis holds them; the reader copies or transposes
// as needed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/io/row_reader.h"
#include "dem/linalg/matrix.h"

namespace dem {

enum class FileFormat {
  kMat4,
  kMat5,
  kMat73,
  kHdf5,
  kNpy,
  kNpz,
  kCsv,
  kSafetensors,
  kTorch,
  kPickle
};

// "MAT v5", "HDF5", "NumPy", ...
[[nodiscard]] std::string_view to_string(FileFormat format) noexcept;

enum class ElementType {
  kBool,
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kUint64,
  kInt64,
  kFloat16,
  kBfloat16,
  kFloat32,
  kFloat64,
  kText,   // character data, or a list of strings
  kOther,  // present in the file and not readable here: struct, sparse, complex, function ...
};

// "float32", "uint16", "text", ...
[[nodiscard]] std::string_view to_string(ElementType type) noexcept;

// The endings of the names of files that can be read, in lower case: ".npy", ".csv", ...
[[nodiscard]] std::span<const std::string_view> array_file_endings() noexcept;

// Bytes of one element; 0 for kText and kOther.
[[nodiscard]] std::size_t element_size(ElementType type) noexcept;

// What a file says about one of its arrays.
struct ArrayInfo {
  std::string name;  // a file of one array without a name: as the file, without its ending
  ElementType type = ElementType::kOther;  // as stored
  std::vector<Index> shape;                // as Python sees it; empty for a scalar
  std::string note;                        // why a kOther cannot be read ("complex", "sparse", ...)
};

// "float32 [24295, 1024]"
[[nodiscard]] std::string to_string(const ArrayInfo& info);

// An open file. Reading is not thread-safe, neither on one object nor, for HDF5, on two.
// Every error names the file and the array, what was expected and what was found.
class ArrayFile {
 public:
  // Recognises the format by content (by ending for .csv). Throws Error{kIo} where the file cannot
  // be read, Error{kFormat} where it is none of the known formats or its directory is broken.
  [[nodiscard]] static std::unique_ptr<ArrayFile> open(const std::string& path);

  virtual ~ArrayFile() = default;
  ArrayFile(const ArrayFile&) = delete;
  ArrayFile& operator=(const ArrayFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] FileFormat format() const { return format_; }
  [[nodiscard]] const std::vector<ArrayInfo>& arrays() const { return arrays_; }
  // Null where the file has no such array.
  [[nodiscard]] const ArrayInfo* find(std::string_view name) const;
  // Throws Error{kFormat}, listing what the file does hold, where it has no such array.
  [[nodiscard]] const ArrayInfo& require(std::string_view name) const;

  // `info` of the following three is one of arrays(), or equal to it: Error{kFormat} where the file
  // has no array of that name, Error{kInvalidArgument} where it is another one. All throw
  // Error{kUnsupported} for what needs a compression filter that is not installed.

  // Reads a numeric array of rank 2, converted to float32, into a matrix that the caller made.
  //   row_axis 0: out(i, j) = a[i, j], out is [shape[0], shape[1]]
  //   row_axis 1: out(i, j) = a[j, i], out is [shape[1], shape[0]]
  // Memory used besides `out` is bounded by 64 MiB and one chunk of an HDF5 dataset. Throws
  // Error{kShapeMismatch} where `out` or the rank does not fit, Error{kFormat} for a type that is
  // not numeric or data that end early. Values beyond float32 become infinity; NaN stays NaN: the
  // caller decides what is allowed.
  virtual void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) = 0;

  // From now on an empty cell, NA, N/A and n/a are read as NaN in arrays of rank 2. Of formats of
  // text, which refuse such a cell otherwise; of no effect on others.
  virtual void take_missing_cells() {}

  // The same values a block of rows at a time, in memory that does not grow with the number of
  // rows: at most 64 MiB, or one row where that is more, besides the caller's block and one chunk
  // of a chunked file. A compressed MAT v5 or .npz array is inflated once, in order; where its rows
  // lie across that order, by way of a scratch file in $TMPDIR. This file must outlive the reader.
  // Throws as read_matrix does.
  [[nodiscard]] virtual std::unique_ptr<RowReader> open_rows(const ArrayInfo& info, int row_axis);

  // Reads a numeric array with at most one extent other than 1 ([n], [n, 1], [1, n], scalar) as
  // whole numbers. Throws Error{kFormat} naming the position where a value is not whole,
  // Error{kShapeMismatch} for several long extents.
  [[nodiscard]] virtual std::vector<std::int64_t> read_integers(const ArrayInfo& info) = 0;

  // Reads a cell array of strings, a character matrix (a row each, trailing blanks dropped), or a
  // column of text, as UTF-8 (bytes that are not are taken for Latin-1). Throws Error{kFormat}
  // where the array holds no text.
  [[nodiscard]] virtual std::vector<std::string> read_strings(const ArrayInfo& info) = 0;

 protected:
  ArrayFile(std::string path, FileFormat format) : path_(std::move(path)), format_(format) {}

  std::string path_;
  FileFormat format_;
  std::vector<ArrayInfo> arrays_;
};

// The whole matrix, with samples along `row_axis` as rows. Throws as ArrayFile::read_matrix does.
[[nodiscard]] Matrix<float> read_matrix(ArrayFile& file, const ArrayInfo& info, int row_axis);

}  // namespace dem
