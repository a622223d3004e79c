// Gamma of recipes that do not choose it themselves.
#include "pipeline/gamma_on_folds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "base/at.h"
#include "dem/base/error.h"
#include "dem/data/synthetic.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/fit.h"
#include "pipeline/scored_case.h"
#include "pipeline/scored_folds.h"
#include "support/files.h"
#include "support/log_lines.h"

namespace dem {
namespace {

using test::expect_error;

class GammaOnFolds : public ::testing::Test {
 protected:
  GammaOnFolds() {
    (void)write_synthetic({.output = folder_ / "",
                           .layout = "gbu",
                           .name = "TOY",
                           .num_train_images = 800,
                           .num_test_images = 80,
                           .num_test_seen_images = 80,
                           .num_seen_classes = 40,
                           .num_unseen_classes = 10,
                           .attribute_dim = 30,
                           .feature_dim = 20,
                           .noise = 0.6});
    DatasetOptions data;
    data.data_path = folder_ / "";
    data.name = "TOY";
    dataset_ = load_dataset(data);
  }
  [[nodiscard]] static FitOptions options(const std::string& gamma) {
    FitOptions options;
    options.recipe = make_recipe("ridge", "TOY", TrainMode::kAttribute);
    options.recipe.set({{"lambda", "1"}, {"gamma", gamma}, {"feature_scaling", "none"}});
    return options;
  }

  test::TemporaryFolder folder_;
  Dataset dataset_;
};

// Ridge regression in plain loops: prototypes W'u + b of all classes, from the normal
// equations by elimination.
std::vector<std::vector<double>> ridge_prototypes(const ScoredFold& fold,
                                                  const ClassTable& classes,
                                                  double lambda) {
  const ClassStatistics& s = fold.statistics;
  const Index a = classes.embeddings[0].cols();
  std::vector<std::vector<double>> unit;
  for (Index c = 0; c < classes.size(); ++c) {
    double norm = 0.0;
    for (const float v : classes.embeddings[0].row(c)) norm += double{v} * v;
    unit.emplace_back();
    for (const float v : classes.embeddings[0].row(c)) unit.back().push_back(v / std::sqrt(norm));
    unit.back().push_back(1.0);  // the bias, without penalty
  }
  const auto n = at(a + 1);
  std::vector<std::vector<double>> system(n, std::vector<double>(n + at(s.feature_dim())));
  for (std::size_t i = 0; i + 1 < n; ++i) system[i][i] = lambda;
  for (std::size_t c = 0; c < unit.size(); ++c) {
    const auto count = static_cast<double>(s.counts[c]);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) system[i][j] += count * unit[c][i] * unit[c][j];
      for (Index j = 0; j < s.feature_dim(); ++j) {
        system[i][n + at(j)] += count * unit[c][i] * s.means(static_cast<Index>(c), j);
      }
    }
  }
  for (std::size_t p = 0; p < n; ++p) {
    for (std::size_t i = 0; i < n; ++i) {
      if (i == p) continue;
      const double factor = system[i][p] / system[p][p];
      for (std::size_t j = p; j < system[i].size(); ++j) system[i][j] -= factor * system[p][j];
    }
  }
  std::vector<std::vector<double>> prototypes;
  for (const auto& u : unit) {
    prototypes.emplace_back(at(s.feature_dim()));
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < prototypes.back().size(); ++j) {
        prototypes.back()[j] += u[i] * system[i][n + j] / system[i][i];
      }
    }
  }
  return prototypes;
}

double distance(std::span<const float> x, const std::vector<double>& p) {
  double sum = 0.0;
  for (std::size_t j = 0; j < p.size(); ++j) sum += (x[j] - p[j]) * (x[j] - p[j]);
  return sum;
}

// The mean over classes of the accuracy on rows, gamma off the scores of seen classes.
double accuracy(const ScoredFold& fold,
                const std::vector<std::vector<double>>& prototypes,
                const ScoredFold::Rows& rows,
                double gamma) {
  std::map<ClassId, std::pair<double, double>> right;
  const std::set<ClassId> held_out(fold.held_out.begin(), fold.held_out.end());
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    double best = -1e300;
    ClassId id = -1;
    for (std::size_t c = 0; c < prototypes.size(); ++c) {
      const auto of = static_cast<ClassId>(c);
      const bool is_seen = fold.statistics.counts[c] > 0;
      if (!is_seen && !held_out.contains(of)) continue;
      const double score = -distance(rows.features.row(static_cast<Index>(i)), prototypes[c]) -
                           (is_seen ? gamma : 0.0);
      if (score > best) {
        best = score;
        id = of;
      }
    }
    right[rows.labels[i]].first += id == rows.labels[i] ? 1.0 : 0.0;
    right[rows.labels[i]].second += 1.0;
  }
  double sum = 0.0;
  for (const auto& [unused, share] : right) sum += share.first / share.second;
  return sum / static_cast<double>(right.size());
}

// H by plain loops at the gamma that was found is that which was reported, and no other gamma's is
// clearly better.
TEST_F(GammaOnFolds, IsTheBestOfTheFoldsByPlainLoops) {
  const FitResult result = fit(dataset_, options("val"));
  const double gamma = result.model.gamma;
  const PreparedData prepared(dataset_, dataset_.split.trainval, {});
  const std::vector<ScoredFold> folds =
      scored_folds(dataset_, prepared, {FitOptions().seed, 0}, self_communicator());
  ASSERT_EQ(folds.size(), 4u);
  std::vector<std::vector<std::vector<double>>> prototypes;
  for (const ScoredFold& fold : folds) {
    prototypes.push_back(ridge_prototypes(fold, dataset_.classes, 1.0));
  }
  const auto harmonic = [&](double at_gamma) {
    double sum = 0.0;
    for (std::size_t f = 0; f < folds.size(); ++f) {
      const double u = accuracy(folds[f], prototypes[f], folds[f].unseen, at_gamma);
      const double s = accuracy(folds[f], prototypes[f], folds[f].seen, at_gamma);
      sum += 2.0 * u * s / std::max(u + s, 1e-12) / static_cast<double>(folds.size());
    }
    return sum;
  };
  const double found = harmonic(gamma);
  EXPECT_GT(gamma, 0.0);
  EXPECT_GT(found, harmonic(0.0) + 0.02);
  for (double other = 0.0; other < 4.0 * gamma; other += gamma / 10.0) {
    EXPECT_LT(harmonic(other), found + 0.02) << other;
  }
}

TEST_F(GammaOnFolds, IsInTheModelAndItsFacts) {
  const FitResult none = fit(dataset_, options("none"));
  EXPECT_EQ(none.model.gamma, 0.0f);
  EXPECT_EQ(none.report.chosen.count("gamma"), 0);
  const FitResult chosen = fit(dataset_, options("val"));
  EXPECT_EQ(std::stof(chosen.model.provenance.at("gamma")), chosen.model.gamma);
  EXPECT_EQ(fit(dataset_, options("0.75")).model.gamma, 0.75f);
  // Everything else is as without.
  for (Index i = 0; i < none.model.prototypes.rows.size(); ++i) {
    ASSERT_EQ(none.model.prototypes.rows.data()[i], chosen.model.prototypes.rows.data()[i]);
  }
  const auto scores = [&](const FitResult& of) {
    return evaluate_model(of.model, dataset_, of.model.metric);
  };
  EXPECT_GT(*scores(chosen).unseen, *scores(none).unseen);
  EXPECT_LT(*scores(chosen).seen, *scores(none).seen);
}

TEST_F(GammaOnFolds, DoesNotLookAtTestImages) {
  const FitResult before = fit(dataset_, options("val"));
  for (const auto* rows : {&dataset_.split.test_unseen, &dataset_.split.test_seen}) {
    for (const Index row : *rows) {
      for (Index j = 0; j < dataset_.feature_dim(); ++j) dataset_.visual_features(row, j) = 9.0f;
    }
  }
  EXPECT_EQ(fit(dataset_, options("val")).model.gamma, before.model.gamma);
}

TEST_F(GammaOnFolds, OfANetworkIsAGivenNumber) {
  FitOptions network;
  network.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
  network.recipe.set({{"max_steps", "3"}, {"gamma", "0.5"}});
  EXPECT_EQ(fit(dataset_, network).model.gamma, 0.5f);
  network.recipe.set({{"gamma", "val"}});
  expect_error(
      ErrorKind::kInvalidArgument, {"gamma", "trains in steps"}, [&] { network.validate(); });
}

// Four folds of fewer than eight classes cannot hold out two each.
TEST(GammaOfFewClasses, IsZeroAndSaysSo) {
  FitOptions options;
  options.recipe = make_recipe("ridge", "TOY", TrainMode::kAttribute);
  options.recipe.set({{"lambda", "1"}, {"gamma", "val"}});
  for (const Index num_classes : {2, 4, 7, 8}) {
    const Dataset dataset = test::scored_dataset(std::vector<Index>(at(num_classes), 20), 6);
    const test::LogLines log;
    const FitResult result = fit(dataset, options);
    const bool is_few = num_classes < 8;
    EXPECT_EQ(result.model.gamma == 0.0f, is_few) << num_classes;
    EXPECT_EQ(log.count({"gamma: ", "too few to choose it by", "0 is taken"}), is_few ? 1 : 0);
  }
}

// Folds that hold out one class, or learn from one, tell nothing.
TEST_F(GammaOnFolds, LeavesFoldsOfASingleClassOut) {
  const PreparedData prepared(dataset_, dataset_.split.trainval, {});
  const auto folds = [&] { return scored_folds(dataset_, prepared, {1, 0}, self_communicator()); };
  const auto one_held_out = [&] {
    ScoredFold fold = std::move(folds()[0]);
    const ClassId kept = fold.held_out[0];
    ScoredFold::Rows rows;
    std::vector<Index> places;
    for (std::size_t i = 0; i < fold.unseen.labels.size(); ++i) {
      if (fold.unseen.labels[i] == kept) places.push_back(static_cast<Index>(i));
    }
    rows.features = Matrix<float>(static_cast<Index>(places.size()), dataset_.feature_dim());
    for (std::size_t i = 0; i < places.size(); ++i) {
      const auto row = std::as_const(fold.unseen.features).row(places[i]);
      std::copy(row.begin(), row.end(), rows.features.row(static_cast<Index>(i)).begin());
      rows.labels.push_back(kept);
    }
    fold.held_out = {kept};
    fold.unseen = std::move(rows);
    return fold;
  };
  const auto one_learned = [&] {
    ScoredFold fold = std::move(folds()[0]);
    bool is_first = true;
    for (Index& count : fold.statistics.counts) {
      if (count == 0) continue;
      if (!is_first) count = 0;
      is_first = false;
    }
    return fold;
  };
  const ClassStatistics statistics =
      gather_fold_statistics({prepared.features(),
                              dataset_.labels,
                              dataset_.split.trainval,
                              {dataset_.classes.embeddings[0].view()}},
                             std::vector<Index>(at(dataset_.classes.size()), 0),
                             true)
          .all();
  const FeatureMap base;
  const auto gamma_of = [&](const std::function<std::vector<ScoredFold>()>& make) {
    LearningData data{dataset_.classes,
                      statistics,
                      base,
                      [] { return std::span<const ValidationRound>(); },
                      [](const Learned&, std::size_t) { return 0.0; },
                      [](bool here) { return here; }};
    data.num_repeats = [](Index wanted) { return wanted; };
    data.scored_folds = [&](Index) { return make(); };
    return gamma_on_folds(options("val").recipe, data);
  };
  const auto expected = gamma_of(folds);
  const auto with_others = gamma_of([&] {
    std::vector<ScoredFold> all = folds();
    all.push_back(one_held_out());
    all.push_back(one_learned());
    return all;
  });
  ASSERT_TRUE(expected && with_others);
  EXPECT_EQ(with_others->gamma, expected->gamma);
  EXPECT_EQ(with_others->t1, expected->t1);
  EXPECT_EQ(with_others->num_folds, 4u);
  EXPECT_FALSE(gamma_of([&] {
    std::vector<ScoredFold> others;
    others.push_back(one_held_out());
    others.push_back(one_learned());
    return others;
  }));
}

// One image a class: none of a seen class can be spared.
TEST(GammaOfFewImages, LeavesFourFifthsOfHeldOutImagesWithTheirKind) {
  const Dataset dataset = test::scored_dataset(std::vector<Index>(40, 1), 6);
  FitOptions options;
  options.recipe = make_recipe("ridge", "TOY", TrainMode::kAttribute);
  options.recipe.set({{"lambda", "1"}, {"gamma", "val"}});
  EXPECT_GT(fit(dataset, options).model.gamma, 0.0f);
}

}  // namespace
}  // namespace dem
