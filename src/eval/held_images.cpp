#include "eval/held_images.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

void check_held_once(Communicator& ranks, const Dataset& dataset, std::span<const Index> rows) {
  if (each_held_once(ranks, rows, [&](Index row) { return dataset.feature_row(row) >= 0; })) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("evaluation: expected each of ",
                     rows.size(),
                     " rows on exactly one of ",
                     ranks.size(),
                     " ranks, as load_dataset deals them out to a group, got others"));
}

void check_label(ClassId label, Index row, const Dataset& dataset) {
  const Index num_classes = dataset.classes.size();
  if (label >= 0 && label < num_classes) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("evaluation: expected a class of 0 .. ",
                     num_classes - 1,
                     " for row ",
                     row,
                     ", got ",
                     label));
}

}  // namespace

void check_shapes(const ScoreSource& scores, const Dataset& dataset) {
  if (scores.num_classes() != dataset.classes.size() ||
      scores.num_rows() != dataset.visual_features.rows()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("evaluation: expected scores of ",
                       dataset.visual_features.rows(),
                       " rows for ",
                       dataset.classes.size(),
                       " classes, got ",
                       scores.num_rows(),
                       " for ",
                       scores.num_classes()));
  }
  const Index num_features = dataset.is_sharded() ? static_cast<Index>(dataset.feature_rows.size())
                                                  : dataset.visual_features.rows();
  if (dataset.num_rows() != num_features) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("evaluation: expected a label for each of ",
                       num_features,
                       " feature rows, got ",
                       dataset.num_rows()));
  }
}

void check_rows(std::span<const Index> rows, const Dataset& dataset) {
  const Index num_rows = dataset.num_rows();
  for (const Index row : rows) {
    if (row >= 0 && row < num_rows) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("evaluation: expected rows of 0 .. ", num_rows - 1, ", got ", row));
  }
}

Communicator& sharing_ranks(const Dataset& dataset, Communicator& group) {
  return dataset.is_sharded() ? group : self_communicator();
}

HeldImages::HeldImages(const Dataset& dataset, std::span<const Index> rows, Communicator& ranks)
    : rows_(rows) {
  check_rows(rows, dataset);
  labels_.reserve(rows.size() / static_cast<std::size_t>(ranks.size()) + 1);
  for (const Index row : rows) {
    const auto position = static_cast<std::size_t>(row);
    check_label(dataset.labels[position], row, dataset);
    const bool held = !dataset.is_sharded() || dataset.feature_rows[position] >= 0;
    if (held) labels_.push_back(dataset.labels[position]);
  }
  if (!dataset.is_sharded()) return;
  places_ = dataset.held(rows);
  rows_ = places_;
  check_held_once(ranks, dataset, rows);
}

}  // namespace dem
