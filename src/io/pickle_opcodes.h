// The opcodes of pickles that are not read, and how a pickle starts.
#pragma once

#include <string_view>

namespace dem {

// The name that Python's pickletools gives an opcode that is not read; empty for one that is, and
// for none.
[[nodiscard]] std::string_view refused_opcode(unsigned char code);

// Whether these may be the first bytes of a pickle of protocol 2 to 5: what says so, and an opcode.
[[nodiscard]] bool looks_like_pickle(std::string_view start);

}  // namespace dem
