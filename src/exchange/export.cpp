#include "dem/exchange/export.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::string_view to_string(ExportGraph graph) noexcept {
  switch (graph) {
    case ExportGraph::kEmbed:
      return "embed";
    case ExportGraph::kClassify:
      return "classify";
  }
  return "";
}

ExportGraph export_graph_from_string(std::string_view name) {
  for (const ExportGraph graph : {ExportGraph::kEmbed, ExportGraph::kClassify}) {
    if (name == to_string(graph)) return graph;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("export: graph: expected embed or classify, got \"", name, "\""));
}

void ExportOptions::validate() const {
  if (batch_size < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("export: batch_size: expected 0 (any) or more, got ", batch_size));
  }
  if (top_k < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("export: top_k: expected 0 (none) or more, got ", top_k));
  }
}

}  // namespace dem
