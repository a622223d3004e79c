#include "io/mat5_element.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/convert.h"

namespace dem::mat5 {

ElementType element_type(std::uint32_t data_type) noexcept {
  switch (data_type) {
    case kMiInt8:
      return ElementType::kInt8;
    case kMiUint8:
      return ElementType::kUint8;
    case kMiInt16:
      return ElementType::kInt16;
    case kMiUint16:
      return ElementType::kUint16;
    case kMiInt32:
      return ElementType::kInt32;
    case kMiUint32:
      return ElementType::kUint32;
    case kMiSingle:
      return ElementType::kFloat32;
    case kMiDouble:
      return ElementType::kFloat64;
    case kMiInt64:
      return ElementType::kInt64;
    case kMiUint64:
      return ElementType::kUint64;
    default:
      return ElementType::kOther;
  }
}

namespace {

// The type that an array without data would have had.
ElementType class_type(std::uint32_t array_class) noexcept {
  switch (array_class) {
    case kMxSingle:
      return ElementType::kFloat32;
    case kMxInt8:
      return ElementType::kInt8;
    case kMxUint8:
      return ElementType::kUint8;
    case kMxInt16:
      return ElementType::kInt16;
    case kMxUint16:
      return ElementType::kUint16;
    case kMxInt32:
      return ElementType::kInt32;
    case kMxUint32:
      return ElementType::kUint32;
    case kMxInt64:
      return ElementType::kInt64;
    case kMxUint64:
      return ElementType::kUint64;
    default:
      return ElementType::kFloat64;
  }
}

template <typename Unit>
std::vector<char32_t> fixed_width_codes(std::span<const std::byte> data, bool swap_bytes) {
  std::vector<char32_t> codes(data.size() / sizeof(Unit));
  constexpr ElementType kType = sizeof(Unit) == 1   ? ElementType::kUint8
                                : sizeof(Unit) == 2 ? ElementType::kUint16
                                                    : ElementType::kUint32;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] =
        static_cast<char32_t>(element_to_double(kType, data.data() + i * sizeof(Unit), swap_bytes));
  }
  return codes;
}

// Eight-bit text is UTF-8 with as many code points, or as many UTF-16 units, as the array has
// elements; older writers put one byte of Latin-1 an element.
std::vector<char32_t> eight_bit_codes(std::span<const std::byte> data, std::size_t count) {
  std::vector<char32_t> codes;
  if (decode_utf8(data, codes)) {
    if (codes.size() != count) codes = to_utf16_units(codes);
    if (codes.size() == count) return codes;
  }
  return fixed_width_codes<std::uint8_t>(data, false);
}

}  // namespace

void ElementReader::fail(const std::string& what) const {
  throw Error(ErrorKind::kFormat, concat(source_.where(), ": ", what));
}

std::uint32_t ElementReader::word(const std::byte* at) const {
  std::uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return swap_ ? __builtin_bswap32(value) : value;
}

Tag ElementReader::tag() {
  const auto raw = source_.take(8);
  const std::uint32_t first = word(raw.data());
  Tag tag;
  tag.small = first >> 16 != 0;
  if (!tag.small) {
    tag.type = first;
    tag.bytes = word(raw.data() + 4);
    return tag;
  }
  tag.type = first & 0xFFFF;
  tag.bytes = first >> 16;
  if (tag.bytes > tag.inside.size()) {
    fail(concat("a small element claims ", tag.bytes, " bytes where at most 4 fit"));
  }
  std::copy_n(raw.data() + 4, tag.inside.size(), tag.inside.begin());
  return tag;
}

std::span<const std::byte> ElementReader::payload(const Tag& tag) {
  if (tag.small) return std::span(tag.inside).first(tag.bytes);
  const std::size_t padded = std::min((tag.bytes + 7) / 8 * 8, source_.left());
  return source_.take(std::max(tag.bytes, padded)).first(tag.bytes);
}

void ElementReader::skip_padding(const Tag& tag) {
  if (!tag.small) source_.skip(std::min((8 - tag.bytes % 8) % 8, source_.left()));
}

ArrayHead ElementReader::array_head() {
  constexpr std::size_t kMostDimensions = 32;
  constexpr std::size_t kLongestName = 4096;
  ArrayHead head;
  const Tag flags = tag();
  if (flags.type != kMiUint32 || flags.bytes != 8) {
    fail(concat("expected array flags, got an element of type ", flags.type));
  }
  const std::uint32_t bits = word(payload(flags).data());
  head.array_class = bits & 0xFF;
  head.is_complex = (bits & 0x800) != 0;
  head.is_logical = (bits & 0x200) != 0;
  if (head.array_class != kMxOpaque) {
    const Tag dimensions = tag();
    if (dimensions.type != kMiInt32 || dimensions.bytes % 4 != 0 || dimensions.bytes < 8 ||
        dimensions.bytes / 4 > kMostDimensions) {
      fail(concat("expected an array's dimensions, got an element of type ",
                  dimensions.type,
                  " with ",
                  dimensions.bytes,
                  " bytes"));
    }
    const auto extents = payload(dimensions);
    for (std::size_t i = 0; i < extents.size(); i += 4) {
      head.shape.push_back(static_cast<std::int32_t>(word(extents.data() + i)));
    }
  }
  const Tag name = tag();
  if ((name.type != kMiInt8 && name.type != kMiUint8 && name.type != kMiUtf8) ||
      name.bytes > kLongestName) {
    fail(concat("expected an array's name, got an element of type ",
                name.type,
                " with ",
                name.bytes,
                " bytes"));
  }
  const auto text = payload(name);
  head.name.assign(reinterpret_cast<const char*>(text.data()), text.size());
  return head;
}

ElementReader::NumericData ElementReader::numeric_data(const ArrayHead& head) {
  const Index count = element_count(head.shape, source_.where());
  NumericData data;
  if (count == 0 && source_.left() == 0) {
    data.type = head.is_logical ? ElementType::kBool : class_type(head.array_class);
    return data;
  }
  data.tag = tag();
  data.type = element_type(data.tag.type);
  const std::size_t size = element_size(data.type);
  if (size == 0) fail(concat("expected numbers, got an element of type ", data.tag.type));
  const auto expected = static_cast<std::uint64_t>(count) * size;
  if (data.tag.bytes != expected) {
    fail(concat("expected ",
                expected,
                " bytes for [",
                join(head.shape),
                "] elements of ",
                to_string(data.type),
                ", got ",
                data.tag.bytes));
  }
  if (!data.tag.small && data.tag.bytes > source_.left()) {
    fail(concat("data end early: expected ", expected, " bytes, got ", source_.left()));
  }
  if (head.is_logical && size == 1) data.type = ElementType::kBool;
  return data;
}

std::vector<char32_t> ElementReader::characters(const ArrayHead& head) {
  const auto count = static_cast<std::size_t>(element_count(head.shape, source_.where()));
  if (count == 0 && source_.left() == 0) return {};
  const Tag text = tag();
  const auto data = payload(text);
  std::vector<char32_t> codes;
  switch (text.type) {
    case kMiInt8:
    case kMiUint8:
    case kMiUtf8:
      codes = eight_bit_codes(data, count);
      break;
    case kMiInt16:
    case kMiUint16:
    case kMiUtf16:
      codes = fixed_width_codes<std::uint16_t>(data, swap_);
      break;
    case kMiInt32:
    case kMiUint32:
    case kMiUtf32:
      codes = fixed_width_codes<std::uint32_t>(data, swap_);
      break;
    default:
      fail(concat("expected characters, got an element of type ", text.type));
  }
  if (codes.size() != count) {
    fail(concat("expected ", count, " characters, got ", codes.size()));
  }
  return codes;
}

std::vector<std::string> field_names(ElementReader& reader) {
  constexpr std::size_t kLongestName = 64;
  const Tag width = reader.tag();
  if (width.type != kMiInt32 || width.bytes != 4) {
    reader.fail("expected the length of a struct's field names");
  }
  const auto raw = reader.payload(width);
  std::uint32_t length;
  std::memcpy(&length, raw.data(), sizeof length);
  if (reader.swap_bytes()) length = __builtin_bswap32(length);
  const Tag names = reader.tag();
  const auto text = reader.payload(names);
  if (names.type != kMiInt8 || length == 0 || length > kLongestName || text.size() % length != 0) {
    reader.fail("expected the names of a struct's fields");
  }
  std::vector<std::string> fields;
  for (std::size_t at = 0; at < text.size(); at += length) {
    std::string name(reinterpret_cast<const char*>(text.data()) + at, length);
    name.resize(std::min(name.find('\0'), name.size()));
    fields.push_back(std::move(name));
  }
  return fields;
}

}  // namespace dem::mat5
