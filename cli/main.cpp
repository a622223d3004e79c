// dem: zero-shot learning with the Deep Embedding Model.

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>

#include "arguments.h"
#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "processes.h"
#include "usage_error.h"

namespace {

using dem::cli::group;

// What several processes would do as often as there are processes.
void require_one_process(const CLI::App& program) {
  const int size = group().size();
  if (size == 1) return;
  for (const CLI::App* command : program.get_subcommands()) {
    const std::string& name = command->get_name();
    if (name == "train" || name == "eval" || name == "predict") continue;
    throw dem::Error(dem::ErrorKind::kInvalidArgument,
                     "dem " + name +
                         ": expected one process (train, eval and predict work in several), got " +
                         std::to_string(size));
  }
}

// Finds the command to run; none where only help was asked for, which is printed.
dem::cli::Command parse(int argc, char** argv) {
  CLI::App program{
      "Zero-shot learning with the Deep Embedding Model: recognises classes of which it has\n"
      "seen no example, from a description of each class alone.",
      "dem"};
  program.set_version_flag("--version", std::string("dem ") + std::string(dem::version()));
  // The last of an option given twice counts, as in the reference.
  program.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  program.require_subcommand(0, 1);  // none is refused below: CLI11 would hide a misspelt one
  dem::cli::Command command;
  dem::cli::add_train(program, command);
  dem::cli::add_eval(program, command);
  dem::cli::add_export(program, command);
  dem::cli::add_predict(program, command);
  dem::cli::add_synth(program, command);
  dem::cli::add_import(program, command);
  dem::cli::add_split(program, command);
  dem::cli::add_words(program, command);
  dem::cli::add_doctor(program, command);
  dem::cli::add_inspect(program, command);
  dem::cli::add_convert(program, command);
  dem::cli::add_stats(program, command);
  dem::cli::add_benchmark(program, command);
  dem::cli::add_ranks(program, command);
  const std::vector<std::string> arguments = dem::cli::normalised_arguments(argc, argv);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    program.parse(reversed);  // CLI11 takes them last first
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      program.exit(error, std::cout, std::cerr);
      return {};
    }
    throw dem::Error(dem::ErrorKind::kInvalidArgument,
                     dem::cli::usage_error(program, error, arguments));
  }
  if (program.get_subcommands().empty()) {
    throw dem::Error(dem::ErrorKind::kInvalidArgument, "a command is required\n" + program.help());
  }
  require_one_process(program);
  return command;
}

int run(int argc, char** argv) {
  dem::cli::Command command;
  // A rank whose command line is wrong, or whose program is older, ends all of them.
  dem::agree(group(), [&] { command = parse(argc, argv); });
  const int exit_status = command ? command() : 0;
  dem::cli::check_output();
  return exit_status;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file beyond the limit is then an error of the write
  constexpr int kInternal = 1;
  try {
    dem::cli::join_launched();
    const int status = run(argc, argv);
    dem::cli::leave();
    return status;
  } catch (const dem::Error& error) {
    return dem::cli::report(error);
  } catch (const std::bad_alloc&) {
    return dem::cli::report("out of memory", kInternal);
  } catch (const std::exception& error) {
    return dem::cli::report(std::string("internal error: ") + error.what(), kInternal);
  }
}
