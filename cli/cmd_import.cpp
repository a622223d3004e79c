// dem import: data of other forms as a folder of layout table.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "interrupt.h"
#include "output_file.h"
#include "recipe_advice.h"

namespace dem::cli {
namespace {

struct ImportCommand {
  OutputOptions output;
  DataOptions data;
  ImportOptions wanted;
};

nlohmann::ordered_json summary_json(const ImportSummary& summary) {
  return {{"folder", summary.folder},
          {"kind", summary.kind},
          {"files", summary.files},
          {"images", summary.images},
          {"left_out", summary.left_out},
          {"feature_dim", summary.feature_dim},
          {"classes", summary.classes},
          {"spaces", summary.spaces},
          {"trainval", summary.trainval},
          {"test_seen", summary.test_seen},
          {"test_unseen", summary.test_unseen},
          {"seen_classes", summary.seen_classes},
          {"unseen_classes", summary.unseen_classes},
          {"split_fingerprint", summary.split_fingerprint}};
}

std::string summary_text(const ImportSummary& summary) {
  const auto number = [](Index value) { return std::to_string(value); };
  std::string text =
      summary.kind + ": " + number(summary.images) + " images of " + number(summary.feature_dim) +
      " features, " + number(summary.classes) + " classes (" + listed(summary.spaces) + ")\n" +
      number(summary.trainval) + " images to train on of " + number(summary.seen_classes) +
      " classes, to test " + number(summary.test_seen) + " of seen and " +
      number(summary.test_unseen) + " of " + number(summary.unseen_classes) + " unseen classes\n";
  if (summary.test_unseen == 0) {
    text += "no images of unseen classes: dem split draws some, or takes a list of them\n";
  }
  return text + summary.folder + ": " + listed(summary.files) + '\n';
}

// What only some kinds understand is refused for others.
void check_usage(const ImportCommand& command) {
  const std::string kind = import_kind_of(command.wanted);
  const auto refuse = [&](const char* option, const char* of) {
    throw Error(ErrorKind::kInvalidArgument,
                std::string(option) + ": is for kind " + of + ", and " + command.wanted.source +
                    " is of kind " + kind);
  };
  if (command.data.attributes && kind != "gbu") refuse("--attributes", "gbu");
  const FrameColumns& columns = command.wanted.columns;
  if (kind == "frame") return;
  if (!columns.classes.empty()) refuse("--class-column", "frame");
  if (!columns.samples.empty()) refuse("--id-column", "frame");
  if (!columns.left_out.empty()) refuse("--leave-out", "frame");
}

int run_import(ImportCommand& command) {
  apply(command.output);
  check_usage(command);
  command.wanted.data = reading_options(command.data);
  command.wanted.data.original_attributes =
      command.data.attributes && *command.data.attributes == "original";
  command.wanted.data.missing_descriptions =
      missing_descriptions_from_string(command.data.missing_descriptions.value_or("keep"));
  command.wanted.should_stop = interrupted;
  catch_interrupts();
  const ImportSummary summary = import_table(command.wanted);
  if (!summary.finished) return report_interrupt_with_nothing();
  if (command.output.json) {
    std::cout << summary_json(summary).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
              << '\n';
  } else {
    std::cout << summary_text(summary);
  }
  return 0;
}

std::string kinds_text() {
  std::string text;
  for (const ImportKind& kind : import_kinds()) {
    text += "  " + std::string(kind.name) + ": " + std::string(kind.what) + '\n';
  }
  return text;
}

void add_options(CLI::App& app, ImportCommand& command) {
  app.add_option("source", command.wanted.source, "Folder, or a data frame in text")
      ->required()
      ->type_name("SOURCE");
  app.add_option("-o,--output", command.wanted.output, "New folder of layout table")
      ->required()
      ->check(some_name());
  app.add_option(
         "--from", command.wanted.kind, "One of the kinds below, or auto, which the source fits")
      ->capture_default_str();
  const std::string frame = "Data frames";
  app.add_option("--class-column",
                 command.wanted.columns.classes,
                 "Heading over the classes; by default the only one like class, label, species")
      ->group(frame);
  app.add_option("--id-column",
                 command.wanted.columns.samples,
                 "Heading over the samples' names; by default the only one like id, image, file")
      ->group(frame);
  app.add_option("--leave-out",
                 command.wanted.columns.left_out,
                 "Heading of a column that is not "
                 "wanted, any number of times")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->group(frame);
  add_reading_options(app, command.data);
  add_output_options(app, command.output);
  app.footer("Kinds:\n" + kinds_text() +
             "Examples:\n"
             "  dem import Animals_with_Attributes2 -o data/AWA2\n"
             "  dem import CUB_200_2011 --features resnet101.npy -o data/CUB\n"
             "  dem import measured.csv --classes classes.csv -o data/MINE");
}

}  // namespace

void add_import(CLI::App& program, Command& command_to_run) {
  auto command = std::make_shared<ImportCommand>();
  CLI::App* app =
      program.add_subcommand("import", "Write data of other forms as a folder of layout table");
  add_options(*app, *command);
  app->callback(
      [command, &command_to_run] { command_to_run = [command] { return run_import(*command); }; });
}

}  // namespace dem::cli
