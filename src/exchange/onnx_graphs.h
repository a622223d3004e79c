// The graphs of an ONNX export, without metadata.
#pragma once

#include "dem/exchange/export.h"
#include "exchange/onnx_graph.h"

namespace dem {

// Descriptions in, prototypes out.
void build_embed_graph(const ClassMap& map, OnnxGraph& graph);

// Raw features in, scores for the classes of `prototypes` out, which are some of the model's; what
// options.top_k and options.reject_below ask for as well.
void build_classify_graph(const Model& model,
                          const Prototypes& prototypes,
                          const ExportOptions& options,
                          OnnxGraph& graph);

}  // namespace dem
