// The sub-commands: each adds itself to the program and, when chosen, runs and sets the exit
// status.
#pragma once

namespace CLI {
class App;
}

namespace dem::cli {

void add_train(CLI::App& program, int& exit_status);
void add_eval(CLI::App& program, int& exit_status);
void add_export(CLI::App& program, int& exit_status);
void add_synth(CLI::App& program, int& exit_status);
void add_convert(CLI::App& program, int& exit_status);
void add_inspect(CLI::App& program, int& exit_status);
void add_predict(CLI::App& program, int& exit_status);
void add_ranks(CLI::App& program, int& exit_status);

}  // namespace dem::cli
