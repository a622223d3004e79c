// Uses an installed dem: writes a small dataset, reads it back, and multiplies with its network.
#include <dem/dem.h>

#include <cstdio>
#include <exception>
#include <vector>

namespace {

bool works(const char* folder) {
  dem::SyntheticOptions options;
  options.output = folder;
  options.num_train_images = 30;
  options.num_test_images = 10;
  options.num_seen_classes = 5;
  options.num_unseen_classes = 2;
  options.attribute_dim = 6;
  options.word_dim = 4;
  options.feature_dim = 8;
  dem::write_synthetic(options);
  const dem::Dataset dataset = dem::load_dataset({.data_path = folder, .name = "AwA"});
  const dem::Recipe recipe = dem::make_recipe("gbu", "AwA", dem::TrainMode::kAttribute);
  const dem::Network network(recipe.network->network_spec(dataset.classes, dataset.feature_dim()));
  const std::vector<dem::MatrixView<const float>> inputs = {dataset.classes.embeddings[0]};
  const dem::Matrix<float> prototypes = network.forward(inputs);
  dem::Model model;
  model.class_map = dem::ClassMap(dem::NetworkMap{network.clone()});
  model.classes.names = dataset.classes.names;
  model.classes.seen = dataset.classes.seen;
  model.classes.spaces = dataset.classes.spaces;
  model.classes.embeddings.push_back(dataset.classes.embeddings[0].clone());
  model.update_prototypes();
  const dem::Prediction found = dem::predict(model, dataset.visual_features);
  return found.classes.rows() == 40 && prototypes.rows() == 7 && prototypes.cols() == 8;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2 || !works(argv[1])) {
    std::puts("downstream: wrong");
    return 1;
  }
  std::printf("downstream: dem %s works\n", dem::version().data());
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "downstream: %s\n", error.what());
  return 1;
}
