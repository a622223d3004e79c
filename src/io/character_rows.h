// Character data of MATLAB files as UTF-8 strings.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// Code points or UTF-16 units (surrogate pairs are joined) as UTF-8; what is neither becomes
// U+FFFD.
[[nodiscard]] std::string to_utf8(std::span<const char32_t> codes);

// The code points of UTF-8 text; false where it is not valid.
[[nodiscard]] bool decode_utf8(std::span<const std::byte> text, std::vector<char32_t>& codes);

// Text of unknown encoding as UTF-8: itself where it is valid, else read as Latin-1, where every
// byte is a character.
[[nodiscard]] std::string utf8_or_latin1(std::string text);

// Splits each code point beyond U+FFFF into its UTF-16 pair, as MATLAB counts characters.
[[nodiscard]] std::vector<char32_t> to_utf16_units(std::span<const char32_t> codes);

// The strings of a [..., length] character array stored as MATLAB does, first extent fastest,
// without trailing blanks and zeros. codes.size() is a multiple of `length`.
[[nodiscard]] std::vector<std::string> character_rows(std::span<const char32_t> codes,
                                                      Index length);

}  // namespace dem
