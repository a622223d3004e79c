// The tensors and values of an ONNX or MINDIR graph, described.
#pragma once

#include <string>

#include "dem/io/array_file.h"
#include "exchange/wire_fields.h"

namespace dem {

// Field numbers where the two formats differ (proto/onnx_model.proto, proto/mindir.proto).
struct GraphFields {
  std::uint64_t tensor_name, weight, input, output;
};

[[nodiscard]] GraphFields graph_fields(bool onnx);

// What a ValueInfoProto says.
struct GraphValue {
  std::string name;
  ElementType type = ElementType::kOther;
  std::string shape;  // "batch, 85"; an extent of which nothing is known is "?"
  std::string doc;
};

// The TensorProto that is `parent`'s field; numbers that lie in it as bytes must be as many as its
// shape says. Throws Error{kFormat}.
[[nodiscard]] ArrayInfo read_graph_tensor(const WireFields& parent, bool onnx);

// The ValueInfoProto that is the graph's field; `kind` is what messages call it. What is no tensor
// (a sequence, a map) has type kOther. Throws Error{kFormat}.
[[nodiscard]] GraphValue read_graph_value(const WireFields& graph,
                                          bool onnx,
                                          const std::string& kind);

}  // namespace dem
