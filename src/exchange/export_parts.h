// What the exports of all formats share.
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>
#include <vector>

#include "dem/model/bare_weights.h"
#include "dem/model/model.h"

namespace dem {

// An input of an exported class map.
struct ExportInput {
  std::string name;       // "att", "word", or the space's own name
  std::size_t index = 0;  // of the map's spaces
};

// In the order of the reference's call, att before word. Throws Error{kInvalidArgument} where two
// have one name.
[[nodiscard]] std::vector<ExportInput> export_inputs(const std::vector<std::string>& spaces);
[[nodiscard]] std::vector<std::string> input_spaces_of(const NetworkSpec& spec);

// Throws as export_onnx says, with `where` in the message.
void check_for_export(const Model& model, const std::string& where);
void check_for_export(const BareWeights& weights, const std::string& where);

// Writes a message with a reproducible order of its fields. Throws Error{kUnsupported} where it is
// larger than Protocol Buffers allow, Error{kIo}.
void write_message(const google::protobuf::MessageLite& message, const std::string& path);

}  // namespace dem
