// The sub-commands: each adds itself to the program and, when chosen, is the command to run.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace dem::cli {

using Command = std::function<int()>;  // returns the exit status

void add_train(CLI::App& program, Command& command_to_run);
void add_eval(CLI::App& program, Command& command_to_run);
void add_export(CLI::App& program, Command& command_to_run);
void add_synth(CLI::App& program, Command& command_to_run);
void add_convert(CLI::App& program, Command& command_to_run);
void add_doctor(CLI::App& program, Command& command_to_run);
void add_inspect(CLI::App& program, Command& command_to_run);
void add_predict(CLI::App& program, Command& command_to_run);
void add_split(CLI::App& program, Command& command_to_run);
void add_stats(CLI::App& program, Command& command_to_run);
void add_benchmark(CLI::App& program, Command& command_to_run);
void add_import(CLI::App& program, Command& command_to_run);
void add_words(CLI::App& program, Command& command_to_run);
void add_ranks(CLI::App& program, Command& command_to_run);

}  // namespace dem::cli
