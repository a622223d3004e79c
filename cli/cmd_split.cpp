// dem split: which classes are unseen, and which images are kept for tests.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "output_file.h"

namespace dem::cli {
namespace {

struct SplitCommand {
  OutputOptions output;
  DataOptions data;
  DrawOptions draw;
  std::string unseen = "0.2";
  std::string group_column;
  std::string groups;
  std::string file;
  bool has_folder = false;
  std::vector<std::string> ignored;  // options of data that were given and say nothing here
};

[[noreturn]] void refuse_split(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, what);
}

std::vector<ClassId> classes_in(const std::string& path, const LabelledImages& images) {
  std::vector<ClassId> classes;
  for (const std::string& name : read_class_names(path)) {
    const auto found = std::find(images.class_names.begin(), images.class_names.end(), name);
    if (found == images.class_names.end()) {
      throw Error(ErrorKind::kFormat,
                  "--unseen " + path + ": expected names of classes, got \"" + name + '"');
    }
    classes.push_back(static_cast<ClassId>(found - images.class_names.begin()));
  }
  if (classes.empty()) {
    throw Error(ErrorKind::kFormat, "--unseen " + path + ": expected names of classes, got none");
  }
  return classes;
}

// A share, a number, or a file of names.
void take_unseen(SplitCommand& command, const LabelledImages& images) {
  const std::string& text = command.unseen;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) {
    command.draw.unseen = value;
    return;
  }
  command.draw.unseen_classes = classes_in(text, images);
}

LabelledImages read_images(const SplitCommand& command) {
  if (!command.ignored.empty()) refuse_split(command.ignored[0] + ": of no use for a split");
  DatasetOptions options = command.data.dataset;
  options.name = command.data.name.value_or("CUB");
  if (!command.has_folder) {
    if (options.labels_file.empty()) {
      refuse_split(
          "expected --labels FILE (with --classes FILE or without), or --data-path and "
          "--dataset, got neither");
    }
    options.data_path = "";
  }
  LabelledImages images = read_labelled_images(options, command.group_column);
  if (command.groups.empty()) return images;
  images.groups = read_name_list(command.groups);
  if (images.groups.size() == images.labels.size()) return images;
  throw Error(ErrorKind::kShapeMismatch,
              "--groups " + command.groups + ": expected a group an image (" +
                  std::to_string(images.labels.size()) + "), got " +
                  std::to_string(images.groups.size()));
}

nlohmann::ordered_json about(const SplitCommand& command, const Dataset& dataset) {
  nlohmann::ordered_json json{{"dem", version()}};
  json["unseen"] = command.unseen;
  json["test_seen"] = command.draw.test_seen;
  json["val"] = command.draw.val;
  json["drawn"] = !command.draw.groups.empty() ? "whole groups"
                  : command.draw.stratified    ? "of each class"
                                               : "of all images";
  json["seed"] = command.draw.seed;
  json["split_fingerprint"] = split_fingerprint(dataset);
  return json;
}

std::size_t classes_of(const Dataset& dataset, const std::vector<Index>& rows) {
  std::vector<bool> known(dataset.classes.names.size());
  for (const Index row : rows) {
    known[static_cast<std::size_t>(dataset.labels[static_cast<std::size_t>(row)])] = true;
  }
  return static_cast<std::size_t>(std::count(known.begin(), known.end(), true));
}

std::string summary_text(const Dataset& dataset, const std::string& file) {
  const Split& split = dataset.split;
  std::string text;
  const auto add = [&](const char* part, const std::vector<Index>& rows) {
    if (rows.empty()) return;
    std::string line = part;
    line.resize(12, ' ');
    text += line + std::to_string(rows.size()) + " images of " +
            std::to_string(classes_of(dataset, rows)) + " classes\n";
  };
  add("trainval", split.trainval);
  add("  train", split.train);
  add("  val", split.val);
  add("test_seen", split.test_seen);
  add("test_unseen", split.test_unseen);
  const std::size_t empty = dataset.unseen_classes.size() - classes_of(dataset, split.test_unseen);
  if (empty > 0) text += std::to_string(empty) + " classes have no images; they are unseen\n";
  return text + "split " + split_fingerprint(dataset) + ": " + file + '\n';
}

int run_split(SplitCommand& command) {
  apply(command.output);
  require_output_file("--output", command.file);
  const LabelledImages images = read_images(command);
  take_unseen(command, images);
  command.draw.groups = images.groups;
  const auto num_classes = static_cast<Index>(images.class_names.size());
  const Dataset dataset = dataset_of(images, draw_split(images.labels, num_classes, command.draw));
  if (command.draw.test_seen > 0.0 && dataset.split.test_seen.empty()) {
    log(LogLevel::kWarning,
        "no test images of seen classes: " +
            std::string(
                command.draw.groups.empty()
                    ? "no class has an image to spare"
                    : "no group can be spared, or each is larger than --test-seen asks for"));
  }
  const nlohmann::ordered_json made = about(command, dataset);
  write_split(command.file, dataset.split, images, made.dump());
  if (!command.output.json) {
    std::cout << summary_text(dataset, command.file);
    return 0;
  }
  nlohmann::ordered_json json = made;
  json["file"] = command.file;
  json["images"] = {{"trainval", dataset.split.trainval.size()},
                    {"test_seen", dataset.split.test_seen.size()},
                    {"test_unseen", dataset.split.test_unseen.size()}};
  json["seen_classes"] = dataset.seen_classes.size();
  json["unseen_classes"] = dataset.unseen_classes.size();
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  return 0;
}

void add_options(CLI::App& app, SplitCommand& command) {
  add_data_options(app, command.data);
  app.add_option("--unseen",
                 command.unseen,
                 "Unseen classes: a share of the classes that have images, a number of them, or a "
                 "file with a name a line")
      ->capture_default_str();
  app.add_option("--test-seen",
                 command.draw.test_seen,
                 "Share of the images of seen classes that are kept for tests")
      ->capture_default_str();
  app.add_option("--val",
                 command.draw.val,
                 "Share of the seen classes that are held out for selection (lists train and val)")
      ->capture_default_str();
  app.add_flag("--stratified,!--not-stratified",
               command.draw.stratified,
               "The share of test images of each seen class, as by default, or of all together");
  app.add_option("--group-by",
                 command.group_column,
                 "Heading of the labels' column of groups (a camera, a patient): images of one "
                 "group are all trained on or all tested");
  app.add_option("--groups", command.groups, "The same from a file, a group an image")
      ->excludes("--group-by");
  app.add_option("--seed", command.draw.seed, "Seed of the draw")
      ->check(seed_range())
      ->capture_default_str();
  app.add_option("-o,--output", command.file, "File to write: .csv or .json")
      ->required()
      ->check(some_name());
  add_output_options(app, command.output);
  app.footer(
      "Example:\n"
      "  dem split --labels labels.csv --classes classes.csv --unseen 0.2 -o split.csv\n"
      "  dem train --features features.npy --labels labels.csv --classes classes.csv --split "
      "split.csv --save-ckpt model");
}

}  // namespace

void add_split(CLI::App& program, Command& command_to_run) {
  auto command = std::make_shared<SplitCommand>();
  CLI::App* app = program.add_subcommand(
      "split", "Draw a split of a dataset into seen and unseen classes, and test images");
  add_options(*app, *command);
  app->callback([app, command, &command_to_run] {
    command->has_folder = app->count("--data-path") > 0;
    constexpr const char* kIgnored[] = {"--split",
                                        "--features",
                                        "--word-vectors",
                                        "--space",
                                        "--train-mode",
                                        "--missing-features",
                                        "--missing-descriptions"};
    command->ignored = given_of(*app, kIgnored);
    command_to_run = [command] { return run_split(*command); };
  });
}

}  // namespace dem::cli
