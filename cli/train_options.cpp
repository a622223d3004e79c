#include "train_options.h"

#include <string_view>
#include <utility>

#include "option_words.h"
#include "output_file.h"

namespace dem::cli {

void add_train_options(CLI::App& app, TrainOptions& options) {
  add_data_options(app, options.data);
  options.fit.output = "../output";
  app.add_option("--save-ckpt", options.fit.output, "Model folder to write")->capture_default_str();
  app.add_option("--seed", options.fit.seed, "Seed of every random draw")
      ->check(seed_range())
      ->capture_default_str();
  app.add_option("--seeds",
                 options.seeds,
                 "Train so many models, with this seed and the following ones, into folders seed_N "
                 "of --save-ckpt, and print mean and standard deviation of every score");
  app.add_option("--grid",
                 options.grid,
                 "FIELD=VALUE,VALUE,...: try values of a field of the recipe on held-out seen "
                 "classes, all combinations of several such options, and train with the best")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--init",
                 options.fit.init_file,
                 "Start from the weights of a .ckpt, .safetensors or .pt file")
      ->check(some_name());
  app.add_option("--save-seconds",
                 options.fit.save_seconds,
                 "Least seconds between two savings of the state")
      ->capture_default_str();
  app.add_flag("--resume",
               options.fit.resume,
               "Go on where the run in --save-ckpt was stopped; of --seeds and --grid, take what "
               "has finished");
  app.add_option("--interval-step", options.fit.interval_step, "Steps between two loss lines")
      ->capture_default_str();
  app.add_option("--shuffle-classes",
                 options.shuffle_classes,
                 "Control: deal the class descriptions out anew among all classes, with this seed")
      ->check(seed_range());
  add_recipe_options(app, options.recipe);
  app.add_option("--ensemble",
                 options.ensemble,
                 "One model of several: a number K (of the recipe, with seeds from --seed on), or "
                 "names of recipes with commas; scores are averaged in units of their temperatures")
      ->type_name("K|NAMES")
      ->check(some_name());
  app.add_option("--solver",
                 options.solver,
                 "Of recipes in steps: minibatch, or statistics: all images at once through counts "
                 "and means of their classes (batches and clipping do not matter)")
      ->default_str("minibatch");
  app.add_option(
         "--solver-method",
         options.method,
         "Solver statistics: lbfgs (without learning rate), or adam with the whole gradient")
      ->capture_default_str();
  app.add_option(
         "--stats",
         options.stats,
         "Train on the images of a file of dem stats; with --data-path its descriptions and "
         "test images are used, without there is no evaluation")
      ->check(some_name());
  app.add_option("--tolerance",
                 options.fit.statistics.tolerance,
                 "Solver statistics: converged where the gradient's norm is this part of its first")
      ->capture_default_str();
  app.add_option("--max-seconds",
                 options.fit.statistics.max_seconds,
                 "Solver statistics: end after so many seconds at the best point so far, with "
                 "--select val in each of its two runs; 0: no such bound")
      ->capture_default_str();
  add_output_options(app, options.output);
  add_reference_options(app, options.reference);
  app.add_option("--exchange",
                 options.exchange,
                 "With --distribute, what processes tell each other: gradients, statistics (sums "
                 "over the classes of a batch), or auto, the cheaper")
      ->capture_default_str();
  app.footer(
      "Example, with everything chosen on held-out seen classes, in seconds:\n"
      "  dem train --data-path data --dataset AWA2 --save-ckpt awa2.model\n"
      "A network instead, whose epoch is chosen so:\n"
      "  dem train --data-path data --dataset AWA2 --recipe gbu --select val --save-ckpt "
      "awa2.model\n"
      "From statistics, without the images:\n"
      "  dem stats --data-path data --dataset AWA2 -o awa2.stats\n"
      "  dem train --stats awa2.stats --save-ckpt awa2.model");
  app.add_option("--file-format", options.file_format, "Of no effect here")
      ->group("Options of the reference for its hardware");
}

void take_given(const CLI::App& app, TrainOptions& options) {
  const bool of_several = options.seeds.has_value() || !options.grid.empty();
  if (of_several) options.resumes = std::exchange(options.fit.resume, false);
  options.has_data =
      options.stats.empty() || app.count("--data-path") > 0 ||
      (app.count("--features") > 0 && app.count("--labels") > 0 && app.count("--classes") > 0);
  for (const char* name : {"--dataset",
                           "--layout",
                           "--features",
                           "--labels",
                           "--classes",
                           "--split",
                           "--descriptions",
                           "--word-vectors",
                           "--space",
                           "--index-base",
                           "--missing-features"}) {
    if (app.count(name) > 0) options.given.emplace_back(name);
  }
  for (const char* name : {"--init",
                           "--resume",
                           "--solver",
                           "--solver-method",
                           "--tolerance",
                           "--max-seconds",
                           "--interval-step",
                           "--save-seconds",
                           "--exchange"}) {
    const bool is_of_several = of_several && name == std::string_view("--resume");
    if (app.count(name) > 0 && !is_of_several) options.given_steps.emplace_back(name);
  }
  for (const char* name : {"--solver-method", "--tolerance", "--max-seconds"}) {
    if (app.count(name) > 0) options.given_solver.emplace_back(name);
  }
}

}  // namespace dem::cli
