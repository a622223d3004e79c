#include "dem/exchange/export.h"

#include "base/enum_names.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

namespace {

constexpr EnumName<ExportGraph> kExportGraphs[] = {{ExportGraph::kEmbed, "embed"},
                                                   {ExportGraph::kClassify, "classify"}};

}  // namespace

std::string_view to_string(ExportGraph graph) noexcept {
  return name_of(kExportGraphs, graph);
}

ExportGraph export_graph_from_string(std::string_view name) {
  return value_of(kExportGraphs, name, "export: graph");
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
  if (!(reject_below >= 0.0 && reject_below <= 1.0)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("export: reject_below: expected a probability, got ", reject_below));
  }
  if (graph == ExportGraph::kClassify) return;
  const char* field = !candidates.empty() ? "candidates" : reject_below > 0.0 ? "reject_below" : "";
  if (*field == '\0') return;
  throw Error(
      ErrorKind::kInvalidArgument,
      concat("export: ", field, ": expected graph classify, got embed, which knows no class"));
}

}  // namespace dem
