#include <algorithm>
#include <cmath>
#include <optional>

#include "base/hash.h"
#include "base/sequential_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/comm/communicator.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/predict.h"
#include "pipeline/feature_shards.h"
#include "pipeline/prediction_rows.h"
#include "pipeline/prediction_writer.h"

namespace dem {
namespace {

constexpr Index kBlockBytes = Index{16} << 20;

// `num_found`: classes that the search gives a row.
Index rows_of_block(const PredictFileOptions& options, Index feature_dim, Index num_found) {
  if (options.block_rows > 0) return options.block_rows;
  constexpr Index kMultiple = 256, kMost = 1 << 16;
  const Index widest = std::max(feature_dim, num_found);
  const Index rows = kBlockBytes / (widest * static_cast<Index>(sizeof(float)));
  return std::clamp(rows / kMultiple * kMultiple, kMultiple, kMost);
}

void check(const PredictFileOptions& options, const Communicator& group) {
  if (!(options.reject_below >= 0.0 && options.reject_below <= 1.0)) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("predict: reject_below: expected a probability, got ", options.reject_below));
  }
  if (options.block_rows < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("predict: block_rows: expected at least 0, got ", options.block_rows));
  }
  if (group.size() > 1 && is_sequential(options.input)) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("predict: input: expected a file, which every rank can read, got ",
                       options.input == "-" ? "standard input" : options.input + ", a pipe"));
  }
}

// Groups are summed over all candidates.
PredictOptions search_options(const Model& model, const PredictFileOptions& options) {
  PredictOptions search = options.predict;
  const bool has_groups = !options.groups.empty();
  search.ids_only =
      options.format == PredictionFormat::kNpy && options.reject_below == 0.0 && !has_groups;
  if (has_groups) {
    const auto& candidates = search.candidates;
    search.top_k =
        candidates.empty() ? model.classes.size() : static_cast<Index>(candidates.size());
  }
  return search;
}

// What the ids of the output are places in.
ClassTable labels_of(const Model& model, const PredictFileOptions& options) {
  ClassTable labels;
  labels.names = options.groups.empty() ? model.classes.names : options.groups.names;
  return labels;
}

// Why there are no probabilities.
void check_probabilities(const Model& model,
                         const Predictor& predictor,
                         const PredictFileOptions& options,
                         const Communicator& group) {
  if (predictor.has_probabilities()) return;
  const std::string why =
      model.temperature > 0.0f
          ? "the model's temperature was fitted for metric " + std::string(to_string(model.metric))
          : "the model has no fitted temperature (trained by an older version or "
            "without images, its training was stopped, or it is made of class vectors without one)";
  if (!options.groups.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("predict: groups: expected a model with probabilities, got none: ", why));
  }
  if (options.reject_below > 0.0) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat("predict: reject_below: expected a model with probabilities, got none: ", why));
  }
  if (options.format == PredictionFormat::kNpy || !group.is_root()) return;
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

// Of all that decides what is written about a row.
std::string fingerprint_of(const Model& model, const PredictFileOptions& options) {
  Fingerprint hash;
  const auto add = [&](const auto* values, std::size_t count) {
    hash.add(values, count * sizeof *values);
  };
  const std::string bytes = model_to_bytes(model);
  add(bytes.data(), bytes.size());
  add(options.predict.candidates.data(), options.predict.candidates.size());
  for (const std::string& group : options.groups.names) add(group.c_str(), group.size() + 1);
  add(options.groups.of_class.data(), options.groups.of_class.size());
  const std::string rest = concat(static_cast<int>(options.format),
                                  " ",
                                  options.predict.top_k,
                                  " ",
                                  options.reject_below,
                                  " ",
                                  options.block_rows,
                                  " ",
                                  to_string(options.missing_features),
                                  " ",
                                  to_string(options.predict.metric.value_or(model.metric)));
  add(rest.data(), rest.size());
  return hash.hex();
}

struct LabelledBlock {
  Index rows = 0;  // 0: the file has ended
  Index rejected = 0;
  ZeroedFeatures zeroed;
  std::string bytes;  // PredictionRows
};

// Makes the predictions of one rank: block b of the file is the work of rank b mod size.
class Labeller {
 public:
  Labeller(const Model& model, const PredictFileOptions& options, const Communicator& group)
      : predictor_(model, search_options(model, options)),
        groups_(options.groups),
        top_k_(options.predict.top_k),
        reject_below_(options.reject_below),
        blocks_between_(group.size() - 1),
        blocks_before_(group.rank()),
        rows_(make_prediction_rows(options.format, labels_of(model, options))) {
    check_probabilities(model, predictor_, options, group);
    const Index feature_dim = predictor_.feature_dim();
    features_.emplace(options.input,
                      FeatureStreamOptions{.feature_dim = feature_dim,
                                           .variable = options.variable,
                                           .samples = options.samples,
                                           .missing = options.missing_features});
    const Index num_found = groups_.empty() ? 1 : predictor_.num_candidates();
    block_ =
        Matrix<float>::uninitialised(rows_of_block(options, feature_dim, num_found), feature_dim);
  }

  // Skips the blocks of the other ranks, which check their values.
  void label_next(LabelledBlock& out) {
    features_->skip(blocks_before_ * block_.rows());
    blocks_before_ = blocks_between_;
    const Index first_row = features_->position();
    out.bytes.clear();
    out.rejected = 0;
    const ZeroedFeatures before = features_->zeroed();
    out.rows = features_->read(block_);
    out.zeroed = {features_->zeroed().values - before.values,
                  features_->zeroed().rows - before.rows};
    if (out.rows == 0) return;
    Prediction prediction = predictor_.predict(block_.view().row_block(0, out.rows), first_row);
    if (!groups_.empty()) prediction = grouped(prediction, groups_, top_k_);
    const std::vector<bool> rejected = rejected_rows(prediction, reject_below_);
    out.rejected = std::count(rejected.begin(), rejected.end(), true);
    rows_->append(prediction, rejected, first_row, out.bytes);
  }

  [[nodiscard]] const FeatureShards& features() const { return *features_; }
  [[nodiscard]] Index block_rows() const { return block_.rows(); }
  [[nodiscard]] bool has_distances() const { return predictor_.has_distances() && groups_.empty(); }

 private:
  Predictor predictor_;
  const ClassGroups& groups_;
  Index top_k_;
  double reject_below_;
  Index blocks_between_;  // the rank's own
  Index blocks_before_;   // its next one
  std::unique_ptr<PredictionRows> rows_;
  std::optional<FeatureShards> features_;
  Matrix<float> block_;
};

// A block of every rank at a time, put together on the root. All members are collective.
class Rounds {
 public:
  Rounds(const Model& model, const PredictFileOptions& options, Communicator& group)
      : group_(group), should_stop_(options.should_stop) {
    if (group_.size() > 1) {
      require_same(group_, "model and options", fingerprint_of(model, options));
    }
    agree(group_, [&] {
      check(options, group_);
      labeller_.emplace(model, options, group_);
      if (!group_.is_root()) return;
      writer_ = make_prediction_writer(options.format,
                                       open_sink(options),
                                       {options.predict.top_k, labeller_->has_distances()},
                                       labeller_->features().rows());
    });
  }

  [[nodiscard]] bool should_stop() const {
    Index ranks = should_stop_ && should_stop_() ? 1 : 0;
    group_.sum(std::span(&ranks, 1));
    return ranks > 0;
  }

  // False at the end of the file.
  bool next(PredictFileSummary& summary) {
    agree(group_, [&] { labeller_->label_next(block_); });
    const Index before = summary.rows;
    count(summary);
    if (summary.rows == before) return false;
    const auto mine = std::as_bytes(std::span(block_.bytes));
    const auto others = group_.gather(group_.is_root() ? mine.first(0) : mine);
    agree(group_, [&] {
      if (!writer_) return;
      writer_->add(block_.bytes);
      for (const auto& rows : others) {
        if (!rows.empty()) writer_->add({reinterpret_cast<const char*>(rows.data()), rows.size()});
      }
    });
    return true;
  }

  void finish(Index rows) {
    agree(group_, [&] {
      const FeatureShards& features = labeller_->features();
      if (features.rows() >= 0 && features.rows() != rows) refuse_other_rows();
      if (writer_) writer_->finish();
    });
  }

 private:
  // Adds the rows of all ranks. Only the last block of the file is shorter than the others.
  void count(PredictFileSummary& summary) {
    std::vector<Index> counts(static_cast<std::size_t>(group_.size()));
    counts[static_cast<std::size_t>(group_.rank())] = block_.rows;
    group_.sum(counts);
    Index sums[] = {block_.rejected, block_.zeroed.values, block_.zeroed.rows};
    group_.sum(std::span<Index>(sums));
    summary.rejected += sums[0];
    summary.zeroed.values += sums[1];
    summary.zeroed.rows += sums[2];
    for (const Index rows : counts) {
      if (ended_ && rows > 0) refuse_other_rows();
      ended_ = rows < labeller_->block_rows();
      summary.rows += rows;
    }
  }

  [[noreturn]] void refuse_other_rows() const {
    throw AgreedError(
        ErrorKind::kFormat,
        concat(labeller_->features().where(),
               ": expected the same rows on every rank, got files of different lengths"));
  }

  Communicator& group_;
  const std::function<bool()>& should_stop_;
  std::optional<Labeller> labeller_;
  std::unique_ptr<PredictionWriter> writer_;  // the root's
  LabelledBlock block_;
  bool ended_ = false;
};

}  // namespace

PredictionFormat prediction_format_from_string(std::string_view name) {
  if (name == "csv") return PredictionFormat::kCsv;
  if (name == "jsonl") return PredictionFormat::kJsonLines;
  if (name == "npy") return PredictionFormat::kNpy;
  throw Error(ErrorKind::kInvalidArgument,
              concat("prediction format: expected csv, jsonl or npy, got \"", name, "\""));
}

PredictFileSummary predict_file(const Model& model, const PredictFileOptions& options) {
  Rounds rounds(model, options, options.group != nullptr ? *options.group : self_communicator());
  PredictFileSummary summary;
  do {
    if (rounds.should_stop()) return summary;
  } while (rounds.next(summary));
  rounds.finish(summary.rows);
  summary.finished = true;
  return summary;
}

}  // namespace dem
