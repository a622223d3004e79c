// The library in one page: trains on emoji of seen classes, recognises drawings of unseen ones,
// then loads the model, teaches it one more class from a description alone, and names some
// drawings.
//
//   hello_dem EXAMPLES OUTPUT    EXAMPLES is the folder of this file; exit status 1 on failure
#include <dem/dem.h>

#include <cstdio>
#include <exception>
#include <string>

namespace {

double train(const std::string& examples, const std::string& output) {
  const dem::Dataset dataset = dem::load_dataset({.data_path = examples, .name = "emoji"});
  dem::FitOptions options;
  // Its settings are chosen on held-out seen classes; others are networks and closed forms.
  options.recipe = dem::make_recipe("auto", "emoji", dem::TrainMode::kAttribute);
  options.output = output;
  const dem::FitResult fit = dem::fit(dataset, options);
  const auto scores = dem::evaluate_model(fit.model, dataset, fit.model.metric);
  const double chance = 1.0 / static_cast<double>(scores.num_unseen_classes);
  std::printf("T1 %.1f %% on unseen classes, chance %.1f %%\n", 100 * scores.t1, 100 * chance);
  return scores.t1 / chance;
}

void name_drawings(const std::string& examples, const std::string& model_folder) {
  dem::Model model = dem::Model::load(model_folder);
  const dem::ClassFile file{.path = examples + "/emoji/tiger-zebra.csv", .space = ""};
  model.add_classes(dem::read_new_classes({&file, 1}, "", model.classes));

  dem::FeatureStream stream(examples + "/emoji/features.mat", {.feature_dim = model.feature_dim()});
  dem::Matrix<float> features(5, stream.cols());  // a block at a time, however long the file is
  const dem::Index count = stream.read(features);
  const dem::Predictor predictor(model);  // any number of threads may use it
  const dem::Prediction found = predictor.predict(features.view().row_block(0, count));
  for (dem::Index i = 0; i < count; ++i) {
    const auto id = static_cast<std::size_t>(found.classes(i, 0));
    const auto probability = static_cast<double>(found.probabilities(i, 0));
    std::printf("%s (probability %.2f)\n", model.classes.names[id].c_str(), probability);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("usage: hello_dem EXAMPLES OUTPUT\n", stderr), 2;
  const double times_chance = train(argv[1], argv[2]);
  name_drawings(argv[1], argv[2]);
  return times_chance > 30 ? 0 : 1;
} catch (const std::exception& error) {
  return std::fprintf(stderr, "hello_dem: %s\n", error.what()), 1;
}
