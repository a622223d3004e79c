// dem inspect: what is in a file.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"

namespace dem::cli {
namespace {

struct InspectOptions {
  OutputOptions output;
  std::vector<std::string> files;
};

int run_inspect(const InspectOptions& options) {
  apply(options.output);
  const bool many = options.files.size() > 1;
  if (options.output.json && many) std::cout << "[\n";
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const FileReport report = inspect_file(options.files[i]);
    if (options.output.json) {
      std::cout << report.to_json() << (i + 1 < options.files.size() ? ",\n" : "\n");
    } else {
      std::cout << (i > 0 ? "\n" : "") << report.to_string();
    }
  }
  if (options.output.json && many) std::cout << "]\n";
  return 0;
}

}  // namespace

void add_inspect(CLI::App& program, Command& command_to_run) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* app = program.add_subcommand("inspect", "Show names, types and shapes in a file");
  app->add_option("FILE", options->files, "Any file that dem reads")->required();
  add_output_options(*app, options->output);
  app->callback(
      [options, &command_to_run] { command_to_run = [options] { return run_inspect(*options); }; });
}

}  // namespace dem::cli
