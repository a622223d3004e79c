// The library in one page: makes a small synthetic dataset, trains on its seen classes, and
// recognises images of its unseen ones; then loads the model from its folder, teaches it one more
// class from a description alone, and names the classes of new images.
//
//   hello_dem FOLDER    writes to FOLDER; exit status 1 where recognition is poor
#include <dem/dem.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>

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

dem::FitOptions make_options(const std::string& dataset, const std::string& output) {
  dem::FitOptions options;
  options.recipe = dem::make_recipe("gbu", dataset, dem::TrainMode::kAttribute);
  options.recipe.feature_scaling = dem::ScalingKind::kMinMax;
  options.recipe.output_bias = dem::OutputBias::kMean;
  options.recipe.hidden_dim = 256;
  options.recipe.learning_rate = 1e-3;
  options.recipe.num_epochs = 30;
  options.recipe.max_steps = 0;
  options.output = output;
  return options;
}

// A class that nobody has seen, described as halfway between two others.
dem::ClassTable make_hybrid(const dem::ClassTable& classes, dem::ClassId a, dem::ClassId b) {
  dem::ClassTable hybrid;
  hybrid.names = {"hybrid"};
  hybrid.seen = {false};
  hybrid.spaces = classes.spaces;
  for (const dem::Matrix<float>& known : classes.embeddings) {
    dem::Matrix<float> description(1, known.cols());
    for (dem::Index d = 0; d < known.cols(); ++d) {
      description(0, d) = (known(a, d) + known(b, d)) / 2;
    }
    hybrid.embeddings.push_back(std::move(description));
  }
  return hybrid;
}

// Loads a model, adds a class to it, and names the first images of a file of features.
void name_images(const std::string& model_folder, const std::string& features_file) {
  dem::Model model = dem::Model::load(model_folder);
  model.add_classes(make_hybrid(model.classes, 0, 1));
  dem::FeatureStream stream(features_file, {.feature_dim = model.network.spec().feature_dim});
  dem::Matrix<float> features(3, stream.cols());  // a block at a time, however long the file is
  const dem::Index count = stream.read(features);
  const dem::Predictor predictor(model, {.top_k = 2});  // any number of threads may use it
  const dem::Prediction found = predictor.predict(features.view().row_block(0, count));
  for (dem::Index i = 0; i < count; ++i) {
    const auto name = [&](dem::Index k) {
      return model.classes.names[static_cast<std::size_t>(found.classes(i, k))].c_str();
    };
    std::printf("image %d: %s (probability %.2f), then %s, among %d classes\n",
                static_cast<int>(i),
                name(0),
                static_cast<double>(found.probabilities(i, 0)),
                name(1),
                static_cast<int>(model.classes.size()));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: hello_dem FOLDER\n");
    return 2;
  }
  const std::string folder = argv[1];
  dem::Dataset dataset = make_dataset(argv[1]);
  const dem::FitOptions options = make_options(dataset.name, folder + "/model");
  const dem::FitResult fit = dem::fit(dataset, options);

  const dem::EvaluationResult scores =
      dem::evaluate_model(fit.model, dataset, options.recipe.metric);
  const double chance = 1.0 / static_cast<double>(scores.num_unseen_classes);
  std::printf("loss %.4f, T1 %.1f %% on classes never seen (chance %.1f %%)\n",
              fit.summary.last_loss.value_or(0.0),
              100 * scores.t1,
              100 * chance);
  name_images(options.output, folder + "/HELLO/res101.mat");
  return scores.t1 > 3 * chance ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "hello_dem: %s\n", error.what());
  return 1;
}
