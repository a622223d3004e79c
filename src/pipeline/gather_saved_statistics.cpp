#include <algorithm>
#include <memory>

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
    if (!gatherer_) start(dataset);
    const auto labels = std::span(labels_).subspan(at(first_row), at(rows.rows()));
    if (options_.row_scaling == ScalingKind::kNone) return gatherer_->add(rows, labels);
    Matrix<float> scaled = Matrix<float>::uninitialised(rows.rows(), rows.cols());
    for (Index i = 0; i < rows.rows(); ++i) {
      std::copy(rows.row(i).begin(), rows.row(i).end(), scaled.row(i).begin());
    }
    FeatureScaling{options_.row_scaling, {}, {}}.apply(scaled);
    gatherer_->add(scaled, labels);
  }
  [[nodiscard]] ClassStatistics finish() const { return gatherer_->finish(); }

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
    gatherer_ = std::make_unique<StatisticsGatherer>(
        dataset.classes.size(), dataset.feature_dim(), options_.second_moment);
  }

  const GatherOptions& options_;
  std::unique_ptr<StatisticsGatherer> gatherer_;
  std::vector<ClassId> labels_;  // -1: not among the rows
};

}  // namespace

void GatherOptions::validate() const {
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
  SavedStatistics saved{gatherer.finish(),
                        std::move(dataset.classes),
                        options.row_scaling,
                        dataset.name,
                        dataset.layout,
                        std::string(to_string(data.train_mode)),
                        options.rows,
                        data.original_attributes,
                        {dataset.fingerprint}};
  for (std::size_t c = 0; c < saved.classes.seen.size(); ++c) {
    saved.classes.seen[c] = saved.statistics.counts[c] > 0;
  }
  return saved;
}

}  // namespace dem
