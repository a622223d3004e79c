// From a file of features to a file of predictions.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dem/comm/communicator.h"
#include "dem/io/feature_stream.h"
#include "dem/model/model.h"
#include "dem/pipeline/class_groups.h"
#include "dem/search/predictor.h"

namespace dem {

// docs/prediction.md has every column and field.
enum class PredictionFormat {
  kCsv,        // a header, then a line a row
  kJsonLines,  // an object a row
  kNpy,        // int32 [n, top_k]: class ids, -1 throughout a rejected row
};

// "csv", "jsonl", "npy"; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] PredictionFormat prediction_format_from_string(std::string_view name);

struct PredictFileOptions {
  // Any file of features, a folder of such files, or a pattern ("features_*.npy"), whose rows
  // follow one another in natural order; "-": standard input, CSV or .npy.
  std::string input = "";
  std::string output = "";  // appears whole or not at all; empty: everything goes to `write`
  std::function<void(std::string_view)> write = {};
  PredictionFormat format = PredictionFormat::kCsv;
  PredictOptions predict = {};  // ids_only is set as the format needs
  // Where there are some, groups are predicted in place of classes; predict.top_k counts them, and
  // ids are places in groups.names.
  ClassGroups groups = {};
  std::string variable = "";  // as in FeatureStreamOptions
  SampleAxis samples = SampleAxis::kAuto;
  MissingFeatures missing_features = MissingFeatures::kRefuse;
  // Rows whose first class has a lower probability are marked as rejected, 0 <= P <= 1; 0: none.
  double reject_below = 0.0;
  Index block_rows = 0;                    // read at a time; 0: about 16 MiB
  std::function<bool()> should_stop = {};  // asked between blocks
  // Null: this process alone. Otherwise every rank calls predict_file with the same model and
  // options, reads `input` itself and labels its share of the blocks; the output, the very bytes of
  // one process, is made on rank 0, which holds a block's output of every rank.
  Communicator* group = nullptr;
};

struct PredictFileSummary {
  Index rows = 0;
  Index rejected = 0;
  ZeroedFeatures zeroed;
  bool finished = false;  // false: stopped by should_stop, and no output file was made
};

// Labels the features a block at a time: memory does not grow with their number. The rows keep
// their order. Warns where the model has no temperature, so that probabilities stay empty. Throws
// Error{kInvalidArgument} for options that cannot be, a rejection without probabilities among them,
// what FeatureStream and Predictor throw, and Error{kFormat} for files with a gap in their numbers
// and for headings that differ from those of the first file. In a group of several ranks all of
// them return the same summary, stop where should_stop says so on one, and throw AgreedError where
// one fails; `output` and `write` are the root's, as is the warning; standard input and pipes are
// refused with Error{kInvalidArgument}, files of different lengths with Error{kFormat}.
PredictFileSummary predict_file(const Model& model, const PredictFileOptions& options);

// The classes to search: "all", "seen", "unseen", or a file that read_class_names reads. Throws
// Error{kInvalidArgument} for an unknown name, a name twice, or where no class is left.
[[nodiscard]] std::vector<ClassId> candidates_from_string(const std::string& text,
                                                          const ClassTable& classes);

}  // namespace dem
