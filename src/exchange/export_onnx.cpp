#include <algorithm>
#include <numeric>
#include <set>

#include "base/at.h"
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

// `classes` are those that the graph knows.
void add_metadata(const Model& model, const ClassTable& classes, OnnxGraph& graph) {
  graph.metadata("feature_map", feature_map_to_json(model.feature_map));
  graph.metadata("classes", class_table_to_json(classes));
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

void require_each_once(std::span<const ClassId> candidates, const std::string& path) {
  std::set<ClassId> known;
  for (const ClassId id : candidates) {
    if (known.insert(id).second) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat(path, ": candidates: expected each class once, got ", id, " twice"));
  }
}

void require_probabilities(const Model& model, const std::string& path) {
  if (model.temperature > 0.0f) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(path,
                     ": reject_below: expected a model with probabilities, got one without a "
                     "temperature"));
}

// The classes that a graph knows, without descriptions. Their ids have been checked.
ClassTable table_of(const ClassTable& all, std::span<const ClassId> candidates) {
  ClassTable table{{}, {}, all.spaces, {}, all.dimension_names};
  for (const ClassId id : candidates) {
    table.names.push_back(all.names[at(id)]);
    table.seen.push_back(all.seen[at(id)]);
  }
  return table;
}

// Returns the classes that the graph knows.
ClassTable add_classify_graph(const Model& model,
                              const ExportOptions& options,
                              const std::string& path,
                              OnnxGraph& graph) {
  require_classes(model, path);
  if (options.reject_below > 0.0) require_probabilities(model, path);
  std::vector<ClassId> candidates = options.candidates;
  if (candidates.empty()) {
    candidates.resize(at(model.classes.size()));
    std::iota(candidates.begin(), candidates.end(), ClassId{0});
  }
  require_each_once(candidates, path);
  const Prototypes prototypes = candidate_prototypes(model.prototypes, candidates);
  build_classify_graph(model, prototypes, options, graph);
  return table_of(model.classes, candidates);
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
  const bool classifies = options.graph == ExportGraph::kClassify;
  ClassTable classes;
  if (classifies) {
    classes = add_classify_graph(model, options, path, graph);
  } else {
    refuse_kernel(model.class_map, path);
    build_embed_graph(model.class_map, graph);
  }
  add_metadata(model.class_map, model.provenance, options, graph);
  add_metadata(model, classifies ? classes : model.classes, graph);
  if (options.reject_below > 0.0) {
    graph.metadata("reject_below", shortest_text(options.reject_below));
  }
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
