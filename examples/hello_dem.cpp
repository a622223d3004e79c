// The library in one page: makes a small synthetic dataset, trains on its seen classes, and
// recognises images of its unseen ones.
//
//   hello_dem FOLDER    writes the dataset to FOLDER; exit status 1 where recognition is poor
#include <dem/dem.h>

#include <cstdio>
#include <exception>

namespace {

dem::Dataset make_dataset(const char* folder) {
  dem::SyntheticOptions options;
  options.output = folder;
  options.layout = "gbu";
  options.name = "HELLO";
  options.num_train_images = 1200;
  options.num_test_images = 300;
  options.num_test_seen_images = 300;
  options.num_seen_classes = 60;
  options.num_unseen_classes = 10;
  options.attribute_dim = 32;
  options.feature_dim = 128;
  options.num_traits = 8;
  dem::write_synthetic(options);
  return dem::load_dataset({.data_path = folder, .name = "HELLO"});
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: hello_dem FOLDER\n");
    return 2;
  }
  dem::Dataset dataset = make_dataset(argv[1]);

  dem::FitOptions options;
  options.recipe = dem::make_recipe("gbu", dataset.name, dem::TrainMode::kAttribute);
  options.recipe.feature_scaling = dem::ScalingKind::kMinMax;
  options.recipe.output_bias = dem::OutputBias::kMean;
  options.recipe.hidden_dim = 256;
  options.recipe.learning_rate = 1e-3;
  options.recipe.num_epochs = 30;
  options.recipe.max_steps = 0;
  const dem::FitResult fit = dem::fit(dataset, options);

  const dem::EvaluationResult scores =
      dem::evaluate_model(fit.model, dataset, options.recipe.metric);
  const double chance = 1.0 / static_cast<double>(scores.num_unseen_classes);
  std::printf("loss %.4f, T1 %.1f %% on classes never seen (chance %.1f %%)\n",
              fit.summary.last_loss.value_or(0.0),
              100 * scores.t1,
              100 * chance);
  return scores.t1 > 3 * chance ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "hello_dem: %s\n", error.what());
  return 1;
}
