// Models in the formats of other runtimes.
//
// A file holds one of two graphs. docs/formats.md has their tensors, operators and metadata.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dem/model/bare_weights.h"
#include "dem/model/model.h"

namespace dem {

enum class ExportGraph {
  kEmbed,     // the class map: descriptions of classes in, their prototypes out
  kClassify,  // raw visual features in, scores, probabilities and nearest classes out
};

[[nodiscard]] std::string_view to_string(ExportGraph graph) noexcept;  // "embed", "classify"
// Inverse of to_string; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] ExportGraph export_graph_from_string(std::string_view name);

struct ExportOptions {
  ExportGraph graph = ExportGraph::kEmbed;
  // Rows of every input, at least 1; 0: any number, chosen at run time. MINDIR has no form of "any"
  // that all versions of MindSpore read, and takes 100 for 0, as the reference does.
  Index batch_size = 0;
  // kClassify: how many nearest classes come out beside the scores, all classes where there are
  // fewer; 0: none, for runtimes without ONNX's TopK, OpenCV 4.6 among them.
  Index top_k = 5;
  // kClassify: the classes that the graph knows, in this order, each once; empty: all of the model.
  std::vector<ClassId> candidates = {};
  // kClassify: rows whose first class has a lower probability are marked as rejected, 0 <= P <= 1;
  // 0: none, and no output says so.
  double reject_below = 0.0;

  // Throws Error{kInvalidArgument} naming the field.
  void validate() const;
};

// Writes ONNX, operator set 11, IR version 6. Numbers are float32, class ids int64 places in the
// graph's classes: the model's class table, or options.candidates, which the metadata list in their
// order (`classes`).
//
//   kEmbed     inputs `att` [n, embedding_dim], `word` [n, embedding_dim]: those that the class map
//              has, in this order; spaces other than "attribute" and "word" under their own names
//              output `prototypes` [n, prototype_dim]
//   kClassify  input `features` [n, feature_dim], before the model's feature map
//              output `scores` [n, num_classes]: those of Prediction, larger is better
//              output `probabilities` [n, num_classes], as Prediction has them, over these
//              classes; only where the model has a temperature
//              outputs `top_scores` and `top_ids` [n, k], nearest first, unless top_k is 0
//              output `accepted` [n], bool, where reject_below is above 0; a rejected row's
//              `top_ids` are then -1
//
// The same model and options give the same bytes. kEmbed does not round unseen embeddings to
// float16, as the reference's export does not. Throws Error{kInvalidArgument} where the parts of
// the model do not fit together, where kClassify finds no classes, a candidate out of range or
// given twice, or no temperature to reject by, and where the names of two spaces clash;
// Error{kNumerical} for numbers that are not finite; Error{kUnsupported} beyond 2 GiB, the most
// that the format holds in one file; Error{kIo}.
void export_onnx(const Model& model, const ExportOptions& options, const std::string& path);

// Writes MINDIR as MindSpore 1.6 does, with the operators of the reference's network; inputs as for
// ONNX. kClassify and a class map that is no network throw Error{kUnsupported}, other errors are
// those of export_onnx.
void export_mindir(const Model& model, const ExportOptions& options, const std::string& path);

// The same of bare weights, which give kEmbed alone: kClassify throws Error{kInvalidArgument}.
void export_onnx(const BareWeights& weights, const ExportOptions& options, const std::string& path);
void export_mindir(const BareWeights& weights,
                   const ExportOptions& options,
                   const std::string& path);

}  // namespace dem
