// The header of a .npy file: a Python dictionary as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/io/array_file.h"
#include "io/byte_source.h"

namespace dem {

inline constexpr std::string_view kNpySignature = "\x93NUMPY";  // the first bytes of a file

// What a `descr` says: "<f4", ">i8", "|b1", "<U12" ...
struct NpyType {
  ElementType element = ElementType::kOther;
  std::size_t item_size = 0;  // bytes of one element; 0 where it is unknown
  bool swap_bytes = false;    // stored in the other byte order than this machine's
  bool wide_text = false;     // kText of 4-byte code points instead of single bytes
  std::string note;           // why a kOther cannot be read
};

struct NpyHeader {
  NpyType type;
  bool fortran_order = false;
  std::vector<Index> shape;
};

// Throws Error{kFormat} with `where` for anything but a dictionary of exactly descr, fortran_order
// and shape.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view text, const std::string& where);

// Reads all before the numbers: signature, version, length and header. Throws Error{kFormat}, and
// Error{kUnsupported} for a version of the format that is none of 1 to 3.
[[nodiscard]] NpyHeader read_npy_header(ByteSource& source);

// Throws Error{kFormat} unless `left` bytes of numbers are what the header asks for: more would
// mean a shape that was tampered with, or a second array that nobody reads. A type that cannot be
// read may have any number.
void check_npy_size(const NpyHeader& header, std::uint64_t left, const std::string& where);

// kOther with a note for types that dem does not read; throws Error{kFormat} where `descr` is no
// type at all.
[[nodiscard]] NpyType parse_npy_type(std::string_view descr, const std::string& where);

}  // namespace dem
