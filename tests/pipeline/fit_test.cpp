#include "dem/pipeline/fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/evaluate.h"
#include "dem/pipeline/model_folder.h"
#include "dem/search/predictor.h"
#include "dem/search/score_source.h"
#include "pipeline/fitted_model.h"
#include "support/program.h"
#include "support/random_kernel_map.h"

namespace dem {
namespace {

constexpr Index kClasses = 12;
constexpr Index kSeen = 9;
constexpr Index kImages = 20;  // a class
constexpr Index kAttributes = 5;
constexpr Index kFeatures = 16;

// Twelve classes whose centres are a linear map of their attributes, nine of them seen.
Dataset make_dataset() {
  Rng rng(5, Purpose::kSynthetic);
  Dataset d;
  d.name = "TOY";
  d.layout = "gbu";
  d.fingerprint = "0123";
  Matrix<float> attributes(kClasses, kAttributes);
  for (Index i = 0; i < attributes.size(); ++i) {
    attributes.data()[i] = static_cast<float>(rng.uniform());
  }
  Matrix<float> map(kAttributes, kFeatures);
  for (Index i = 0; i < map.size(); ++i) map.data()[i] = static_cast<float>(rng.uniform());
  d.visual_features = Matrix<float>(kClasses * kImages, kFeatures);
  for (Index row = 0; row < d.visual_features.rows(); ++row) {
    const Index c = row / kImages;
    for (Index j = 0; j < kFeatures; ++j) {
      double value = 0.02 * rng.normal();
      for (Index a = 0; a < kAttributes; ++a) value += double{attributes(c, a)} * double{map(a, j)};
      d.visual_features(row, j) = static_cast<float>(std::max(value, 0.0));
    }
    d.labels.push_back(static_cast<ClassId>(c));
    const bool test = row % kImages < 4;
    if (c >= kSeen) {
      d.split.test_unseen.push_back(row);
    } else {
      (test ? d.split.test_seen : d.split.trainval).push_back(row);
    }
  }
  for (Index c = 0; c < kClasses; ++c) {
    d.classes.names.push_back("class " + std::to_string(c));
    d.classes.seen.push_back(c < kSeen);
    (c < kSeen ? d.seen_classes : d.unseen_classes).push_back(static_cast<ClassId>(c));
  }
  d.classes.spaces = {"attribute"};
  d.classes.embeddings.push_back(std::move(attributes));
  return d;
}

FitOptions make_options() {
  FitOptions options;
  options.recipe = make_recipe("gbu", "TOY", TrainMode::kAttribute);
  options.recipe.network->hidden_dim = 24;
  options.recipe.network->learning_rate = 3e-3;
  options.recipe.network->batch_size = 16;
  options.recipe.network->num_epochs = 60;
  options.recipe.network->max_steps = 0;
  options.recipe.network->evaluation_interval = 0;
  options.recipe.network->l2_penalty.assign(options.recipe.network->l2_penalty.size(), 0.0);
  return options;
}

bool same_parameters(const Model& a, const Model& b) {
  return std::ranges::equal(a.class_map.network()->parameters(),
                            b.class_map.network()->parameters());
}

bool same_numbers(const Matrix<float>& a, const Matrix<float>& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() &&
         std::equal(a.data(), a.data() + a.size(), b.data());
}

void expect_same_dataset(const Dataset& a, const Dataset& b) {
  EXPECT_TRUE(same_numbers(a.visual_features, b.visual_features));
  ASSERT_EQ(a.classes.embeddings.size(), b.classes.embeddings.size());
  for (std::size_t i = 0; i < a.classes.embeddings.size(); ++i) {
    EXPECT_TRUE(same_numbers(a.classes.embeddings[i], b.classes.embeddings[i])) << i;
  }
  EXPECT_EQ(a.classes.names, b.classes.names);
  EXPECT_EQ(a.classes.seen, b.classes.seen);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.shuffled_with, b.shuffled_with);
}

TEST(Fit, LearnsUnseenClassesAndItsModelEvaluatesAlikeFromTheFolder) {
  const test::TemporaryFolder folder;
  Dataset dataset = make_dataset();
  FitOptions options = make_options();
  options.output = folder / "out";
  const FitResult fitted = fit(dataset, options);
  EXPECT_TRUE(fitted.report.summary.finished());
  const EvaluationResult now = evaluate_model(fitted.model, dataset, Metric::kEuclidean);
  EXPECT_GT(now.t1, 0.9);  // chance is 1/3; centres are 10 noise radii apart
  ASSERT_TRUE(now.harmonic.has_value());

  Dataset fresh = make_dataset();
  const Model loaded = load_model(find_model_file(options.output));
  const EvaluationResult later = evaluate_model(loaded, fresh, Metric::kEuclidean);
  EXPECT_EQ(later.to_json(), now.to_json());
  EXPECT_EQ(loaded.provenance.at("selection"), "last");
  EXPECT_EQ(loaded.provenance.at("data_fingerprint"), "0123");
}

// Whatever the test images are, a run that selects by validation is the same to the bit.
TEST(Fit, ValidationSelectionDoesNotLookAtTestImages) {
  FitOptions options = make_options();
  options.recipe.selection = Selection::kValidation;
  Dataset dataset = make_dataset();
  Dataset spoiled = make_dataset();
  for (const auto* rows : {&spoiled.split.test_unseen, &spoiled.split.test_seen}) {
    for (const Index row : *rows) {
      for (float& value : spoiled.visual_features.row(row)) value = 1e6f;
    }
  }
  std::set<FitPhase> phases;
  FitCallbacks callbacks;
  callbacks.on_step = [&](FitPhase phase, const StepReport&) { phases.insert(phase); };
  const FitResult a = fit(dataset, options, callbacks);
  const FitResult b = fit(spoiled, options);
  EXPECT_TRUE(same_parameters(a.model, b.model));
  EXPECT_EQ(phases.size(), 2u);
  EXPECT_EQ(a.model.provenance.at("selection"), "val");
}

TEST(Fit, TestSelectionKeepsTheBestWatchedEpoch) {
  FitOptions options = make_options();
  options.recipe.selection = Selection::kTest;
  options.recipe.selection_threshold = -1.0;
  double best = -1.0;
  FitCallbacks callbacks;
  callbacks.on_epoch = [&](FitPhase, const EpochReport& r) { best = std::max(best, *r.accuracy); };
  Dataset dataset = make_dataset();
  const FitResult fitted = fit(dataset, options, callbacks);
  EXPECT_EQ(evaluate_model(fitted.model, dataset, Metric::kEuclidean).accuracy, best);
  EXPECT_EQ(fitted.model.provenance.at("selection"), "test");
}

// Stopped at every kind of moment, in either phase, and resumed: the same weights to the bit.
TEST(Fit, ResumesInBothPhasesBitForBit) {
  FitOptions options = make_options();
  options.recipe.selection = Selection::kValidation;
  options.recipe.network->num_epochs = 8;
  Dataset whole = make_dataset();
  Index total = 0;
  FitCallbacks count;
  count.on_step = [&](FitPhase, const StepReport&) { ++total; };
  const FitResult expected = fit(whole, options, count);
  for (const Index stop_after : {Index{1}, total / 3, total / 2, total - 1}) {
    const test::TemporaryFolder folder;
    options.output = folder / "out";
    options.resume = false;
    Index steps = 0;
    FitPhase last_phase = FitPhase::kSelect;
    FitCallbacks callbacks;
    callbacks.on_step = [&](FitPhase phase, const StepReport&) {
      ++steps;
      last_phase = phase;
    };
    callbacks.should_stop = [&] { return steps >= stop_after; };
    Dataset dataset = make_dataset();
    const FitResult stopped = fit(dataset, options, callbacks);
    EXPECT_FALSE(stopped.report.summary.finished()) << stop_after;
    // A model that is stopped before the selection is over says so.
    EXPECT_EQ(stopped.model.provenance.at("selection"),
              last_phase == FitPhase::kSelect ? "none yet" : "val");
    options.resume = true;
    Dataset again = make_dataset();
    const FitResult resumed = fit(again, options);
    EXPECT_TRUE(resumed.report.summary.finished());
    EXPECT_TRUE(same_parameters(resumed.model, expected.model)) << stop_after;
    EXPECT_EQ(resumed.model.temperature, expected.model.temperature) << stop_after;
    EXPECT_EQ(resumed.model.provenance.at("calibration"),
              expected.model.provenance.at("calibration"));
  }
}

TEST(Fit, SaysHowLongEachPhaseIs) {
  FitOptions options = make_options();
  options.recipe.selection_folds = 1;
  options.recipe.selection = Selection::kValidation;
  options.recipe.network->num_epochs = 8;
  Dataset dataset = make_dataset();
  std::vector<PhaseReport> phases;
  std::vector<Index> last_steps;
  FitCallbacks callbacks;
  callbacks.on_phase = [&](FitPhase, const PhaseReport& r) {
    phases.push_back(r);
    last_steps.push_back(0);
  };
  callbacks.on_step = [&](FitPhase, const StepReport& r) { last_steps.back() = r.step; };
  const FitResult fitted = fit(dataset, options, callbacks);
  ASSERT_EQ(phases.size(), 2u);
  // Two of nine seen classes are held out: 7 * 16 rows in batches of 16, then 9 * 16.
  EXPECT_EQ(phases[0].steps_per_epoch, 7);
  EXPECT_EQ(phases[0].total_steps, 56);
  EXPECT_EQ(phases[0].later_steps, 72);
  EXPECT_EQ(phases[1].steps_per_epoch, 9);
  EXPECT_EQ(phases[1].later_steps, 0);
  EXPECT_EQ(phases[1].total_steps, fitted.report.summary.steps);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(phases[i].first_step, 0);
    EXPECT_EQ(last_steps[i], phases[i].total_steps);
  }
}

TEST(Fit, TheFinalRunKeepsWithinMaxSteps) {
  FitOptions options = make_options();
  options.recipe.selection = Selection::kValidation;
  options.recipe.network->max_steps = 11;
  options.recipe.network->evaluation_interval = 1000;
  Dataset dataset = make_dataset();
  const FitResult fitted = fit(dataset, options);
  EXPECT_EQ(fitted.report.summary.steps, 11);  // as many passes as the 11 steps before would be 12
  EXPECT_EQ(fitted.model.provenance.at("selection"), "val");
  EXPECT_GE(std::stod(fitted.model.provenance.at("selected_accuracy")), 0.0);
}

// Whatever the held-out images are, the losses of the run that watches them are the same; and the
// model's scaling is that of all training rows, theirs too.
TEST(Fit, ScalingOfTheSelectingRunKnowsNoHeldOutImage) {
  for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kStandard}) {
    FitOptions options = make_options();
    options.recipe.selection = Selection::kValidation;
    options.recipe.selection_folds = 1;
    options.recipe.feature_scaling = kind;
    options.recipe.network->num_epochs = 2;
    const auto run = [&](const Dataset& dataset) {
      std::vector<double> losses;
      FitCallbacks callbacks;
      callbacks.on_step = [&](FitPhase phase, const StepReport& r) {
        if (phase == FitPhase::kSelect) losses.push_back(r.loss);
      };
      const FitResult fitted = fit(dataset, options, callbacks);
      const FeatureScaling expected =
          FeatureScaling::fit(kind, dataset.visual_features, dataset.split.trainval);
      const auto& scaling = std::get<FeatureScaling>(fitted.model.feature_map.steps().at(0));
      EXPECT_EQ(scaling.shift, expected.shift);
      EXPECT_EQ(scaling.factor, expected.factor);
      return losses;
    };
    const auto spoiled = [] {
      Dataset dataset = make_dataset();
      for (const Index row : validation_split(dataset, FitOptions{}.seed).val_rows) {
        for (float& value : dataset.visual_features.row(row)) value = 50.0f + 2.0f * value;
      }
      return dataset;
    };
    EXPECT_EQ(run(make_dataset()), run(spoiled()));
  }
}

TEST(Fit, RecordsThatTheDatasetsClassesAreShuffled) {
  FitOptions options = make_options();
  options.recipe.network->num_epochs = 1;
  Dataset dataset = make_dataset();
  shuffle_class_embeddings(dataset, 3);
  const FitResult fitted = fit(dataset, options);
  EXPECT_EQ(fitted.model.provenance.at("shuffle_classes"), "3");
  // The data are others than those of the fingerprint before.
  EXPECT_EQ(fitted.model.provenance.at("data_fingerprint"), dataset.fingerprint);
  EXPECT_NE(dataset.fingerprint, make_dataset().fingerprint);
  ClassTable expected = make_dataset().classes;
  shuffle_class_embeddings(expected, 3);
  for (const Matrix<float>* got :
       {&std::as_const(dataset).classes.embeddings[0], &fitted.model.classes.embeddings[0]}) {
    EXPECT_TRUE(std::equal(got->data(), got->data() + got->size(), expected.embeddings[0].data()));
  }
}

TEST(FitOptions, AreValidatedByName) {
  const auto message = [](auto change) {
    FitOptions options = make_options();
    change(options);
    try {
      options.validate();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message([](FitOptions&) {}), "");
  EXPECT_EQ(message([](FitOptions& o) { o.interval_step = 0; }),
            "interval_step: expected at least 1, got 0");
  EXPECT_NE(message([](FitOptions& o) { o.save_seconds = -1.0; }), "");
  EXPECT_NE(message([](FitOptions& o) { o.save_seconds = std::nan(""); }), "");
  EXPECT_NE(message([](FitOptions& o) { o.recipe.network->beta1 = 1.0; }), "");
  EXPECT_NE(message([](FitOptions& o) { o.resume = true; }), "");
  EXPECT_EQ(message([](FitOptions& o) {
              o.resume = true;
              o.output = "out";
            }),
            "");
  EXPECT_EQ(message([](FitOptions& o) {
              o.resume = true;
              o.output = "out";
              o.init_file = "a.ckpt";
            }),
            "resume: expected no init_file, since the saved state has the weights, got a.ckpt");
}

TEST(Fit, FitsTheTemperatureOnHeldOutClassesWhereItHasSome) {
  for (const Selection selection : {Selection::kLast, Selection::kValidation}) {
    const test::TemporaryFolder folder;
    FitOptions options = make_options();
    options.recipe.network->num_epochs = 4;
    options.recipe.selection = selection;
    options.output = folder / "out";
    Dataset dataset = make_dataset();
    for (const Index row : dataset.split.trainval) {  // three classes to hold out
      const bool held_out = dataset.labels[static_cast<std::size_t>(row)] >= 6;
      (held_out ? dataset.split.val : dataset.split.train).push_back(row);
    }
    const FitResult result = fit(dataset, options);
    EXPECT_GT(result.model.temperature, 0.0f);
    EXPECT_EQ(result.model.provenance.at("calibration"),
              selection == Selection::kLast ? "training images among seen classes"
                                            : "held-out seen classes");
    EXPECT_EQ(Model::load(options.output).temperature, result.model.temperature);
  }
}

TEST(Fit, AStoppedRunHasNoTemperatureYet) {
  FitOptions options = make_options();
  FitCallbacks callbacks;
  callbacks.should_stop = [] { return true; };
  Dataset dataset = make_dataset();
  EXPECT_EQ(fit(dataset, options, callbacks).model.temperature, 0.0f);
}

FitOptions scaled_options(ScalingKind kind) {
  FitOptions options = make_options();
  options.recipe.feature_scaling = kind;
  options.recipe.network->num_epochs = 4;
  return options;
}

// Once the first fit or evaluation scaled the dataset in place: a second fit threw, and a second
// model was scored on the features of the first one's scaling.
TEST(Fit, TwoFitsOnOneDatasetAreTheTwoOfTwoDatasets) {
  const Dataset shared = make_dataset();
  for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kStandard, ScalingKind::kL2}) {
    for (const Solver solver : {Solver::kMinibatch, Solver::kStatistics}) {
      FitOptions options = scaled_options(kind);
      options.solver = solver;
      options.recipe.network->max_steps = 12;
      const FitResult alone = fit(make_dataset(), options);
      for (int time = 0; time < 2; ++time) {
        const FitResult again = fit(shared, options);
        EXPECT_TRUE(same_parameters(again.model, alone.model)) << to_string(kind) << " " << time;
        EXPECT_EQ(again.model.temperature, alone.model.temperature) << to_string(kind);
        EXPECT_EQ(again.report.summary.last_loss, alone.report.summary.last_loss)
            << to_string(kind);
      }
    }
  }
}

TEST(EvaluateModel, ModelsOfDifferentScalingDoNotGetInEachOthersWay) {
  const ScalingKind kinds[] = {ScalingKind::kNone, ScalingKind::kStandard, ScalingKind::kL2};
  std::vector<Model> models;
  std::vector<std::string> alone;
  std::set<std::string> different;
  for (const ScalingKind kind : kinds) {
    models.push_back(fit(make_dataset(), scaled_options(kind)).model);
    alone.push_back(evaluate_model(models.back(), make_dataset(), Metric::kEuclidean).to_json());
    different.insert(alone.back());
  }
  ASSERT_EQ(different.size(), 3u);  // or a mistake could not be seen
  std::vector<std::size_t> order{0, 1, 2};
  do {
    const Dataset shared = make_dataset();
    for (const std::size_t i : order) {
      EXPECT_EQ(evaluate_model(models[i], shared, Metric::kEuclidean).to_json(), alone[i])
          << to_string(kinds[i]) << ", order " << order[0] << order[1] << order[2];
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

// Features, classes and fingerprint, to the bit.
TEST(Fit, LeavesTheDatasetAsItWas) {
  for (const bool shuffles : {false, true}) {
    Dataset before = make_dataset();
    Dataset dataset = make_dataset();
    if (shuffles) {
      for (Dataset* each : {&before, &dataset}) shuffle_class_embeddings(*each, 3);
    }
    for (const ScalingKind kind : {ScalingKind::kMinMax, ScalingKind::kL2}) {
      FitOptions options = scaled_options(kind);
      options.recipe.selection = Selection::kValidation;
      const FitResult fitted = fit(dataset, options);
      expect_same_dataset(dataset, before);
      (void)evaluate_model(fitted.model, dataset, Metric::kCosine);
      expect_same_dataset(dataset, before);
      (void)predict(fitted.model, dataset.visual_features);
      expect_same_dataset(dataset, before);
    }
  }
}

// A class map without a network: features are mapped to the attributes, which are the prototypes.
Model identity_model(const Dataset& dataset) {
  Rng rng(8, Purpose::kSynthetic);
  Model model;
  Matrix<float> weight(kAttributes, kFeatures);
  for (Index i = 0; i < weight.size(); ++i) weight.data()[i] = static_cast<float>(rng.normal());
  model.feature_map.add(FeatureScaling{ScalingKind::kL2, {}, {}});
  model.feature_map.add(AffineMap{std::move(weight), std::vector<float>(kAttributes, 0.1f)});
  model.class_map = ClassMap(IdentityMap{{"attribute", kAttributes}, false});
  model.classes = dataset.classes.clone();
  model.update_prototypes();
  return model;
}

TEST(EvaluateModel, TakesAnyMaps) {
  const Dataset dataset = make_dataset();
  Dataset mapped = make_dataset();
  const Model model = identity_model(dataset);
  mapped.visual_features = model.feature_map.mapped(dataset.visual_features);
  for (const Metric metric : {Metric::kEuclidean, Metric::kCosine, Metric::kDot}) {
    const EvaluationResult got = evaluate_model(model, dataset, metric);
    const EvaluationResult want = evaluate(dataset.classes.embeddings[0], mapped, metric);
    EXPECT_EQ(got.t1, want.t1) << to_string(metric);
    EXPECT_EQ(got.harmonic, want.harmonic) << to_string(metric);
    EXPECT_EQ(got.hit_at, want.hit_at) << to_string(metric);
  }
}

// Offsets are by the names of the model's classes, whatever the order of the dataset's.
TEST(EvaluateModel, TakesScalesAndOffsetsByTheNamesOfClasses) {
  const Dataset dataset = make_dataset();
  Model model = identity_model(dataset);
  // So much for the last class of the table that it takes every image.
  model.prototypes.offset.assign(kClasses, 0.0f);
  model.prototypes.offset.back() = 1e6f;
  const EvaluationResult last = evaluate_model(model, dataset, Metric::kEuclidean);
  EXPECT_NEAR(last.t1, 1.0 / 3.0, 1e-12);
  EXPECT_EQ(*last.seen, 0.0);
  std::swap(model.classes.names[0], model.classes.names.back());
  model.classes.seen[0] = false;  // the name of an unseen class now
  model.classes.seen.back() = true;
  const EvaluationResult first = evaluate_model(model, dataset, Metric::kEuclidean);
  EXPECT_EQ(*first.unseen, 0.0);
  EXPECT_NEAR(*first.seen, 1.0 / kSeen, 1e-12);
}

TEST(EvaluateModel, RefusesAnotherMetricThanTheScalesAndOffsetsAreFor) {
  const Dataset dataset = make_dataset();
  Model model = identity_model(dataset);
  model.prototypes.scale.assign(kClasses, 2.0f);
  EXPECT_EQ(evaluate_model(model, dataset, Metric::kEuclidean).hubness.size(), 1u);
  EXPECT_THROW(static_cast<void>(evaluate_model(model, dataset, Metric::kCosine)), Error);
}

// Far above all scores gamma leaves no image to a seen class, far below none to an unseen one.
TEST(EvaluateModel, TakesGammaOffClassesThatTheModelKnowsAsSeen) {
  const Dataset dataset = make_dataset();
  Model model = identity_model(dataset);
  const EvaluationResult plain = evaluate_model(model, dataset, Metric::kEuclidean);
  model.gamma = 1e6f;
  model.update_prototypes();
  const EvaluationResult above = evaluate_model(model, dataset, Metric::kEuclidean);
  EXPECT_EQ(*above.seen, 0.0);
  EXPECT_EQ(*above.unseen, plain.t1);
  EXPECT_EQ(above.t1, plain.t1);
  model.gamma = -1e6f;
  model.update_prototypes();
  EXPECT_EQ(*evaluate_model(model, dataset, Metric::kEuclidean).unseen, 0.0);
  for (std::string& name : model.classes.names) name += " of another table";
  const EvaluationResult unknown = evaluate_model(model, dataset, Metric::kEuclidean);
  EXPECT_EQ(*unknown.seen, *plain.seen);
  EXPECT_EQ(*unknown.unseen, *plain.unseen);
}

// What the class map makes of the dataset's table counts, not the offsets of the model's.
TEST(EvaluateModel, TakesTheClassMapsOffsets) {
  const Dataset dataset = make_dataset();
  Rng rng(9, Purpose::kSynthetic);
  const test::KernelMapSizes sizes{kAttributes, kSeen, 5, kAttributes};
  KernelMap map = test::random_kernel_map(KernelKind::kQuartic, sizes, rng);
  map.hub = test::random_hub(sizes, rng);
  map.hub->weight = 3.0f;
  Model model = identity_model(dataset);
  model.class_map = ClassMap(std::move(map));
  model.metric = Metric::kDot;
  model.update_prototypes();
  const PrototypeSource source(
      dataset.visual_features, model.feature_map, model.prototypes, Metric::kDot);
  const EvaluationResult want = evaluate({source, Metric::kDot}, dataset);
  model.prototypes.offset.assign(kClasses, 7.0f);
  const EvaluationResult got = evaluate_model(model, dataset, Metric::kDot);
  EXPECT_EQ(got.t1, want.t1);
  EXPECT_EQ(*got.seen, *want.seen);
  EXPECT_EQ(*got.unseen, *want.unseen);
  model.class_map = ClassMap();
  EXPECT_THROW(static_cast<void>(evaluate_model(model, dataset, Metric::kDot)), Error);
}

TEST(MakeModel, HandsGammaToTheModel) {
  const Dataset dataset = make_dataset();
  Learned learned{.feature_map = {},
                  .class_map = ClassMap(IdentityMap{{"attribute", kAttributes}, false}),
                  .gamma = 0.25f};
  EXPECT_EQ(learned.clone().gamma, 0.25f);
  const Model model = make_model(std::move(learned), dataset.classes, RunReport{});
  EXPECT_EQ(model.gamma, 0.25f);
  for (Index c = 0; c < kClasses; ++c) {
    const bool seen = model.classes.seen[static_cast<std::size_t>(c)];
    EXPECT_EQ(model.prototypes.view().offset_of(c), seen ? -0.25f : 0.0f) << c;
  }
}

TEST(Fit, BareWeightsGiveTheModelBack) {
  const test::TemporaryFolder folder;
  Dataset dataset = make_dataset();
  FitOptions options = make_options();
  options.recipe.network->num_epochs = 2;
  options.output = folder / "out";
  const FitResult fitted = fit(dataset, options);
  Recipe recipe = options.recipe;
  recipe.network->hidden_dim = 1600;  // the file knows better
  const Model model = model_from_weights(folder / "out/train.ckpt", dataset, recipe);
  EXPECT_TRUE(same_parameters(model, fitted.model));
}

TEST(ShuffleClassEmbeddings, DealsTheSameRowsOutAnew) {
  ClassTable classes = make_dataset().classes;
  const Matrix<float> before = classes.embeddings[0].clone();
  shuffle_class_embeddings(classes, 3);
  std::multiset<float> old_values(before.data(), before.data() + before.size());
  const Matrix<float>& after = classes.embeddings[0];
  EXPECT_EQ(old_values, std::multiset<float>(after.data(), after.data() + after.size()));
  EXPECT_FALSE(std::equal(before.data(), before.data() + before.size(), after.data()));
}

TEST(FindModelFile, SaysWhatItLookedFor) {
  const test::TemporaryFolder folder;
  try {
    static_cast<void>(find_model_file(folder.path().string()));
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kIo);
    EXPECT_NE(std::string(error.what()).find("model.safetensors"), std::string::npos);
  }
}

}  // namespace
}  // namespace dem
