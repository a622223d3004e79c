#include "usage_error.h"

#include <algorithm>
#include <numeric>
#include <string_view>

namespace dem::cli {
namespace {

// Letters to insert, delete or replace to get from one word to the other (Levenshtein, 1966).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string suggestion(std::string_view typed, const std::vector<std::string>& known) {
  if (known.empty()) return "";
  const auto nearest =
      std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
        return edit_distance(typed, a) < edit_distance(typed, b);
      });
  const std::size_t distance = edit_distance(typed, *nearest);
  const bool shares_letters = distance < std::max(typed.size(), nearest->size());
  const bool close = shares_letters && distance <= std::max<std::size_t>(2, typed.size() / 3);
  return close ? " (did you mean " + *nearest + "?)" : "";
}

namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* app : program.get_subcommands(nullptr)) names.push_back(app->get_name());
  return names;
}

std::string unknown_argument(const CLI::App& program,
                             const CLI::App* command,
                             const std::vector<std::string>& arguments) {
  const std::vector<std::string> options = option_names(command != nullptr ? *command : program);
  for (const std::string& argument : arguments) {
    if (argument.rfind("--", 0) != 0) continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (std::find(options.begin(), options.end(), name) == options.end()) {
      return "unknown option " + name + suggestion(name, options);
    }
  }
  if (command == nullptr && !arguments.empty()) {
    return "unknown command " + arguments[0] + suggestion(arguments[0], command_names(program));
  }
  return "";
}

}  // namespace

std::string usage_error(const CLI::App& program,
                        const CLI::ParseError& error,
                        const std::vector<std::string>& arguments) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  const CLI::App* command = chosen.empty() ? nullptr : chosen.front();
  std::string what;
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError)) {
    what = unknown_argument(program, command, arguments);
  }
  if (what.empty()) what = error.what();
  const std::string more = command != nullptr ? "dem " + command->get_name() : "dem";
  return what + "\n'" + more + " --help' lists what there is";
}

}  // namespace dem::cli
