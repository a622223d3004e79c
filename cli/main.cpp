// dem: zero-shot learning with the Deep Embedding Model.

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "arguments.h"
#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "usage_error.h"

namespace {

constexpr int kUsage = 2;

int run(int argc, char** argv) {
  CLI::App program{
      "Zero-shot learning with the Deep Embedding Model: recognises classes of which it has\n"
      "seen no example, from a description of each class alone.",
      "dem"};
  program.set_version_flag("--version", std::string("dem ") + std::string(dem::version()));
  // The last of an option given twice counts, as in the reference.
  program.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  program.require_subcommand(0, 1);  // none is refused below: CLI11 would hide a misspelt one
  int exit_status = 0;
  dem::cli::add_train(program, exit_status);
  dem::cli::add_eval(program, exit_status);
  dem::cli::add_export(program, exit_status);
  dem::cli::add_predict(program, exit_status);
  dem::cli::add_synth(program, exit_status);
  dem::cli::add_inspect(program, exit_status);
  dem::cli::add_convert(program, exit_status);
  const std::vector<std::string> arguments = dem::cli::normalised_arguments(argc, argv);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    program.parse(reversed);  // CLI11 takes them last first
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return program.exit(error, std::cout, std::cerr);
    std::cerr << "dem: " << dem::cli::usage_error(program, error, arguments) << '\n';
    return kUsage;
  }
  if (program.get_subcommands().empty()) {
    std::cerr << "dem: a command is required\n" << program.help();
    return kUsage;
  }
  dem::cli::check_output();
  return exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is then an error of the write
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
