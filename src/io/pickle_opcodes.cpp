#include "io/pickle_opcodes.h"

#include <algorithm>
#include <iterator>

namespace dem {
namespace {

struct OpcodeName {
  unsigned char code;
  std::string_view name;
};

constexpr OpcodeName kRefused[] = {{'0', "POP"},
                                   {'1', "POP_MARK"},
                                   {'2', "DUP"},
                                   {'F', "FLOAT"},
                                   {'I', "INT"},
                                   {'L', "LONG"},
                                   {'P', "PERSID"},
                                   {'S', "STRING"},
                                   {'V', "UNICODE"},
                                   {'d', "DICT"},
                                   {'l', "LIST"},
                                   {'g', "GET"},
                                   {'p', "PUT"},
                                   {'i', "INST"},
                                   {'o', "OBJ"},
                                   {0x82, "EXT1"},
                                   {0x83, "EXT2"},
                                   {0x84, "EXT4"},
                                   {0x8f, "EMPTY_SET"},
                                   {0x90, "ADDITEMS"},
                                   {0x91, "FROZENSET"},
                                   {0x97, "NEXT_BUFFER"},
                                   {0x98, "READONLY_BUFFER"}};

// With which a value may start.
constexpr unsigned char kFirst[] = {'(',  'N',  'J',  'K',  'M',  'G',  'X', 'C',  'B',
                                    'U',  'T',  ']',  ')',  '}',  'c',  '.', 0x88, 0x89,
                                    0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x95, 0x96};

}  // namespace

std::string_view refused_opcode(unsigned char code) {
  for (const OpcodeName& row : kRefused) {
    if (row.code == code) return row.name;
  }
  return "";
}

bool looks_like_pickle(std::string_view start) {
  if (start.size() < 3 || start[0] != '\x80' || start[1] < 2 || start[1] > 5) return false;
  const auto second = static_cast<unsigned char>(start[2]);
  return !refused_opcode(second).empty() ||
         std::find(std::begin(kFirst), std::end(kFirst), second) != std::end(kFirst);
}

}  // namespace dem
