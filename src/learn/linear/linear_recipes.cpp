// Closed forms: baselines, and the argument of the DEM paper about the direction of the map.
//
// All take features scaled by training rows (min-max unless told otherwise), class rows of unit
// length, and regularisers chosen on held-out seen classes by the mean of class accuracies.
#include "base/text.h"
#include "dem/base/error.h"
#include "learn/closed_form_problem.h"
#include "learn/closed_form_recipe.h"
#include "learn/families.h"
#include "learn/linear/eszsl.h"
#include "learn/linear/regularisers.h"
#include "learn/linear/ridge_to_features.h"
#include "learn/linear/ridge_to_semantics.h"
#include "learn/linear/semantic_autoencoder.h"
#include "learn/solutions.h"

namespace dem {
namespace {

constexpr const char* kDecades = "0.01 0.1 1 10 100";
constexpr const char* kEncoder = "encoder";
constexpr const char* kDecoder = "decoder";
// The paper's gamma; the word alone is what is taken off seen classes (Recipe::gamma).
constexpr const char* kGamma = "gamma_signatures";

class RidgeSolver : public LinearSolver {
 public:
  explicit RidgeSolver(ClosedFormProblem problem)
      : problem_(std::move(problem)),
        ridge_(problem_.embeddings, problem_.statistics, problem_.shifts) {}
  [[nodiscard]] Learned solve(const Choice& choice) override {
    const RidgeMap map = ridge_.solve(number_of(choice, "lambda"));
    return to_features(problem_, rounded(map.weight), rounded(map.bias), problem_.metric);
  }

 private:
  ClosedFormProblem problem_;
  RidgeToFeatures ridge_;
};

class ReverseRidgeSolver : public LinearSolver {
 public:
  explicit ReverseRidgeSolver(ClosedFormProblem problem)
      : problem_(std::move(problem)),
        ridge_(problem_.embeddings, problem_.statistics, problem_.shifts) {}
  [[nodiscard]] Learned solve(const Choice& choice) override {
    const RidgeMap map = ridge_.solve(number_of(choice, "lambda"));
    return to_semantics(problem_, map.weight, ridge_.mean_feature(), ridge_.mean_embedding());
  }

 private:
  ClosedFormProblem problem_;
  RidgeToSemantics ridge_;
};

LabelCoding coding_of(const Recipe& recipe) {
  const std::string& name = recipe.settings.at("coding");
  if (name == "signed") return LabelCoding::kSigned;
  if (name == "centred") return LabelCoding::kCentered;
  throw Error(ErrorKind::kInvalidArgument,
              concat("recipe eszsl: coding: expected signed or centred, got \"", name, "\""));
}

class EszslSolver : public LinearSolver {
 public:
  EszslSolver(ClosedFormProblem problem, LabelCoding coding)
      : problem_(std::move(problem)),
        coding_(coding),
        eszsl_(problem_.embeddings, problem_.statistics, coding, problem_.shifts) {}
  // The score (x - centre)' weight s is a dot product once the centre is taken off the features.
  [[nodiscard]] Learned solve(const Choice& choice) override {
    const BilinearScore score = eszsl_.solve(left_factor(choice), number_of(choice, "lambda"));
    Learned learned = to_features(problem_, rounded(score.weight), {}, Metric::kDot);
    if (coding_ == LabelCoding::kCentered) {
      learned.feature_map.add(FeatureScaling{ScalingKind::kStandard,
                                             rounded(score.centre),
                                             std::vector<float>(score.centre.size(), 1.0f)});
    }
    return learned;
  }

 private:
  // Once for each gamma that has one: the grid has all choices of one gamma together.
  const Matrix<double>& left_factor(const Choice& choice) {
    if (const std::string& gamma = choice.at(kGamma); gamma != gamma_) {
      left_ = eszsl_.left_factor(number_of(choice, kGamma));
      gamma_ = gamma;
    }
    return left_;
  }

  ClosedFormProblem problem_;
  LabelCoding coding_;
  Eszsl eszsl_;
  std::string gamma_;    // whose left factor this is; empty before the first
  Matrix<double> left_;  // [feature_dim, num_seen]
};

class SaeSolver : public LinearSolver {
 public:
  explicit SaeSolver(ClosedFormProblem problem)
      : problem_(std::move(problem)), sae_(problem_.embeddings, problem_.statistics) {}
  [[nodiscard]] Learned solve(const Choice& choice) override {
    const Matrix<double> weight = sae_.solve(number_of(choice, "lambda"));
    if (choice.at("direction") == kEncoder) {
      return to_semantics(problem_, rounded(weight));
    }
    return to_features(problem_, rounded_transpose(weight), {}, problem_.metric);
  }

 private:
  ClosedFormProblem problem_;
  SemanticAutoencoder sae_;
};

void check_distance(const Recipe& recipe) {
  require_validation(recipe);
  check_numbers(recipe, {"lambda"});
  require_field(recipe.metric != Metric::kDot, recipe, "metric", "euclidean or cosine, got dot");
}

void check_eszsl(const Recipe& recipe) {
  require_validation(recipe);
  require_field(recipe.metric == Metric::kDot,
                recipe,
                "metric",
                concat("dot, its score, got ", to_string(recipe.metric)));
  (void)coding_of(recipe);
  check_numbers(recipe, {kGamma, "lambda"});
}

void check_sae(const Recipe& recipe) {
  check_distance(recipe);
  check_words(recipe, "direction", {kEncoder, kDecoder});
}

Recipe make_ridge(std::string_view, TrainMode) {
  return closed_form_recipe({{"lambda", "auto"}, {"lambda_grid", kDecades}}, Metric::kEuclidean);
}

Recipe make_eszsl(std::string_view, TrainMode) {
  return closed_form_recipe({{kGamma, "auto"},
                             {"gamma_signatures_grid", "0.01 1 100 10000"},
                             {"lambda", "auto"},
                             {"lambda_grid", "0.001 0.1 10"},
                             {"coding", "signed"}},
                            Metric::kDot);
}

Recipe make_sae(std::string_view, TrainMode) {
  return closed_form_recipe({{"lambda", "auto"},
                             {"lambda_grid", "0.001 0.01 0.1 1 10 100 1000 10000 100000"},
                             {"direction", "auto"},
                             {"direction_grid", "encoder decoder"}},
                            Metric::kCosine);
}

template <typename Solver>
std::unique_ptr<LinearSolver> make_solver(const Recipe&, ClosedFormProblem problem) {
  return std::make_unique<Solver>(std::move(problem));
}

std::unique_ptr<LinearSolver> make_eszsl_solver(const Recipe& recipe, ClosedFormProblem problem) {
  return std::make_unique<EszslSolver>(std::move(problem), coding_of(recipe));
}

Learned learn_ridge(const Recipe& recipe, const LearningData& data) {
  return choose_and_solve(recipe, data, grid_of(recipe, {"lambda"}), make_solver<RidgeSolver>);
}

Learned learn_reverse_ridge(const Recipe& recipe, const LearningData& data) {
  return choose_and_solve(
      recipe, data, grid_of(recipe, {"lambda"}), make_solver<ReverseRidgeSolver>);
}

// gamma before lambda: see EszslSolver::left_factor().
Learned learn_eszsl(const Recipe& recipe, const LearningData& data) {
  return choose_and_solve(recipe, data, grid_of(recipe, {kGamma, "lambda"}), make_eszsl_solver);
}

Learned learn_sae(const Recipe& recipe, const LearningData& data) {
  return choose_and_solve(
      recipe, data, grid_of(recipe, {"lambda", "direction"}), make_solver<SaeSolver>);
}

constexpr RecipeEntry kEntries[] = {
    {.name = "ridge",
     .summary = "ridge regression from descriptions to features",
     .make = make_ridge,
     .validate = check_distance,
     .learn = learn_ridge},
    {.name = "ridge-v2s",
     .summary = "ridge regression from features to descriptions",
     .make = make_ridge,
     .validate = check_distance,
     .learn = learn_reverse_ridge},
    {.name = "eszsl",
     .summary = "ESZSL, a bilinear score (Romera-Paredes and Torr, 2015)",
     .make = make_eszsl,
     .validate = check_eszsl,
     .learn = learn_eszsl},
    {.name = "sae",
     .summary = "semantic autoencoder (Kodirov, Xiang and Gong, 2017)",
     .make = make_sae,
     .validate = check_sae,
     .learn = learn_sae},
};

}  // namespace

std::span<const RecipeEntry> linear_recipes() {
  return kEntries;
}

}  // namespace dem
