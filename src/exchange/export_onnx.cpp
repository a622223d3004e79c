#include <algorithm>

#include "base/shortest_text.h"
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
void add_metadata(const ClassMap& map,
                  const Provenance& provenance,
                  const ExportOptions& options,
                  OnnxGraph& graph) {
  graph.metadata("format", "dem onnx");
  graph.metadata("format_version", "2");
  graph.metadata("graph", std::string(to_string(options.graph)));
  graph.metadata("class_map", class_map_to_json(map));
  if (map.join()) graph.metadata("space_join", space_join_to_json(*map.join()));
  if (map.hub_correction()) {
    graph.metadata("hub_correction", hub_correction_to_json(*map.hub_correction()));
  }
  for (const auto& [key, value] : provenance) graph.metadata("provenance." + key, value);
}

void add_metadata(const Model& model, OnnxGraph& graph) {
  graph.metadata("feature_map", feature_map_to_json(model.feature_map));
  graph.metadata("classes", class_table_to_json(model.classes));
  graph.metadata("metric", std::string(to_string(model.metric)));
  if (model.gamma != 0.0f) graph.metadata("gamma", shortest_text(double{model.gamma}));
  if (model.temperature > 0.0f) {
    graph.metadata("temperature", shortest_text(double{model.temperature}));
  }
}

void require_classes(const Model& model, const std::string& path) {
  if (model.classes.size() > 0 && !model.prototypes.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(path,
                     ": graph classify: expected a model with classes and prototypes, got none; "
                     "graph embed needs none"));
}

bool has_kernel(const ClassMap& map) {
  const auto* maps = std::get_if<MapsSideBySide>(&map.kind());
  if (maps == nullptr) return std::holds_alternative<KernelMap>(map.kind());
  return std::any_of(maps->maps.begin(), maps->maps.end(), has_kernel);
}

// A kernel map's prototypes hang on names as well, and on most of a graph's operators.
void refuse_kernel(const ClassMap& map, const std::string& path) {
  if (!has_kernel(map)) return;
  throw Error(ErrorKind::kUnsupported,
              concat(path,
                     ": graph embed: expected a class map that is a network, linear, the identity "
                     "or an mlp, or such ones side by side, got ",
                     map.to_string(),
                     "; graph classify takes any"));
}

void refuse_classify(const ExportOptions& options, const std::string& path) {
  if (options.graph != ExportGraph::kClassify) return;
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
    refuse_kernel(model.class_map, path);
    build_embed_graph(model.class_map, graph);
  } else {
    require_classes(model, path);
    build_classify_graph(model, options.top_k, graph);
  }
  add_metadata(model.class_map, model.provenance, options, graph);
  add_metadata(model, graph);
  write_message(graph.model(), path);
}

void export_onnx(const BareWeights& weights,
                 const ExportOptions& options,
                 const std::string& path) {
  options.validate();
  refuse_classify(options, path);
  check_for_export(weights, path);
  OnnxGraph graph(concat("dem_", to_string(options.graph)), options.batch_size);
  const ClassMap map(
      NetworkMap{weights.map.network.clone(), weights.map.float16_unseen_embeddings});
  build_embed_graph(map, graph);
  add_metadata(map, weights.provenance, options, graph);
  graph.metadata("classes", class_table_to_json(ClassTable{}));
  write_message(graph.model(), path);
}

}  // namespace dem
