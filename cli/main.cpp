// dem: zero-shot learning with the Deep Embedding Model.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>

#include "arguments.h"
#include "commands.h"
#include "dem/dem.h"

namespace {

constexpr int kUsage = 2;

int run(int argc, char** argv) {
  CLI::App program{
      "Zero-shot learning with the Deep Embedding Model: recognises classes of which it has\n"
      "seen no example, from a description of each class alone.",
      "dem"};
  program.set_version_flag("--version", std::string("dem ") + std::string(dem::version()));
  program.require_subcommand(0, 1);  // none is refused below: CLI11 would hide a misspelt one
  int exit_status = 0;
  dem::cli::add_train(program, exit_status);
  dem::cli::add_eval(program, exit_status);
  dem::cli::add_synth(program, exit_status);
  dem::cli::add_inspect(program, exit_status);
  std::vector<std::string> arguments = dem::cli::normalised_arguments(argc, argv);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them last first
  try {
    program.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return program.exit(error, std::cout, std::cerr) == 0 ? 0 : kUsage;
  }
  if (program.get_subcommands().empty()) {
    std::cerr << "A subcommand is required\n" << program.help();
    return kUsage;
  }
  std::cout.flush();
  if (!std::cout) throw dem::Error(dem::ErrorKind::kIo, "standard output: cannot be written");
  return exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const dem::Error& error) {
    std::cerr << "dem: " << error.what() << '\n';
    return dem::exit_status(error.kind());
  } catch (const std::bad_alloc&) {
    std::cerr << "dem: out of memory\n";
  } catch (const std::exception& error) {
    std::cerr << "dem: internal error: " << error.what() << '\n';
  }
  return 1;
}
