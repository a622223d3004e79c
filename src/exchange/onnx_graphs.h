// The graphs of an ONNX export, without metadata.
#pragma once

#include "dem/exchange/export.h"
#include "exchange/onnx_graph.h"

namespace dem {

// Descriptions in, prototypes out.
void build_embed_graph(const ClassMap& map, OnnxGraph& graph);

// Raw features in, scores out, the top_k nearest as well where top_k > 0. The model has classes.
void build_classify_graph(const Model& model, Index top_k, OnnxGraph& graph);

}  // namespace dem
