// dem synth: a synthetic dataset in any layout.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"

namespace dem::cli {
namespace {

struct SynthOptions {
  OutputOptions output;
  SyntheticOptions synthetic;
};

void add_options(CLI::App& app, SynthOptions& options) {
  SyntheticOptions& s = options.synthetic;
  const auto add = [&](const char* name, auto& target, const char* help) {
    return app.add_option(name, target, help);
  };
  add("--output", s.output, "Folder to write the dataset's folder into")->required();
  add("--layout", s.layout, "dem (AwA_data/, CUB_data/) or gbu (NAME/*.mat)")
      ->capture_default_str();
  add("--dataset", s.name, "AwA or CUB for layout dem, any name for gbu")->capture_default_str();
  add("--num-train-images", s.num_train_images, "0: the real number (AwA 24295, CUB 8855)");
  add("--num-test-images",
      s.num_test_images,
      "Of unseen classes; 0: the real number (AwA 6180, CUB 2933)");
  add("--num-test-seen-images",
      s.num_test_seen_images,
      "Layout gbu: of seen classes; 0: a fifth of the training images");
  add("--num-seen-classes", s.num_seen_classes, "0: the real number (AwA 40, CUB 150)");
  add("--num-unseen-classes", s.num_unseen_classes, "0: the real number (AwA 10, CUB 50)");
  add("--attribute-dim", s.attribute_dim, "0: the real number (AwA 85, CUB 312)");
  add("--word-dim", s.word_dim, "Width of the word vectors")->capture_default_str();
  add("--feature-dim", s.feature_dim, "Width of the visual features")->capture_default_str();
  add("--num-traits", s.num_traits, "Latent traits behind a class")->capture_default_str();
  add("--noise", s.noise, "Scatter of the images around their class centre")->capture_default_str();
  add("--seed", s.seed, "Seed of every draw")->check(seed_range())->capture_default_str();
  add_output_options(app, options.output);
}

int run_synth(const SynthOptions& options) {
  apply(options.output);
  const std::vector<std::string> files = write_synthetic(options.synthetic);
  if (options.output.json) {
    std::cout << nlohmann::json{{"files", files}}.dump(2) << '\n';
    return 0;
  }
  for (const std::string& file : files) std::cout << file << '\n';
  return 0;
}

}  // namespace

void add_synth(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<SynthOptions>();
  CLI::App* app = program.add_subcommand("synth", "Write a synthetic dataset");
  add_options(*app, *options);
  app->callback(
      [options, &command_to_run] { command_to_run = [options] { return run_synth(*options); }; });
}

}  // namespace dem::cli
