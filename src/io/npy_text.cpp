#include "io/npy_text.h"

#include <cstring>

#include "io/character_rows.h"

namespace dem {
namespace {

std::string wide_string(std::span<const std::byte> item, bool swap_bytes) {
  std::vector<char32_t> codes;
  for (std::size_t i = 0; i < item.size(); i += 4) {
    std::uint32_t code = 0;
    std::memcpy(&code, item.data() + i, 4);
    codes.push_back(swap_bytes ? __builtin_bswap32(code) : code);
  }
  while (!codes.empty() && codes.back() == 0) codes.pop_back();
  return to_utf8(codes);
}

std::string byte_string(std::span<const std::byte> item) {
  std::string text(reinterpret_cast<const char*>(item.data()), item.size());
  text.resize(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace

std::vector<std::string> read_npy_text(std::span<const std::byte> data, const NpyType& type) {
  std::vector<std::string> strings;
  for (std::size_t start = 0; start < data.size(); start += type.item_size) {
    const auto item = data.subspan(start, type.item_size);
    strings.push_back(type.wide_text ? wide_string(item, type.swap_bytes)
                                     : utf8_or_latin1(byte_string(item)));
  }
  return strings;
}

}  // namespace dem
