#include "dem/io/array_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/join_some.h"
#include "base/large_pages.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/formats.h"
#include "io/npy_header.h"
#include "io/pickle_opcodes.h"
#include "io/stored_rows.h"
#include "io/torch_archive.h"

namespace dem {
namespace {

constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";
constexpr std::string_view kZipSignature = "PK\x03\x04";
constexpr std::string_view kEmptyZipSignature = "PK\x05\x06";

// Those of text first.
constexpr std::string_view kEndings[] = {".csv",
                                         ".tsv",
                                         ".txt",
                                         ".vec",
                                         ".npy",
                                         ".npz",
                                         ".mat",
                                         ".h5",
                                         ".hdf5",
                                         ".safetensors",
                                         ".pt",
                                         ".pth",
                                         ".pkl"};
constexpr std::size_t kTextEndings = 4;

// Enough of the start of a file to recognise it: MAT v5 has its version at byte 124, HDF5 may start
// after a user block of 512 bytes or a larger power of two (here up to 64 KiB).
struct Start {
  std::string bytes;

  [[nodiscard]] bool has(std::size_t offset, std::string_view text) const {
    return bytes.size() >= offset + text.size() &&
           std::string_view(bytes).substr(offset, text.size()) == text;
  }
};

Start read_start(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorKind::kIo, concat(path, ": cannot be read: ", std::strerror(errno)));
  }
  Start start;
  start.bytes.resize((std::size_t{64} << 10) + kHdf5Signature.size());
  file.read(start.bytes.data(), static_cast<std::streamsize>(start.bytes.size()));
  if (file.bad()) throw Error(ErrorKind::kIo, concat(path, ": cannot be read: not a regular file"));
  start.bytes.resize(static_cast<std::size_t>(file.gcount()));
  return start;
}

bool is_hdf5(const Start& start) {
  for (std::size_t offset = 0; offset < start.bytes.size();
       offset = std::max(std::size_t{512}, 2 * offset)) {
    if (start.has(offset, kHdf5Signature)) return true;
  }
  return false;
}

// Byte order mark and version, 1.0 (v5) or 2.0 (v7.3 without its HDF5 signature).
bool is_mat5(const Start& start) {
  using namespace std::string_view_literals;
  return start.has(124, "\0\1IM"sv) || start.has(124, "\1\0MI"sv) || start.has(124, "\0\2IM"sv) ||
         start.has(124, "\2\0MI"sv);
}

// The byte order mark alone: letters of another file may stand there, so this is asked last.
bool claims_mat5(const Start& start) {
  return start.has(126, "IM") || start.has(126, "MI");
}

// MAT v4 has no signature: its first word is the type MOPT, in either byte order, with M 0 or 1,
// O 0, P 0 to 5, T 0 to 2, and the name's length must be plausible.
bool is_mat4(const Start& start) {
  if (start.bytes.size() < 20) return false;
  const auto word = [&](std::size_t offset, bool swap) {
    std::array<unsigned char, 4> b;
    std::memcpy(b.data(), start.bytes.data() + offset, 4);
    if (swap) std::reverse(b.begin(), b.end());
    return static_cast<std::uint32_t>(b[0]) | static_cast<std::uint32_t>(b[1]) << 8 |
           static_cast<std::uint32_t>(b[2]) << 16 | static_cast<std::uint32_t>(b[3]) << 24;
  };
  for (const bool swap : {false, true}) {
    const std::uint32_t type = word(0, swap);
    const std::uint32_t name_length = word(16, swap);
    const bool plausible = type < 2000 && type / 1000 == (swap ? 1u : 0u) && type / 100 % 10 == 0 &&
                           type / 10 % 10 <= 5 && type % 10 <= 2;
    if (plausible && name_length >= 2 && name_length <= 64) return true;
  }
  return false;
}

// safetensors: eight bytes of header length, then a JSON object.
bool is_safetensors(const Start& start) {
  return start.bytes.size() >= 10 && start.bytes[8] == '{' && start.bytes[7] == '\0' &&
         start.bytes[6] == '\0';
}

}  // namespace

std::string_view to_string(FileFormat format) noexcept {
  switch (format) {
    case FileFormat::kMat4:
      return "MAT v4";
    case FileFormat::kMat5:
      return "MAT v5";
    case FileFormat::kMat73:
      return "MAT v7.3";
    case FileFormat::kHdf5:
      return "HDF5";
    case FileFormat::kNpy:
      return "NumPy";
    case FileFormat::kNpz:
      return "NumPy archive";
    case FileFormat::kCsv:
      return "CSV";
    case FileFormat::kSafetensors:
      return "safetensors";
    case FileFormat::kTorch:
      return "PyTorch";
    case FileFormat::kPickle:
      return "pickle";
  }
  return "unknown";
}

std::string_view to_string(ElementType type) noexcept {
  switch (type) {
    case ElementType::kBool:
      return "bool";
    case ElementType::kUint8:
      return "uint8";
    case ElementType::kInt8:
      return "int8";
    case ElementType::kUint16:
      return "uint16";
    case ElementType::kInt16:
      return "int16";
    case ElementType::kUint32:
      return "uint32";
    case ElementType::kInt32:
      return "int32";
    case ElementType::kUint64:
      return "uint64";
    case ElementType::kInt64:
      return "int64";
    case ElementType::kFloat16:
      return "float16";
    case ElementType::kBfloat16:
      return "bfloat16";
    case ElementType::kFloat32:
      return "float32";
    case ElementType::kFloat64:
      return "float64";
    case ElementType::kText:
      return "text";
    case ElementType::kOther:
      return "other";
  }
  return "unknown";
}

std::size_t element_size(ElementType type) noexcept {
  switch (type) {
    case ElementType::kBool:
    case ElementType::kUint8:
    case ElementType::kInt8:
      return 1;
    case ElementType::kUint16:
    case ElementType::kInt16:
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
      return 2;
    case ElementType::kUint32:
    case ElementType::kInt32:
    case ElementType::kFloat32:
      return 4;
    case ElementType::kUint64:
    case ElementType::kInt64:
    case ElementType::kFloat64:
      return 8;
    case ElementType::kText:
    case ElementType::kOther:
      return 0;
  }
  return 0;
}

std::span<const std::string_view> array_file_endings() noexcept {
  return kEndings;
}

std::string to_string(const ArrayInfo& info) {
  std::string text = concat(to_string(info.type), " [", join(info.shape), "]");
  if (!info.note.empty()) text += concat(" (", info.note, ")");
  return text;
}

bool has_text_ending(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return false;
  const auto endings = array_file_endings().first(kTextEndings);
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) {
    return equal_ignoring_case(path.substr(dot), ending);
  });
}

std::unique_ptr<ArrayFile> ArrayFile::open(const std::string& path) {
  const Start start = read_start(path);
  if (is_hdf5(start)) return open_hdf5(path);
  if (start.has(0, kNpySignature)) return open_npy(path);
  if (start.has(0, kZipSignature) || start.has(0, kEmptyZipSignature)) {
    return is_torch_archive(path) ? open_torch(path) : open_npz(path);
  }
  if (is_mat5(start)) return open_mat(path);
  if (is_safetensors(start)) return open_safetensors(path);
  if (looks_like_pickle(start.bytes)) return open_pickle(path);
  if (has_text_ending(path)) return open_csv(path);
  if (is_mat4(start) || claims_mat5(start)) return open_mat(path);
  throw Error(
      ErrorKind::kFormat,
      concat(path,
             ": expected a MAT, HDF5, NumPy, safetensors, PyTorch, pickle or CSV file, got ",
             start.bytes.empty() ? "an empty file" : "none of them"));
}

bool is_csv_file(const std::string& path) {
  const Start start = read_start(path);
  return !is_hdf5(start) && !is_mat5(start) && !start.has(0, kNpySignature) &&
         !is_safetensors(start) && !looks_like_pickle(start.bytes) && has_text_ending(path);
}

std::unique_ptr<RowReader> ArrayFile::open_rows(const ArrayInfo& info, int row_axis) {
  check_rows_request(*this, info, row_axis);
  return open_memory_rows(*this, info, row_axis);
}

const ArrayInfo* ArrayFile::find(std::string_view name) const {
  const auto found = std::find_if(
      arrays_.begin(), arrays_.end(), [&](const ArrayInfo& info) { return info.name == name; });
  return found == arrays_.end() ? nullptr : &*found;
}

const ArrayInfo& ArrayFile::require(std::string_view name) const {
  if (const ArrayInfo* info = find(name)) return *info;
  std::vector<std::string> names;
  for (const ArrayInfo& info : arrays_) names.push_back(info.name);
  throw Error(ErrorKind::kFormat,
              concat(path_,
                     ": expected a variable \"",
                     name,
                     "\", got ",
                     names.empty() ? "none" : join_some(names)));
}

Matrix<float> read_matrix(ArrayFile& file, const ArrayInfo& info, int row_axis) {
  if (!is_matrix_shape(info.shape)) {
    throw Error(
        ErrorKind::kShapeMismatch,
        concat(
            file.path(), ": variable ", info.name, ": expected a matrix, got ", to_string(info)));
  }
  if (element_size(info.type) == 0) {
    throw Error(
        ErrorKind::kFormat,
        concat(file.path(), ": variable ", info.name, ": expected numbers, got ", to_string(info)));
  }
  const std::size_t axis = row_axis == 0 ? 0 : 1;
  Matrix<float> out = Matrix<float>::uninitialised(info.shape[axis], info.shape[1 - axis]);
  prefer_large_pages(out.data(), static_cast<std::size_t>(out.size()) * sizeof(float));
  file.read_matrix(info, row_axis, out);
  return out;
}

}  // namespace dem
