#include "base/text.h"
#include "dem/base/error.h"
#include "dem/exchange/export.h"
#include "exchange/export_parts.h"
#include "exchange/file_metadata.h"
#include "exchange/model_json.h"
#include "exchange/onnx_graphs.h"

namespace dem {
namespace {

// The facts of model.safetensors under the same names.
void add_metadata(const Model& model, const ExportOptions& options, OnnxGraph& graph) {
  graph.metadata("format", "dem onnx");
  graph.metadata("format_version", "1");
  graph.metadata("graph", std::string(to_string(options.graph)));
  graph.metadata("network", network_to_json(model.network.spec()));
  graph.metadata("classes", class_table_to_json(model.classes));
  graph.metadata("scaling", std::string(to_string(model.scaling.kind)));
  graph.metadata("metric", std::string(to_string(model.metric)));
  if (model.temperature > 0.0f) {
    graph.metadata("temperature", exact_text(double{model.temperature}));
  }
  graph.metadata("float16_unseen_embeddings", model.float16_unseen_embeddings ? "true" : "false");
  for (const auto& [key, value] : model.provenance) graph.metadata("provenance." + key, value);
}

void require_classes(const Model& model, const std::string& path) {
  if (model.classes.size() > 0 && !model.prototypes.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(path,
                     ": graph classify: expected a model with classes and prototypes, got bare "
                     "weights; graph embed needs none"));
}

}  // namespace

void export_onnx(const Model& model, const ExportOptions& options, const std::string& path) {
  options.validate();
  check_for_export(model, path);
  OnnxGraph graph(concat("dem_", to_string(options.graph)), options.batch_size);
  if (options.graph == ExportGraph::kEmbed) {
    build_embed_graph(model.network, graph);
  } else {
    require_classes(model, path);
    build_classify_graph(model, options.top_k, graph);
  }
  add_metadata(model, options, graph);
  write_message(graph.model(), path);
}

}  // namespace dem
