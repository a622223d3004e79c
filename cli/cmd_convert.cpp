// dem convert: tensors from one checkpoint format to another.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"

namespace dem::cli {
namespace {

struct ConvertCommand {
  OutputOptions output;
  std::string from, to;
  std::string format;
  bool weights_only = false;
};

int run_convert(const ConvertCommand& command) {
  apply(command.output);
  ConvertOptions options;
  if (!command.format.empty()) options.format = tensor_format_from_string(command.format);
  options.weights_only = command.weights_only;
  const ConvertSummary summary = convert_tensors(command.from, command.to, options);
  std::cout << (command.output.json ? summary.to_json() + "\n" : summary.to_string());
  return 0;
}

}  // namespace

void add_convert(CLI::App& program, Command& command_to_run) {
  auto command = std::make_shared<ConvertCommand>();
  CLI::App* app = program.add_subcommand("convert",
                                         "Convert between MindSpore .ckpt, .safetensors and NumPy "
                                         ".npz, and from PyTorch .pt, bit for bit");
  app->add_option(
         "IN", command->from, "A .ckpt, .safetensors, .npz, .pt or .pkl file, found by content")
      ->required();
  app->add_option("OUT", command->to, "The file to write; its ending says the format")->required();
  app->add_option("--format", command->format, "ckpt, safetensors or npz, whatever OUT's ending");
  app->add_flag("--weights-only",
                command->weights_only,
                "Leave out the optimiser's state and whatever else is no weight");
  add_output_options(*app, command->output);
  app->callback(
      [command, &command_to_run] { command_to_run = [command] { return run_convert(*command); }; });
}

}  // namespace dem::cli
