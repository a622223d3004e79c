#include "benchmark_options.h"

#include "option_words.h"
#include "output_file.h"

namespace dem::cli {

void add_benchmark_options(CLI::App& app, BenchmarkOptions& options) {
  add_data_options(app, options.data);
  app.remove_option(app.get_option("--dataset"));
  app.add_option(
         "--datasets",
         options.datasets,
         "Names in --data-path, or FOLDER/NAME, commas between; with options of its own behind "
         "colons: NAME:index-base=0")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
  app.add_option("--recipes",
                 options.recipes,
                 "Recipes, commas between: names, files of settings (.json), or all that learn at "
                 "once (all)")
      ->delimiter(',')
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->default_str("auto");
  app.add_option("--seeds", options.seeds, "Runs of each, with seeds from --seed on")
      ->capture_default_str();
  app.add_option("--seed", options.first_seed, "The first seed")
      ->check(seed_range())
      ->capture_default_str();
  app.add_option("--output", options.folder, "Folder for what is kept of each run and the tables")
      ->check(some_name())
      ->required();
  app.add_option("--memory",
                 options.memory_gib,
                 "GiB that all runs may take together; 0: 80 % of what is free");
  app.add_flag("--fresh", options.fresh, "Run again what is kept in --output");
  add_output_options(app, options.output);
  app.footer(
      "Example, the default against two others, five seeds each; the same command again goes on\n"
      "where it was stopped:\n"
      "  dem benchmark --data-path data --datasets AWA2,CUB --recipes auto,gp,ridge --output "
      "results");
}

void take_given(const CLI::App& app, BenchmarkOptions& options) {
  if (options.recipes.empty()) options.recipes = {"auto"};
  for (const char* name : kDataOptions) {
    const std::string option(name);
    if (option == "--data-path" || option == "--dataset") continue;
    for (const std::string& value : app.get_option(option)->results()) {
      options.data_arguments.insert(options.data_arguments.end(), {option, value});
    }
  }
}

}  // namespace dem::cli
