// Steps that ONNX graphs are made of, for features and descriptions alike.
#pragma once

#include <string>

#include "dem/model/feature_map.h"
#include "exchange/onnx_graph.h"

namespace dem {

// Rows [n, dim] divided by their norms; a zero row stays zero. Rows are divided by their largest
// magnitude first, so that squares neither overflow nor vanish; the smallest normal number, added
// to that magnitude and to the sum of squares, turns 0 / 0 into 0 and is lost in any other sum.
std::string add_unit_rows(OnnxGraph& graph,
                          const std::string& rows,
                          Index dim,
                          const std::string& name);

// [1, dim] of ones, made once.
std::string ones_row(OnnxGraph& graph, Index dim);

// A FeatureMap's steps on features [n, feature_dim], as NAME.0 and so on; returns the value behind
// the last.
std::string add_feature_map(OnnxGraph& graph,
                            const FeatureMap& map,
                            const std::string& features,
                            Index feature_dim,
                            const std::string& name = "feature_map");

}  // namespace dem
