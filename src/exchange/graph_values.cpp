#include "exchange/graph_values.h"

#include <algorithm>

#include "base/text.h"
#include "io/array_checks.h"

namespace dem {
namespace {

// TensorProto.DataType, which both formats have alike.
struct ElementTypeRow {
  std::int64_t code;
  ElementType type;
  const char* note;
};
constexpr ElementTypeRow kElementTypes[] = {{1, ElementType::kFloat32, ""},
                                            {2, ElementType::kUint8, ""},
                                            {3, ElementType::kInt8, ""},
                                            {4, ElementType::kUint16, ""},
                                            {5, ElementType::kInt16, ""},
                                            {6, ElementType::kInt32, ""},
                                            {7, ElementType::kInt64, ""},
                                            {8, ElementType::kText, ""},
                                            {9, ElementType::kBool, ""},
                                            {10, ElementType::kFloat16, ""},
                                            {11, ElementType::kFloat64, ""},
                                            {12, ElementType::kUint32, ""},
                                            {13, ElementType::kUint64, ""},
                                            {14, ElementType::kOther, "complex"},
                                            {15, ElementType::kOther, "complex"},
                                            {16, ElementType::kBfloat16, ""}};

void set_type(std::int64_t code, const WireFields& fields, ArrayInfo& info) {
  if (code <= 0) fields.fail("a type of numbers", concat("code ", code));
  const auto* row = std::find_if(std::begin(kElementTypes),
                                 std::end(kElementTypes),
                                 [&](const ElementTypeRow& t) { return t.code == code; });
  if (row == std::end(kElementTypes)) {
    info.note = concat("type ", code);
    return;
  }
  info.type = row->type;
  info.note = row->note;
}

// Extents that are not known until the graph runs are written as -1.
std::string extent_text(Index extent) {
  return extent < 0 ? "?" : concat(extent);
}

// MINDIR gives a value's type and shape as a tensor without numbers.
void read_mindir_type(const WireFields& info, GraphValue& value) {
  WireFields tensor(info.bytes(), info.where() + ": type");
  ArrayInfo described;
  while (tensor.next()) {
    if (tensor.field() == 1) tensor.append_numbers(described.shape);
    if (tensor.field() == 2) set_type(tensor.number(), tensor, described);
  }
  std::vector<std::string> all;
  for (const Index extent : described.shape) all.push_back(extent_text(extent));
  value.shape = join(all);
  value.type = described.type;
}

// A TensorShapeProto: "batch, 85"; an extent of which nothing is known is "?".
std::string extents(const WireFields& tensor) {
  WireFields shape(tensor.bytes(), tensor.where() + ": shape");
  std::vector<std::string> all;
  while (shape.next()) {
    if (shape.field() != 1) continue;
    WireFields dimension(shape.bytes(), shape.where());
    std::string extent = "?";
    while (dimension.next()) {
      if (dimension.field() == 1) {
        extent = extent_text(dimension.number());
      } else if (dimension.field() == 2) {
        extent = dimension.text();
      }
    }
    all.push_back(extent);
  }
  return join(all);
}

// A TypeProto; what is no tensor (a sequence, a map) is shown as other.
void read_type(const WireFields& info, GraphValue& value) {
  WireFields type(info.bytes(), info.where() + ": type");
  while (type.next()) {
    if (type.field() != 1) continue;
    WireFields tensor(type.bytes(), type.where());
    ArrayInfo described;
    while (tensor.next()) {
      if (tensor.field() == 1) set_type(tensor.number(), tensor, described);
      if (tensor.field() == 2) value.shape = extents(tensor);
    }
    value.type = described.type;
  }
}

}  // namespace

GraphFields graph_fields(bool onnx) {
  return onnx ? GraphFields{8, 5, 11, 12} : GraphFields{7, 3, 5, 6};
}

ArrayInfo read_graph_tensor(const WireFields& parent, bool onnx) {
  constexpr std::uint64_t kRawData = 9, kDataLocation = 14;
  const std::span<const std::byte> bytes = parent.bytes();
  WireFields fields(bytes, parent.where() + ": a tensor");
  ArrayInfo info;
  std::int64_t type = 0;
  const std::byte* raw = nullptr;
  std::size_t raw_bytes = 0;
  bool elsewhere = false;
  while (fields.next()) {
    if (fields.field() == 1) {
      fields.append_numbers(info.shape);
    } else if (fields.field() == 2) {
      type = fields.number();
    } else if (fields.field() == graph_fields(onnx).tensor_name) {
      info.name = fields.text();
    } else if (fields.field() == kRawData) {
      raw = fields.bytes().data();
      raw_bytes = fields.bytes().size();
    } else if (onnx && fields.field() == kDataLocation) {
      elsewhere = fields.number() == 1;
    }
  }
  WireFields named(bytes, concat(parent.where(), ": tensor ", info.name));
  set_type(type, named, info);
  const Index count = element_count(info.shape, named.where());
  const std::size_t size = element_size(info.type);
  if (raw != nullptr && size > 0 && raw_bytes != static_cast<std::size_t>(count) * size) {
    named.fail(concat(static_cast<std::size_t>(count) * size, " bytes for ", to_string(info)),
               concat(raw_bytes));
  }
  if (elsewhere) info.note = "in a file of its own";
  return info;
}

GraphValue read_graph_value(const WireFields& graph, bool onnx, const std::string& kind) {
  WireFields info(graph.bytes(), concat(graph.where(), ": ", kind));
  GraphValue value;
  bool typed = false;
  while (info.next()) {
    if (info.field() == 1) {
      value.name = info.text();
    } else if (info.field() == 2) {
      typed = true;
      onnx ? read_type(info, value) : read_mindir_type(info, value);
    } else if (info.field() == 3 && onnx) {
      value.doc = info.text();
    }
  }
  if (value.name.empty()) info.fail("a name", "none");
  // MINDIR describes what is no tensor elsewhere.
  if (!typed && onnx) info.fail(concat("a type of \"", value.name, "\""), "none");
  return value;
}

}  // namespace dem
