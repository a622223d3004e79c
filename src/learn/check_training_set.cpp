#include "learn/check_training_set.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

void require_equal(Index expected, Index got, const char* what) {
  if (expected == got) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat("train: ", what, ": expected ", expected, ", got ", got));
}

void check_embeddings(const NetworkSpec& spec, const TrainingSet& data) {
  require_equal(static_cast<Index>(spec.inputs.size()),
                static_cast<Index>(data.class_embeddings.size()),
                "semantic spaces");
  for (std::size_t i = 0; i < spec.inputs.size(); ++i) {
    const MatrixView<const float>& embeddings = data.class_embeddings[i];
    require_equal(data.class_embeddings[0].rows(), embeddings.rows(), "described classes");
    require_equal(spec.inputs[i].dim, embeddings.cols(), "width of the class embeddings");
  }
}

void check_rows(const TrainingSet& data) {
  const auto num_rows = static_cast<Index>(data.labels.size());
  const Index num_classes = data.class_embeddings[0].rows();
  for (const Index row : data.rows) {
    if (row < 0 || row >= num_rows) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("train: rows: expected 0 to ", num_rows - 1, ", got ", row));
    }
    const ClassId label = data.labels[static_cast<std::size_t>(row)];
    if (label < 0 || label >= num_classes) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat(
              "train: label of row ", row, ": expected 0 to ", num_classes - 1, ", got ", label));
    }
  }
}

void check_feature_rows(const TrainingSet& data) {
  const Index held = data.visual_features.rows();
  if (data.feature_rows.empty()) {
    return require_equal(held, static_cast<Index>(data.labels.size()), "number of labels");
  }
  require_equal(static_cast<Index>(data.labels.size()),
                static_cast<Index>(data.feature_rows.size()),
                "number of feature rows");
  for (const Index row : data.feature_rows) {
    if (row >= -1 && row < held) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("train: feature_rows: expected -1 to ", held - 1, ", got ", row));
  }
}

void check_batch_size(const NetworkRecipe& recipe, Index num_rows) {
  if (num_rows == 0) {
    throw Error(ErrorKind::kInvalidArgument, "train: rows: expected at least one, got none");
  }
  if (recipe.drop_last && recipe.batch_size > num_rows) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("train: batch_size: expected at most ",
                       num_rows,
                       ", the number of training rows, because the last short batch is left out, "
                       "got ",
                       recipe.batch_size));
  }
}

}  // namespace

void require_steps(const Recipe& recipe) {
  if (recipe.network) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("train: expected a recipe that trains a network in steps, got ", recipe.name));
}

void check_training_set(const Network& network,
                        const TrainingSet& data,
                        const NetworkRecipe& recipe) {
  recipe.validate();
  require_equal(recipe.num_layers(), network.num_layers(), "layers of the network");
  check_embeddings(network.spec(), data);
  require_equal(network.spec().feature_dim, data.visual_features.cols(), "feature width");
  check_feature_rows(data);
  check_batch_size(recipe, static_cast<Index>(data.rows.size()));
  check_rows(data);
}

void check_together(const Network& network, const TrainingSet& data, const Recipe& recipe) {
  Communicator& group = data.group != nullptr ? *data.group : self_communicator();
  agree(group, [&] {
    recipe.validate();
    require_steps(recipe);
    check_training_set(network, data, *recipe.network);
  });
  check_shards(data, group);
}

void check_images(const TrainingSet& data, Communicator& group) {
  agree(group, [&] {
    if (data.rows.empty()) {
      throw Error(ErrorKind::kInvalidArgument, "train: rows: expected at least one, got none");
    }
    check_feature_rows(data);
    check_rows(data);
  });
  check_shards(data, group);
}

void check_shards(const TrainingSet& data, Communicator& group) {
  if (group.size() == 1 && data.feature_rows.empty()) return;
  const auto is_held = [&](Index row) {
    return data.feature_rows.empty() || data.feature_rows[static_cast<std::size_t>(row)] >= 0;
  };
  if (each_held_once(group, data.rows, is_held)) return;
  throw AgreedError(ErrorKind::kInvalidArgument,
                    concat("train: feature_rows: expected each of ",
                           data.rows.size(),
                           " training rows on exactly one rank, got others"));
}

}  // namespace dem
