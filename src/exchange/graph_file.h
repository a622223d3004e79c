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

// Fills in format, arrays (ONNX initializers, MINDIR parameters; not weights in constant nodes or
// subgraphs) and metadata: version, producer, the number of operators, a line an input and an
// output with type and shape; of ONNX also the operator sets and the file's own metadata, under
// "metadata.KEY" where the key is one of the above, and of dem's how many classes it knows. Files
// of others are read, too. Throws Error{kFormat} for a broken one.
void describe_graph_file(std::span<const std::byte> bytes, GraphFormat format, FileReport& report);

}  // namespace dem
