#include "io/npy_text.h"

#include <bit>
#include <cstring>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// UTF-8 of a code point, RFC 3629 section 3.
void append_utf8(std::string& out, std::uint32_t point) {
  const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (point < 0x80) {
    byte(point);
  } else if (point < 0x800) {
    byte(0xc0 | point >> 6);
    byte(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    byte(0xe0 | point >> 12);
    byte(0x80 | (point >> 6 & 0x3f));
    byte(0x80 | (point & 0x3f));
  } else {
    byte(0xf0 | point >> 18);
    byte(0x80 | (point >> 12 & 0x3f));
    byte(0x80 | (point >> 6 & 0x3f));
    byte(0x80 | (point & 0x3f));
  }
}

std::string wide_string(std::span<const std::byte> item,
                        bool swap_bytes,
                        const std::string& where) {
  std::string text;
  std::size_t length = 0;  // without the trailing NULs
  for (std::size_t i = 0; i < item.size(); i += 4) {
    std::uint32_t point = 0;
    std::memcpy(&point, item.data() + i, 4);
    if (swap_bytes) point = __builtin_bswap32(point);
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
      throw Error(ErrorKind::kFormat,
                  concat(where, ": expected Unicode text, got code point ", point));
    }
    append_utf8(text, point);
    if (point != 0) length = text.size();
  }
  text.resize(length);
  return text;
}

std::string byte_string(std::span<const std::byte> item) {
  std::string text(reinterpret_cast<const char*>(item.data()), item.size());
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace

std::vector<std::string> read_npy_text(std::span<const std::byte> data,
                                       const NpyType& type,
                                       const std::string& where) {
  std::vector<std::string> strings;
  const std::size_t size = type.item_size;
  for (std::size_t start = 0; size > 0 && start < data.size(); start += size) {
    const auto item = data.subspan(start, size);
    strings.push_back(type.wide_text ? wide_string(item, type.swap_bytes, where)
                                     : byte_string(item));
  }
  return strings;
}

}  // namespace dem
