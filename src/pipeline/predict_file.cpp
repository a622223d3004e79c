#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/class_file.h"
#include "dem/pipeline/predict.h"
#include "pipeline/prediction_writer.h"

namespace dem {
namespace {

constexpr Index kBlockBytes = Index{16} << 20;

Index rows_of_block(const PredictFileOptions& options, Index feature_dim) {
  if (options.block_rows > 0) return options.block_rows;
  constexpr Index kMultiple = 256, kMost = 1 << 16;
  const Index rows = kBlockBytes / (feature_dim * static_cast<Index>(sizeof(float)));
  return std::clamp(rows / kMultiple * kMultiple, kMultiple, kMost);
}

void check(const PredictFileOptions& options) {
  if (!(options.reject_below >= 0.0 && options.reject_below <= 1.0)) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("predict: reject_below: expected a probability, got ", options.reject_below));
  }
  if (options.block_rows < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("predict: block_rows: expected at least 0, got ", options.block_rows));
  }
}

PredictOptions search_options(const PredictFileOptions& options) {
  PredictOptions search = options.predict;
  search.ids_only = options.format == PredictionFormat::kNpy && options.reject_below == 0.0;
  return search;
}

// Why there are no probabilities.
void check_probabilities(const Model& model,
                         const Predictor& predictor,
                         const PredictFileOptions& options) {
  if (predictor.has_probabilities()) return;
  const std::string why =
      model.temperature > 0.0f
          ? "the model's temperature was fitted for metric " + std::string(to_string(model.metric))
          : "the model has no fitted temperature (trained by an older version, "
            "or its training was stopped)";
  if (options.reject_below > 0.0) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("predict: reject_below: expected a model with probabilities, got none: ", why));
  }
  if (options.format == PredictionFormat::kNpy) return;
  log(LogLevel::kWarning, concat("probabilities are left empty: ", why));
}

std::vector<bool> rejected_rows(const Prediction& prediction, double reject_below) {
  std::vector<bool> rejected(static_cast<std::size_t>(prediction.classes.rows()));
  if (reject_below == 0.0) return rejected;
  for (std::size_t i = 0; i < rejected.size(); ++i) {
    const float probability = prediction.probabilities(static_cast<Index>(i), 0);
    rejected[i] = !(double{probability} >= reject_below);
  }
  return rejected;
}

// What is no file is a misspelt word as likely as a missing list.
std::vector<std::string> read_candidate_names(const std::string& path) {
  try {
    return read_name_list(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kIo) throw;
    throw Error(
        ErrorKind::kIo,
        concat("candidates: expected all, seen, unseen or a file of class names: ", error.what()));
  }
}

}  // namespace

PredictionFormat prediction_format_from_string(std::string_view name) {
  if (name == "csv") return PredictionFormat::kCsv;
  if (name == "jsonl") return PredictionFormat::kJsonLines;
  if (name == "npy") return PredictionFormat::kNpy;
  throw Error(ErrorKind::kInvalidArgument,
              concat("prediction format: expected csv, jsonl or npy, got \"", name, "\""));
}

PredictFileSummary predict_file(const Model& model, const PredictFileOptions& options) {
  check(options);
  const Predictor predictor(model, search_options(options));
  check_probabilities(model, predictor, options);
  FeatureStream features(options.input,
                         {.feature_dim = predictor.feature_dim(),
                          .variable = options.variable,
                          .samples = options.samples});
  const std::unique_ptr<ByteSink> sink = open_sink(options);
  const auto writer = make_prediction_writer(
      options.format, *sink, model.classes, options.predict.top_k, features.rows());
  PredictFileSummary summary;
  Matrix<float> block = Matrix<float>::uninitialised(
      rows_of_block(options, predictor.feature_dim()), predictor.feature_dim());
  while (true) {
    if (options.should_stop && options.should_stop()) return summary;
    const Index count = features.read(block);
    if (count == 0) break;
    const Prediction prediction = predictor.predict(block.view().row_block(0, count), summary.rows);
    const std::vector<bool> rejected = rejected_rows(prediction, options.reject_below);
    writer->add(prediction, rejected);
    summary.rows += count;
    summary.rejected += std::count(rejected.begin(), rejected.end(), true);
  }
  writer->finish();
  summary.finished = true;
  return summary;
}

std::vector<ClassId> candidates_from_string(const std::string& text, const ClassTable& classes) {
  std::vector<ClassId> candidates;
  if (text == "all" || text == "seen" || text == "unseen") {
    for (ClassId id = 0; id < classes.size(); ++id) {
      const bool seen = classes.seen[static_cast<std::size_t>(id)];
      if (text == "all" || seen == (text == "seen")) candidates.push_back(id);
    }
    if (!candidates.empty()) return candidates;
    throw Error(ErrorKind::kInvalidArgument,
                concat("candidates: expected a model with classes (", text, "), got none"));
  }
  std::map<std::string, std::vector<ClassId>> ids;  // classes may share a name
  for (ClassId id = 0; id < classes.size(); ++id) {
    ids[classes.names[static_cast<std::size_t>(id)]].push_back(id);
  }
  std::vector<bool> taken(classes.names.size());
  for (const std::string& name : read_candidate_names(text)) {
    const auto found = ids.find(name);
    if (found == ids.end()) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat(text, ": expected names of the model's classes, got \"", name, "\""));
    }
    for (const ClassId id : found->second) {
      if (taken[static_cast<std::size_t>(id)]) {
        throw Error(ErrorKind::kInvalidArgument,
                    concat(text, ": expected each class once, got \"", name, "\" twice"));
      }
      taken[static_cast<std::size_t>(id)] = true;
      candidates.push_back(id);
    }
  }
  if (candidates.empty()) {
    throw Error(ErrorKind::kInvalidArgument, concat(text, ": expected names of classes, got none"));
  }
  return candidates;
}

}  // namespace dem
