#include "io/character_rows.h"

#include "base/check.h"

namespace dem {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool is_high_surrogate(char32_t code) {
  return code >= 0xD800 && code < 0xDC00;
}
bool is_low_surrogate(char32_t code) {
  return code >= 0xDC00 && code < 0xE000;
}

void append_utf8(char32_t code, std::string& text) {
  const auto tail = [&](int shift) {
    text.push_back(static_cast<char>(0x80 | (code >> shift & 0x3F)));
  };
  if (code < 0x80) {
    text.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    text.push_back(static_cast<char>(0xC0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    text.push_back(static_cast<char>(0xE0 | code >> 12));
    tail(6);
    tail(0);
  } else {
    text.push_back(static_cast<char>(0xF0 | code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::string to_utf8(std::span<const char32_t> codes) {
  std::string text;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    char32_t code = codes[i];
    if (is_high_surrogate(code) && i + 1 < codes.size() && is_low_surrogate(codes[i + 1])) {
      code = 0x10000 + ((code - 0xD800) << 10) + (codes[++i] - 0xDC00);
    } else if (is_high_surrogate(code) || is_low_surrogate(code) || code > 0x10FFFF) {
      code = kReplacement;
    }
    append_utf8(code, text);
  }
  return text;
}

bool decode_utf8(std::span<const std::byte> text, std::vector<char32_t>& codes) {
  codes.clear();
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = std::to_integer<unsigned>(text[i]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    if (length == 0 || length > text.size() - i) return false;
    char32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      const auto byte = std::to_integer<unsigned>(text[i + k]);
      if ((byte & 0xC0) != 0x80) return false;
      code = code << 6 | (byte & 0x3F);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    codes.push_back(code);
    i += length;
  }
  return true;
}

std::string utf8_or_latin1(std::string text) {
  std::vector<char32_t> codes;
  if (decode_utf8(std::as_bytes(std::span(text)), codes)) return text;
  codes.clear();
  for (const char c : text) codes.push_back(static_cast<unsigned char>(c));
  return to_utf8(codes);
}

std::vector<char32_t> to_utf16_units(std::span<const char32_t> codes) {
  std::vector<char32_t> units;
  for (const char32_t code : codes) {
    if (code < 0x10000) {
      units.push_back(code);
    } else {
      units.push_back(0xD800 + ((code - 0x10000) >> 10));
      units.push_back(0xDC00 + ((code - 0x10000) & 0x3FF));
    }
  }
  return units;
}

std::vector<std::string> character_rows(std::span<const char32_t> codes, Index length) {
  if (codes.empty()) return {};
  const auto cols = static_cast<std::size_t>(length);
  DEM_CHECK_EQ(codes.size() % cols, 0u);
  const std::size_t rows = codes.size() / cols;
  std::vector<std::string> texts;
  std::vector<char32_t> row;
  for (std::size_t i = 0; i < rows; ++i) {
    row.clear();
    for (std::size_t j = 0; j < cols; ++j) row.push_back(codes[j * rows + i]);
    while (!row.empty() && (row.back() == U' ' || row.back() == U'\0')) row.pop_back();
    texts.push_back(to_utf8(row));
  }
  return texts;
}

}  // namespace dem
