// What a file of ONNX or MINDIR says, without running or copying any of it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "dem/exchange/inspect.h"

namespace dem {

enum class GraphFormat { kNone, kOnnx, kMindir };

// By content: the first two fields of a model. Where the content shows nothing, by the ending
// .onnx or .mindir, so that a broken file is refused as what it should be.
[[nodiscard]] GraphFormat graph_format_of(std::span<const std::byte> bytes,
                                          const std::string& path);

// Fills in format, arrays (the weights) and metadata: version, producer, operator sets, the number
// of operators, a line an input and an output with type and shape, and the file's own metadata. Of
// a file of dem also how many classes it knows. Any valid file of either format is read, whoever
// wrote it. Throws Error{kFormat} for a broken one.
void describe_graph_file(std::span<const std::byte> bytes, GraphFormat format, FileReport& report);

}  // namespace dem
