#include "exchange/wire_fields.h"

#include "base/text.h"
#include "dem/base/error.h"
#include "io/character_rows.h"

namespace dem {

void WireFields::fail(const std::string& expected, const std::string& got) const {
  throw Error(ErrorKind::kFormat, concat(where_, ": expected ", expected, ", got ", got));
}

std::uint64_t WireFields::varint(std::span<const std::byte>& from) const {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (from.empty()) fail("a number", "the end of the data: truncated?");
    const auto byte = std::to_integer<std::uint64_t>(from.front());
    from = from.subspan(1);
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail("a number of at most 64 bits", "a longer one");
}

std::span<const std::byte> WireFields::take(std::uint64_t n) {
  if (n > rest_.size()) {
    fail(concat("field ", field_, " of ", n, " bytes"), concat(rest_.size(), ": truncated?"));
  }
  const auto taken = rest_.first(static_cast<std::size_t>(n));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

bool WireFields::next() {
  if (rest_.empty()) return false;
  const std::uint64_t key = varint(rest_);
  field_ = key >> 3;
  switch (key & 7) {
    case 0:
      kind_ = Kind::kNumber;
      number_ = varint(rest_);
      break;
    case 1:
      kind_ = Kind::kFixed64;
      bytes_ = take(8);
      break;
    case 2:
      kind_ = Kind::kBytes;
      bytes_ = take(varint(rest_));
      break;
    case 5:
      kind_ = Kind::kFixed32;
      bytes_ = take(4);
      break;
    default:
      fail("a field of Protocol Buffers", concat("one of wire type ", key & 7));
  }
  if (field_ == 0) fail("a field of Protocol Buffers", "one of number 0");
  return true;
}

std::int64_t WireFields::number() const {
  if (kind_ != Kind::kNumber) fail(concat("a number as field ", field_), "another kind");
  return static_cast<std::int64_t>(number_);
}

std::span<const std::byte> WireFields::bytes() const {
  if (kind_ != Kind::kBytes) fail(concat("bytes as field ", field_), "another kind");
  return bytes_;
}

std::string WireFields::text() const {
  const auto all = bytes();
  return utf8_or_latin1({reinterpret_cast<const char*>(all.data()), all.size()});
}

void WireFields::append_numbers(std::vector<Index>& numbers) const {
  if (kind_ == Kind::kNumber) {
    numbers.push_back(number());
    return;
  }
  for (std::span<const std::byte> packed = bytes(); !packed.empty();) {
    numbers.push_back(static_cast<Index>(varint(packed)));
  }
}

}  // namespace dem
