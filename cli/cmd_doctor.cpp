// dem doctor: the known traps of a dataset.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "exit_status.h"
#include "interrupt.h"
#include "option_words.h"
#include "output_file.h"

namespace dem::cli {
namespace {

struct DoctorCommand {
  OutputOptions output;
  DataOptions data;
  DoctorOptions doctor;
  std::string fix;  // folder for a mended copy; empty: none is written
};

// The dataset as a training without --recipe would read it.
DatasetOptions read_with(const DataOptions& data) {
  DatasetOptions options = resolve(data);
  const std::string recipe = default_recipe(options.layout);
  options.original_attributes = wants_original_attributes(data, recipe);
  options.missing_descriptions = missing_descriptions(data, recipe);
  return options;
}

// What a finding advises, in the words of the command line.
Diagnosis in_option_words(Diagnosis diagnosis) {
  for (Finding& finding : diagnosis.findings) {
    finding.where = with_option_words(finding.where);
    finding.mend = with_option_words(finding.mend);
  }
  return diagnosis;
}

std::string listed_ids(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : ", ") + id;
  return text.empty() ? "nothing" : text;
}

std::string mended_text(const MendReport& report) {
  std::string text = "mended copy: " + report.folder + ", " + std::to_string(report.files.size()) +
                     " files, " + std::to_string(report.bytes) + " bytes\n  mended   " +
                     listed_ids(report.done) + "\n  left     " + listed_ids(report.left) + '\n';
  if (!report.left_out.empty()) text += "  left out " + listed_ids(report.left_out) + '\n';
  if (report.index_base == 0) text += "  it is read with --index-base 0\n";
  return text;
}

nlohmann::ordered_json mended_json(const MendReport& report) {
  return {{"folder", report.folder},
          {"files", report.files},
          {"bytes", report.bytes},
          {"index_base", report.index_base},
          {"mended", report.done},
          {"left", report.left},
          {"left_out", report.left_out}};
}

void print(const DoctorCommand& command, const Diagnosis& diagnosis, const MendReport* mended) {
  if (!command.output.json) {
    std::cout << diagnosis.to_string() << (mended == nullptr ? "" : '\n' + mended_text(*mended));
    return;
  }
  auto json = nlohmann::ordered_json::parse(diagnosis.to_json());
  if (mended != nullptr) json["mended_copy"] = mended_json(*mended);
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

int run_doctor(const DoctorCommand& command) {
  OutputOptions output = command.output;
  output.quiet = true;  // what loading warns of is among the findings
  apply(output);
  const DatasetOptions data = read_with(command.data);
  if (!command.fix.empty()) {
    require_mendable(data, command.fix);
    end_at_interrupts_with_nothing();
  }
  const Diagnosis diagnosis = in_option_words(diagnose(data, command.doctor));
  std::optional<MendReport> mended;
  try {
    if (!command.fix.empty()) {
      catch_interrupts();
      mended = mend_dataset(data, diagnosis, command.fix, {command.doctor, interrupted});
    }
  } catch (const Error&) {  // what was found is there all the same
    print(command, diagnosis, nullptr);
    std::cout.flush();
    throw;
  }
  if (mended && mended->stopped) return report_interrupt_with_nothing();
  print(command, diagnosis, mended ? &*mended : nullptr);
  return diagnosis.has_errors() ? exit_status(ErrorKind::kFormat) : 0;
}

}  // namespace

void add_doctor(CLI::App& program, Command& command_to_run) {
  auto command = std::make_shared<DoctorCommand>();
  CLI::App* app = program.add_subcommand(
      "doctor",
      "Look for the known traps of a dataset; exit status 3 where results would be wrong");
  add_data_options(*app, command->data);
  app->add_option("--near-duplicates",
                  command->doctor.near_duplicates,
                  "Test rows so near to a training row, as a share of the median distance of two "
                  "rows, are told of; 0: none")
      ->capture_default_str();
  app->add_option("--fix",
                  command->fix,
                  "New folder for a mended copy: what can be mended safely, in the data's layout")
      ->check(some_name());
  add_output_options(*app, command->output);
  app->callback(
      [command, &command_to_run] { command_to_run = [command] { return run_doctor(*command); }; });
}

}  // namespace dem::cli
