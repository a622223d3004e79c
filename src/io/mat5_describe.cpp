#include "io/mat5_describe.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/matlab_objects.h"
#include "io/sparse.h"

namespace dem::mat5 {
namespace {

// Whether a cell array looks like a list of strings: judged by the first cell, since the others
// may lie behind much compressed data. read_strings checks them all.
bool starts_with_text(ElementReader& reader, const ArrayHead& head, int depth = 0) {
  if (element_count(head.shape, reader.source().where()) == 0) return true;
  const Tag tag = reader.tag();
  if (tag.type != kMiMatrix) reader.fail("expected an array in a cell");
  if (tag.bytes == 0) return true;
  const std::size_t outer = reader.source().enter(tag.bytes);
  const ArrayHead cell = reader.array_head();
  const bool is_cell = cell.array_class == kMxCell && depth < kMostNested;
  const bool is_text = is_cell && element_count(cell.shape, reader.source().where()) == 1
                           ? starts_with_text(reader, cell, depth + 1)
                           : cell.array_class == kMxChar;
  reader.source().leave(outer);
  return is_text || std::find(cell.shape.begin(), cell.shape.end(), 0) != cell.shape.end();
}

// The class of an opaque object: behind its name come those of a system and of the class.
std::string opaque_class(ElementReader& reader) {
  constexpr std::size_t kLongest = 64;
  try {
    std::string text;
    for (int i = 0; i < 2; ++i) {
      const Tag tag = reader.tag();
      if (tag.bytes > kLongest) return "";
      const auto bytes = reader.payload(tag);
      text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return text;
  } catch (const Error&) {  // it cannot be read either way
    return "";
  }
}

}  // namespace

ArrayInfo describe(ElementReader& reader, const ArrayHead& head) {
  ArrayInfo info{.name = head.name, .type = ElementType::kOther, .shape = head.shape, .note = ""};
  static_cast<void>(element_count(head.shape, reader.source().where()));
  switch (head.array_class) {
    case kMxCell:
      if (starts_with_text(reader, head)) {
        info.type = ElementType::kText;
      } else {
        info.note = "cell array of other than text";
      }
      break;
    case kMxChar:
      info.type = ElementType::kText;
      info.shape.pop_back();  // Python sees strings along the last extent
      break;
    case kMxStruct:
      info.note = "struct";
      break;
    case kMxObject:
      info.note = "object";
      break;
    case kMxSparse:
      info.note = head.is_complex ? "sparse, complex" : std::string(kSparseNote);
      if (!head.is_complex && head.shape.size() == 2) {
        info.type = head.is_logical ? ElementType::kBool : ElementType::kFloat64;
      }
      break;
    case kMxFunction:
      info.note = "function";
      break;
    case kMxOpaque:
      info.note = matlab_object_note(opaque_class(reader));
      break;
    default:
      if (head.array_class < kMxDouble || head.array_class > kMxUint64) {
        info.note = concat("unknown array class ", head.array_class);
      } else if (head.is_complex) {
        info.note = "complex";
      } else {
        info.type = reader.numeric_data(head).type;
      }
  }
  return info;
}

}  // namespace dem::mat5
