#include "dem/search/predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/parallel.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/model/prototypes.h"
#include "linalg/double_sums.h"
#include "search/query_rows.h"
#include "search/softmax_sums.h"

namespace dem {
namespace {

[[noreturn]] void refuse(const std::string& expected, const std::string& got) {
  throw Error(ErrorKind::kInvalidArgument, concat("predict: expected ", expected, ", got ", got));
}

// Another comparison than the model's: its scales and offsets mean nothing there.
Metric checked_metric(const Model& model, const PredictOptions& options) {
  const Metric metric = options.metric.value_or(model.metric);
  const bool is_plain = model.prototypes.scale.empty() && model.prototypes.offset.empty();
  if (metric != model.metric && !is_plain) {
    refuse(
        concat(
            "metric ", to_string(model.metric), ", which the model's scales and offsets are for"),
        std::string(to_string(metric)));
  }
  return metric;
}

std::vector<ClassId> checked_candidates(const Model& model, const PredictOptions& options) {
  const Index num_classes = model.classes.size();
  if (num_classes == 0 || model.prototypes.rows.rows() != num_classes) {
    refuse("a model with classes and their prototypes", "one without");
  }
  std::vector<ClassId> candidates = options.candidates;
  if (candidates.empty()) {
    candidates.resize(static_cast<std::size_t>(num_classes));
    std::iota(candidates.begin(), candidates.end(), ClassId{0});
  }
  std::vector<bool> taken(static_cast<std::size_t>(num_classes));
  for (const ClassId id : candidates) {
    if (id < 0 || id >= num_classes) {
      refuse(concat("candidates of 0 .. ", num_classes - 1), std::to_string(id));
    }
    if (taken[static_cast<std::size_t>(id)]) {
      refuse("each candidate once", concat(id, " twice"));
    }
    taken[static_cast<std::size_t>(id)] = true;
  }
  const auto count = static_cast<Index>(candidates.size());
  if (options.top_k < 1 || options.top_k > count) {
    refuse(concat("1 <= top_k <= ", count, " candidates"), std::to_string(options.top_k));
  }
  return candidates;
}

// Values near float32's maximum may leave it by scaling; no score of them would mean anything.
void check_mapped(MatrixView<const float> block, Index first_row) {
  for (Index i = 0; i < block.rows(); ++i) {
    const auto row = block.row(i);
    const auto bad =
        std::find_if(row.begin(), row.end(), [](float v) { return !std::isfinite(v); });
    if (bad == row.end()) continue;
    throw Error(ErrorKind::kNumerical,
                concat("predict: row ",
                       first_row + i,
                       ", column ",
                       bad - row.begin(),
                       " (counted from 0): expected a feature that the model's scaling leaves "
                       "within float32, got ",
                       *bad));
  }
}

// Where a block's results go.
struct BlockResult {
  MatrixView<ClassId> classes;
  MatrixView<float> scores;
  MatrixView<float> distances;
  MatrixView<float> probabilities;
  std::span<float> margins;
};

}  // namespace

struct Predictor::State {
  State(const Model& model, const PredictOptions& options)
      : candidates(checked_candidates(model, options)),
        prototypes(candidate_prototypes(model.prototypes, candidates)),
        feature_map(model.feature_map.clone()),
        feature_dim(model.feature_dim()),
        metric(checked_metric(model, options)),
        temperature(metric == model.metric ? model.temperature : 0.0f),
        top_k(options.top_k),
        ids_only(options.ids_only),
        scores(prototypes.view(), metric) {
    if (!has_probabilities() && coarse_pays(searched(), prototypes.rows.rows()))
      coarse.emplace(scores);
  }

  // How many are searched for: margins need the second best, too.
  [[nodiscard]] Index searched() const {
    return ids_only ? top_k : std::max(top_k, std::min<Index>(2, prototypes.rows.rows()));
  }
  [[nodiscard]] bool has_probabilities() const { return temperature > 0.0f && !ids_only; }
  [[nodiscard]] bool has_distances() const { return metric == Metric::kEuclidean && !ids_only; }

  MatrixView<const float> mapped(MatrixView<const float> block,
                                 SearchWorkspace& workspace,
                                 Index first_row) const {
    const QueryRows rows{.features = block, .rows = {}, .feature_map = &feature_map};
    if (!rows.is_mapped()) return block;
    const MatrixView<const float> queries = rows.block(0, block.rows(), workspace);
    check_mapped(queries, first_row);
    return queries;
  }

  void predict_block(MatrixView<const float> features,
                     SearchWorkspace& workspace,
                     const BlockResult& result,
                     Index first_row) const {
    const MatrixView<const float> block = mapped(features, workspace, first_row);
    Matrix<std::int32_t> nearest = Matrix<std::int32_t>::uninitialised(block.rows(), searched());
    std::optional<SoftmaxSums> sums;
    if (has_probabilities()) {
      sums.emplace(scores, double{temperature});
      sums->start(block);
    }
    search_block(
        scores, block, workspace, nearest, coarse ? &*coarse : nullptr, sums ? &*sums : nullptr);
    for (Index i = 0; i < block.rows(); ++i) {
      const std::span<const std::int32_t> rows = std::as_const(nearest).row(i);
      for (Index j = 0; j < top_k; ++j) {
        result.classes(i, j) =
            candidates[static_cast<std::size_t>(rows[static_cast<std::size_t>(j)])];
      }
      if (!ids_only) describe(block.row(i), i, rows, sums ? &*sums : nullptr, result);
    }
  }

  // Scores, probabilities and margin of one query.
  void describe(std::span<const float> query,
                Index i,
                std::span<const std::int32_t> rows,
                const SoftmaxSums* sums,
                const BlockResult& result) const {
    const double norm = scores.norm_of(query);
    const double best = scores.exact_score(query, norm, rows[0]);
    const double sum = sums != nullptr ? sums->sum(i, best) : 1.0;
    double second = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t j = 0; j < rows.size(); ++j) {
      const double score = j == 0 ? best : scores.exact_score(query, norm, rows[j]);
      if (j == 1) second = score;
      if (static_cast<Index>(j) >= top_k) break;
      const auto column = static_cast<Index>(j);
      result.scores(i, column) = static_cast<float>(score);
      if (has_distances()) {
        result.distances(i, column) =
            static_cast<float>(squared_distance(query, prototypes.rows.row(rows[j])));
      }
      if (sums == nullptr) continue;
      result.probabilities(i, column) =
          static_cast<float>(std::exp((score - best) / double{temperature}) / sum);
    }
    result.margins[static_cast<std::size_t>(i)] = static_cast<float>(best - second);
  }

  std::vector<ClassId> candidates;
  Prototypes prototypes;  // of the candidates
  FeatureMap feature_map;
  Index feature_dim;
  Metric metric;
  float temperature;
  Index top_k;
  bool ids_only;
  PrototypeScores scores;
  std::optional<CoarsePrototypes> coarse;  // probabilities need all float32 products
};

Predictor::Predictor(const Model& model, const PredictOptions& options)
    : state_(std::make_unique<const State>(model, options)) {}
Predictor::~Predictor() = default;
Predictor::Predictor(Predictor&&) noexcept = default;
Predictor& Predictor::operator=(Predictor&&) noexcept = default;

Index Predictor::feature_dim() const {
  return state_->feature_dim;
}

Index Predictor::num_candidates() const {
  return state_->prototypes.rows.rows();
}

bool Predictor::has_probabilities() const {
  return state_->has_probabilities();
}

bool Predictor::has_distances() const {
  return state_->has_distances();
}

Prediction Predictor::predict(MatrixView<const float> visual_features, Index first_row) const {
  const State& state = *state_;
  if (visual_features.cols() != feature_dim()) {
    throw Error(ErrorKind::kShapeMismatch,
                concat("predict: expected features of ",
                       feature_dim(),
                       " dimensions, got ",
                       visual_features.cols()));
  }
  const Index n = visual_features.rows();
  // A result that is left out has no rows.
  const auto made = [&](bool wanted) {
    return Matrix<float>::uninitialised(wanted ? n : 0, wanted ? state.top_k : 0);
  };
  Prediction out{Matrix<ClassId>::uninitialised(n, state.top_k),
                 made(!state.ids_only),
                 made(state.has_distances()),
                 made(state.has_probabilities()),
                 std::vector<float>(static_cast<std::size_t>(state.ids_only ? 0 : n))};
  WorkspacePool pool;
  const auto block = [&](Index first, Index last) {
    const Index count = last - first;
    const auto part = [&](Matrix<float>& all) {
      return all.empty() ? all.view() : all.view().row_block(first, count);
    };
    const BlockResult result{
        out.classes.view().row_block(first, count),
        part(out.scores),
        part(out.distances),
        part(out.probabilities),
        std::span(out.margins).subspan(static_cast<std::size_t>(state.ids_only ? 0 : first))};
    std::unique_ptr<SearchWorkspace> workspace = pool.take();
    state.predict_block(
        visual_features.row_block(first, count), *workspace, result, first_row + first);
    pool.give_back(std::move(workspace));
  };
  if (n > kSearchBlock) {
    parallel_for(n, kSearchBlock, block);
  } else if (n > 0) {
    block(0, n);  // outside the team, so that the product runs on it
  }
  return out;
}

Prediction predict(const Model& model,
                   MatrixView<const float> visual_features,
                   const PredictOptions& options) {
  return Predictor(model, options).predict(visual_features);
}

}  // namespace dem
