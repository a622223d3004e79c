// dem export: a model in the format of another runtime.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "rejection.h"

namespace dem::cli {
namespace {

constexpr const char* kReferenceRecipe = "mindspore";

struct ExportCommand {
  OutputOptions output;
  ExportOptions options;
  std::string model = "../output";
  std::string file_format = "ONNX";
  std::string graph = "embed";
  std::string candidates = "all";
  RejectionOptions rejection;
  std::optional<std::string> train_mode;
  std::string recipe = kReferenceRecipe;
  std::string file;  // empty: the reference's name
  // Of the reference's one parser; they mean nothing for an export.
  std::string ignored_text;
  Index ignored_number = 0;
};

void add_ignored(CLI::App& app, ExportCommand& command) {
  const std::string group = "Options of the reference without effect here";
  for (const char* name : {"--dataset", "--data-path", "--device-target"}) {
    app.add_option(name, command.ignored_text, "Ignored")->group(group);
  }
  app.add_option("--distribute", command.ignored_text, "Ignored")->expected(0, 1)->group(group);
  for (const char* name : {"--device-id", "--device-num", "--epoch-size", "--interval-step"}) {
    app.add_option(name, command.ignored_number, "Ignored")->group(group);
  }
}

void add_options(CLI::App& app, ExportCommand& command) {
  const auto add = [&](const char* name, auto& target, const char* help) {
    return app.add_option(name, target, help);
  };
  add("--save-ckpt",
      command.model,
      "Model folder, model.safetensors, or weights (.ckpt, .safetensors, .pt)")
      ->capture_default_str();
  add("--file-format", command.file_format, "ONNX or MINDIR; AIR is refused with the way to it")
      ->capture_default_str();
  add("--graph",
      command.graph,
      "embed: descriptions in, prototypes out; classify (ONNX): visual features in, scores and "
      "probabilities out")
      ->capture_default_str();
  add("--batch-size",
      command.options.batch_size,
      "Rows of every input; 0: any number (ONNX), 100 (MINDIR)")
      ->capture_default_str();
  add("--topk",
      command.options.top_k,
      "Graph classify: how many nearest classes come out; 0: none, for OpenCV 4.6")
      ->capture_default_str();
  add("--candidates",
      command.candidates,
      "Graph classify: the classes that it knows: all, seen, unseen, or a file with a name a line")
      ->capture_default_str();
  add_rejection_options(app, command.rejection, "Graph classify: ");
  add("--output",
      command.file,
      "File to write; else DEM_att, DEM_word or DEM_fusion with .onnx or .mindir");
  add("--train-mode",
      command.train_mode,
      "att, word or fusion, for bare weights; else what their layers tell");
  add("--recipe", command.recipe, "Recipe that bare weights were trained with")
      ->capture_default_str();
  add_output_options(app, command.output);
  add_ignored(app, command);
}

void check_usage(const ExportCommand& command) {
  if (command.options.graph == ExportGraph::kClassify) return;
  const char* option =
      command.candidates != "all" ? "--candidates" : given_option(command.rejection);
  if (option == nullptr) return;
  throw Error(ErrorKind::kInvalidArgument,
              std::string(option) + ": expected --graph classify with it, got " + command.graph);
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// What is to be written: a model, or bare weights.
struct Exported {
  std::optional<Model> model;
  std::optional<BareWeights> weights;

  [[nodiscard]] TrainMode train_mode() const {
    return model ? train_mode_of(model->class_map.spaces())
                 : train_mode_of(weights->map.network.spec());
  }
  // By export_onnx or export_mindir.
  template <typename Write>
  void write(Write&& to) const {
    model ? to(*model) : to(*weights);
  }
};

Exported load(const ExportCommand& command) {
  const std::string file = find_model_file(command.model);
  std::optional<TrainMode> mode;
  if (command.train_mode) mode = train_mode_from_string(*command.train_mode);
  Exported exported;
  if (!holds_model(file)) {
    exported.weights = load_bare_weights(file, mode, command.recipe);
    return exported;
  }
  exported.model = load_model(file);
  const TrainMode own = exported.train_mode();
  if (mode && *mode != own) {
    throw Error(ErrorKind::kInvalidArgument,
                "--train-mode: expected " + std::string(to_string(own)) +
                    ", the mode of this model, got " + *command.train_mode + " (" + file + ")");
  }
  return exported;
}

// What graph classify knows, and what it rejects.
void take_classes(ExportCommand& command, const Model& model) {
  if (command.options.graph != ExportGraph::kClassify) return;
  const std::vector<ClassId> candidates = candidates_from_string(command.candidates, model.classes);
  if (command.candidates != "all") command.options.candidates = candidates;
  command.options.reject_below =
      reject_below(command.rejection, model, static_cast<Index>(candidates.size()));
  command.options.validate();
}

// For a message: of the model if it can be read, else as the command line says.
std::string mode_for_names(const ExportCommand& command) {
  try {
    return std::string(to_string(load(command).train_mode()));
  } catch (const Error&) {
    return command.train_mode.value_or("att");
  }
}

// A word of a shell command line.
std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyz"
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_./+:@%=,-") == std::string::npos;
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// AIR files come from Huawei's compiler alone.
[[noreturn]] void refuse_air(const ExportCommand& command) {
  const std::string name = "DEM_" + mode_for_names(command);
  std::string given;
  if (command.graph != "embed") {
    given +=
        " --graph " + quoted(command.graph) + " --topk " + std::to_string(command.options.top_k);
    if (command.candidates != "all") given += " --candidates " + quoted(command.candidates);
  }
  if (command.train_mode) given += " --train-mode " + quoted(*command.train_mode);
  if (command.recipe != kReferenceRecipe) given += " --recipe " + quoted(command.recipe);
  throw Error(ErrorKind::kUnsupported,
              "--file-format AIR: only MindSpore with Huawei's CANN writes it. For Ascend devices, "
              "export ONNX with a fixed batch and compile it with CANN's atc (soc_version: what "
              "npu-smi info calls the device):\n  dem export --save-ckpt " +
                  quoted(command.model) + " --file-format ONNX" + given + " --batch-size " +
                  std::to_string(std::max<Index>(command.options.batch_size, 1)) + " --output " +
                  name + ".onnx\n  atc --framework=5 --model=" + name + ".onnx --output=" + name +
                  " --soc_version=Ascend910");
}

int run_export(ExportCommand command) {
  apply(command.output);
  const std::string format = upper(command.file_format);
  if (format == "AIR") refuse_air(command);
  if (format != "ONNX" && format != "MINDIR") {
    throw Error(ErrorKind::kInvalidArgument,
                "--file-format: expected ONNX, MINDIR or AIR, got " + command.file_format);
  }
  command.options.graph = export_graph_from_string(command.graph);
  check_usage(command);
  command.options.validate();
  const Exported exported = load(command);
  if (exported.model) take_classes(command, *exported.model);
  const std::string mode(to_string(exported.train_mode()));
  std::string file = command.file;
  if (file.empty()) file = "DEM_" + mode + (format == "ONNX" ? ".onnx" : ".mindir");
  exported.write([&](const auto& what) {
    format == "ONNX" ? export_onnx(what, command.options, file)
                     : export_mindir(what, command.options, file);
  });
  if (command.output.json) {
    const nlohmann::ordered_json result{
        {"file", file}, {"format", format}, {"graph", command.graph}, {"train_mode", mode}};
    std::cout << result.dump(2) << '\n';
  } else {
    std::cout << file << '\n';
  }
  return 0;
}

}  // namespace

void add_export(CLI::App& program, Command& command_to_run) {
  auto command = std::make_shared<ExportCommand>();
  CLI::App* app = program.add_subcommand("export", "Write a model for other runtimes");
  add_options(*app, *command);
  app->callback(
      [command, &command_to_run] { command_to_run = [command] { return run_export(*command); }; });
}

}  // namespace dem::cli
