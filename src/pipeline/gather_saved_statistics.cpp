#include <algorithm>
#include <optional>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/pipeline/statistics.h"

namespace dem {
namespace {

// Takes a dataset's features as they are read.
class FileGatherer {
 public:
  explicit FileGatherer(const GatherOptions& options) : options_(options) {}

  void add(const Dataset& dataset, Index first_row, MatrixView<const float> rows) {
    if (labels_.empty()) start(dataset);
    const auto labels = std::span(labels_).subspan(at(first_row), at(rows.rows()));
    if (options_.row_scaling == ScalingKind::kNone) return gather(rows, labels);
    if (scaled_.rows() < rows.rows()) {
      scaled_ = Matrix<float>::uninitialised(rows.rows(), rows.cols());
    }
    const MatrixView<float> scaled = scaled_.view().row_block(0, rows.rows());
    for (Index i = 0; i < rows.rows(); ++i) {
      std::copy(rows.row(i).begin(), rows.row(i).end(), scaled.row(i).begin());
    }
    FeatureScaling{options_.row_scaling, {}, {}}.apply(scaled);
    gather(scaled, labels);
  }
  void finish(SavedStatistics& saved) {
    if (gatherer_) {
      saved.statistics = gatherer_->finish();
      return;
    }
    saved.statistics = folds_->pooled();
    saved.folds = std::move(*folds_).finish();
    folds_.reset();
    saved.statistics.second_moment = std::move(saved.folds->all().second_moment);
    saved.sample = std::move(*sampler_).finish();
  }

 private:
  void start(const Dataset& dataset) {
    const std::vector<Index>& rows =
        options_.rows == "train" ? dataset.split.train : dataset.split.trainval;
    if (rows.empty()) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("rows: dataset ", dataset.name, " has no list ", options_.rows));
    }
    labels_.assign(dataset.labels.size(), -1);
    for (const Index row : rows) labels_[at(row)] = dataset.labels[at(row)];
    const std::vector<std::string>& names = dataset.classes.names;
    const Index dim = dataset.feature_dim();
    if (!options_.second_moment) {
      gatherer_.emplace(dataset.classes.size(), dim, false);
      return;
    }
    folds_.emplace(folds_of(names, kNumFolds), kNumFolds, dim, true);
    sampler_.emplace(names, dim, options_.sample_rows, static_cast<Index>(rows.size()));
  }
  void gather(MatrixView<const float> rows, std::span<const ClassId> labels) {
    if (gatherer_) return gatherer_->add(rows, labels);
    folds_->add(rows, labels);
    sampler_->add(rows, labels);
  }

  const GatherOptions& options_;
  std::optional<StatisticsGatherer> gatherer_;   // without second moments, or
  std::optional<FoldStatisticsGatherer> folds_;  // with them
  std::optional<RowSampler> sampler_;
  std::vector<ClassId> labels_;  // -1: not among the rows
  // Of one block after another: made anew for each, aligned memory of this size would leave holes
  // in the heap that the next one does not fit, and memory would grow with the rows.
  Matrix<float> scaled_;
};

}  // namespace

void GatherOptions::validate() const {
  if (sample_rows < 0) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("sample_rows: expected at least 0, got ", sample_rows));
  }
  if (row_scaling != ScalingKind::kNone && row_scaling != ScalingKind::kL2) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("row_scaling: expected none or l2 (others are fitted when training), got ",
                       to_string(row_scaling)));
  }
  if (rows == "trainval" || rows == "train") return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("rows: expected trainval or train, got \"", rows, "\""));
}

SavedStatistics gather_statistics(const DatasetOptions& data, const GatherOptions& options) {
  options.validate();
  FileGatherer gatherer(options);
  DatasetOptions streamed = data;
  streamed.on_features = [&](const Dataset& dataset, Index first, MatrixView<const float> rows) {
    gatherer.add(dataset, first, rows);
  };
  Dataset dataset = load_dataset(streamed);
  SavedStatistics saved{{},
                        std::move(dataset.classes),
                        options.row_scaling,
                        dataset.name,
                        dataset.layout,
                        std::string(to_string(data.train_mode)),
                        options.rows,
                        dataset.original_attributes,
                        dataset.has_original_attributes,
                        dataset.missing_descriptions,
                        dataset.num_missing,
                        dataset.missing_features,
                        dataset.zeroed_features.values,
                        {dataset.fingerprint}};
  gatherer.finish(saved);
  for (std::size_t c = 0; c < saved.classes.seen.size(); ++c) {
    saved.classes.seen[c] = saved.statistics.counts[c] > 0;
  }
  return saved;
}

}  // namespace dem
