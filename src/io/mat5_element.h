// The elements that MAT v5 files are made of: tags, array heads, character data.
// (MathWorks, "MAT-File Format", chapter "MAT-File Level 5".)
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dem/io/array_file.h"
#include "io/byte_source.h"

namespace dem::mat5 {

enum DataType : std::uint32_t {
  kMiInt8 = 1,
  kMiUint8 = 2,
  kMiInt16 = 3,
  kMiUint16 = 4,
  kMiInt32 = 5,
  kMiUint32 = 6,
  kMiSingle = 7,
  kMiDouble = 9,
  kMiInt64 = 12,
  kMiUint64 = 13,
  kMiMatrix = 14,
  kMiCompressed = 15,
  kMiUtf8 = 16,
  kMiUtf16 = 17,
  kMiUtf32 = 18,
};

enum ArrayClass : std::uint32_t {
  kMxCell = 1,
  kMxStruct = 2,
  kMxObject = 3,
  kMxChar = 4,
  kMxSparse = 5,
  kMxDouble = 6,
  kMxSingle = 7,
  kMxInt8 = 8,
  kMxUint8 = 9,
  kMxInt16 = 10,
  kMxUint16 = 11,
  kMxInt32 = 12,
  kMxUint32 = 13,
  kMxInt64 = 14,
  kMxUint64 = 15,
  kMxFunction = 16,
  kMxOpaque = 17,
};

// kOther for a data type that holds no plain numbers.
[[nodiscard]] ElementType element_type(std::uint32_t data_type) noexcept;

// Elements of at most four bytes lie within their own tag.
struct Tag {
  std::uint32_t type = 0;
  std::size_t bytes = 0;
  bool small = false;
  std::array<std::byte, 4> inside{};
};

// What comes before an array's data.
struct ArrayHead {
  std::uint32_t array_class = 0;
  bool is_complex = false;
  bool is_logical = false;
  std::vector<Index> shape;  // MATLAB's dimensions; empty for an opaque object
  std::string name;
};

// Reads elements one after another. Failures are those of the source.
class ElementReader {
 public:
  ElementReader(ByteSource& source, bool swap_bytes) : source_(source), swap_(swap_bytes) {}

  [[nodiscard]] ByteSource& source() { return source_; }
  [[nodiscard]] bool swap_bytes() const { return swap_; }

  [[nodiscard]] Tag tag();
  // The data behind a tag, padding skipped; valid until the next call.
  [[nodiscard]] std::span<const std::byte> payload(const Tag& tag);
  // Skips the filling up to a multiple of eight; the last element of an array may go without.
  void skip_padding(const Tag& tag);

  [[nodiscard]] ArrayHead array_head();
  // The tag of a numeric array's data, checked against the number of elements and what is left.
  // A logical array's type is kBool, any other's is as stored. An array of no elements may have
  // no data at all.
  struct NumericData {
    Tag tag;
    ElementType type = ElementType::kOther;
  };
  [[nodiscard]] NumericData numeric_data(const ArrayHead& head);
  // A character array's codes, in the order of the file.
  [[nodiscard]] std::vector<char32_t> characters(const ArrayHead& head);

  [[noreturn]] void fail(const std::string& what) const;

 private:
  [[nodiscard]] std::uint32_t word(const std::byte* at) const;

  ByteSource& source_;
  bool swap_;
};

// The names of a struct's fields, which come behind its head.
[[nodiscard]] std::vector<std::string> field_names(ElementReader& reader);

}  // namespace dem::mat5
