#include "common.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string_view>

#include "option_words.h"
#include "processes.h"

namespace dem::cli {
namespace {

constexpr const char* kUsualDataPath = "/data/DEM_data";

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

void add_output_options(CLI::App& app, OutputOptions& options) {
  app.add_flag("--json", options.json, "Print one JSON object on stdout and nothing else there");
  app.add_flag(
      "--quiet", options.quiet, "No progress, no lines of epochs, and no messages but errors");
  app.add_option("--threads", options.threads, "Threads; 0: the cores given to this process")
      ->capture_default_str();
}

CLI::Validator seed_range() {
  return {[](std::string& text) -> std::string {
            std::uint64_t value = 0;
            const char* end = text.data() + text.size();
            const auto [next, error] = std::from_chars(text.data(), end, value);
            if (error == std::errc() && next == end) return "";
            return "expected a whole number of 0 .. 2^64 - 1, got " + text;
          },
          ""};
}

void apply(const OutputOptions& options) {
  agree(group(),
        [&] { set_num_threads(options.threads == 0 ? default_threads() : options.threads); });
  if (options.quiet || !group().is_root()) return;
  // One write a line: several threads may have something to say at once.
  set_log_sink([](LogLevel level, std::string_view message) {
    std::string line = level == LogLevel::kWarning ? "dem: warning: " : "dem: ";
    line.append(with_option_words(message));
    line.push_back('\n');
    std::cerr << line;
  });
}

void check_output() {
  std::cout.flush();
  std::fflush(stdout);  // some lines are printed there directly
  if (!std::cout || std::ferror(stdout) != 0) {
    throw Error(ErrorKind::kIo, "standard output: cannot be written");
  }
}

std::vector<std::string> given_of(const CLI::App& app, std::span<const char* const> names) {
  std::vector<std::string> given;
  for (const char* name : names) {
    if (app.count(name) > 0) given.emplace_back(name);
  }
  return given;
}

namespace {

void add_file_options(CLI::App& app, DatasetOptions& dataset) {
  const auto add = [&](const char* name, std::string& file, const char* help) {
    app.add_option(name, file, help)->type_name("FILE");
  };
  add("--features",
      dataset.features_file,
      "A sample a row, in any format: with --labels and --classes no --data-path is needed; also a "
      "folder of files or a pattern in quotes, \"f_*.npy\". Layout gbu: the features file, where "
      "the "
      "folder has several");
  add("--labels", dataset.labels_file, "The class of each sample, by name");
  add("--classes", dataset.classes_file, "A class a row: its name and its description");
  add("--split",
      dataset.split_file,
      "What is seen and what is not; without one all classes with labels are seen. Layout gbu: the "
      "file with descriptions and lists (sent_splits.mat); by default att_splits.mat, else the "
      "only "
      "one");
}

}  // namespace

void add_reading_options(CLI::App& app, DataOptions& options, bool has_model) {
  app.add_option("--train-mode", options.train_mode, "Class descriptions: att, word or fusion")
      ->default_str("att");
  add_file_options(app, options.dataset);
  app.add_option("--descriptions",
                 options.descriptions,
                 "Layout gbu: where a class lies in att, as dem inspect shows it: auto, rows or "
                 "columns")
      ->check(CLI::IsMember({"auto", "rows", "columns"}))
      ->default_str("auto");
  app.add_option("--attributes",
                 options.attributes,
                 std::string("Layout gbu: which of the two kinds where the data have both, "
                             "normalised (att) or original (original_att); by default ") +
                     (has_model ? "the model's, or the recipe's" : "the recipe's"))
      ->check(CLI::IsMember({"normalised", "original"}));
  app.add_option(
      "--word-vectors",
      options.dataset.word_vectors,
      "Word vectors of the classes for data that have none (.npy, .csv, .mat, ...), or a "
      "split file, of which att is taken");
  app.add_option("--space",
                 options.more_spaces,
                 "NAME or NAME=FILE: a further semantic space (a row a class, by name where the "
                 "file has names), any number of times; NAME alone: the data's own, array NAME "
                 "(layout gbu) or space_NAME.* (layout table)")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->expected(1)
      ->type_name("NAME[=FILE]");
  add_missing_descriptions(app, options.missing_descriptions, has_model);
  add_missing_features(app, options.missing_features, has_model);
  app.add_option("--index-base",
                 options.dataset.index_base,
                 "Layout gbu: first number of labels and row lists, 1 (as published) or 0; by "
                 "default found, of labels and of lists");
}

void add_data_options(CLI::App& app, DataOptions& options, bool has_model) {
  options.dataset.data_path = kUsualDataPath;
  app.add_option("--data-path",
                 options.dataset.data_path,
                 "Folder with AwA_data/ and CUB_data/ (layout dem), NAME/*.mat or *.npz, *.h5, ... "
                 "(layout gbu), or NAME/ with "
                 "features, labels and classes in any format (layout table)")
      ->capture_default_str();
  app.add_option("--dataset", options.name, "AwA, CUB, AWA2, SUN, FLO, ...")->default_str("CUB");
  std::string layouts = "auto (the one whose files are there)";
  for (const std::string& name : layout_names()) layouts += ", " + name;
  app.add_option("--layout", options.dataset.layout, layouts)->capture_default_str();
  add_reading_options(app, options, has_model);
}

void add_missing_features(CLI::App& app, std::optional<std::string>& missing, bool has_model) {
  app.add_option("--missing-features",
                 missing,
                 std::string("Features that are not finite, empty or NA in text: refuse, or zero, "
                             "which takes them as 0") +
                     (has_model ? "; by default as the model, or refuse" : ""))
      ->default_str(has_model ? "" : "refuse");
}

MissingFeatures missing_features(const std::optional<std::string>& chosen, const Model& model) {
  if (chosen) return missing_features_from_string(*chosen);
  const auto known = model.provenance.find("missing_features");
  return known == model.provenance.end() ? MissingFeatures::kRefuse
                                         : missing_features_from_string(known->second);
}

void add_missing_descriptions(CLI::App& app, std::optional<std::string>& missing, bool has_model) {
  app.add_option(
      "--missing-descriptions",
      missing,
      std::string(
          "Entries of descriptions that nobody knows (not finite, empty or NA in text, -1 where "
          "all "
          "others are at least 0, all-zero descriptions): mean fills them in with the mean of "
          "their "
          "attribute, auto does unless -1 may be a number, nan takes -1 as one, keep leaves them, "
          "refuse ends; by default ") +
          (has_model ? "as the model was trained, which is all that a model takes; of bare weights "
                       "what the recipe takes, auto or keep"
                     : "what the recipe takes, auto or keep"));
}

MissingDescriptions missing_descriptions(const DataOptions& options, const std::string& recipe) {
  if (!options.missing_descriptions) return missing_descriptions_of(recipe);
  return missing_descriptions_from_string(*options.missing_descriptions);
}

DatasetOptions reading_options(const DataOptions& options) {
  DatasetOptions dataset = options.dataset;
  dataset.missing_features =
      missing_features_from_string(options.missing_features.value_or("refuse"));
  dataset.train_mode = train_mode_from_string(options.train_mode.value_or("att"));
  dataset.description_axis = sample_axis_from_string(options.descriptions.value_or("auto"));
  for (const std::string& text : options.more_spaces) {
    dataset.more_spaces.push_back(space_source_from_string(text));
  }
  return dataset;
}

DatasetOptions resolve(const DataOptions& options) {
  DatasetOptions dataset = reading_options(options);
  const bool is_named = !dataset.features_file.empty() && !dataset.labels_file.empty() &&
                        !dataset.classes_file.empty();
  dataset.name = options.name.value_or(is_named ? "table" : "CUB");
  if (is_named && dataset.data_path == kUsualDataPath) dataset.data_path = "";  // nobody's choice
  const bool is_begun = !dataset.labels_file.empty() || !dataset.classes_file.empty();
  if (is_begun && !is_named && !options.name) {
    const char* missing = dataset.features_file.empty() ? "--features"
                          : dataset.labels_file.empty() ? "--labels"
                                                        : "--classes";
    throw Error(ErrorKind::kInvalidArgument,
                std::string(missing) +
                    ": expected files of features, labels and classes, or --data-path and "
                    "--dataset for the others, got none");
  }
  dataset.layout = detect_layout(dataset);
  if (options.attributes && dataset.layout != "gbu") {
    throw Error(ErrorKind::kInvalidArgument,
                "--attributes: is for layout gbu, and dataset " + dataset.name + " has layout " +
                    dataset.layout);
  }
  return dataset;
}

bool wants_original_attributes(const DataOptions& options, std::string_view recipe) {
  if (options.attributes) return *options.attributes == "original";
  if (!options.attributes_of_model.empty()) return options.attributes_of_model == "original";
  return takes_original_attributes(recipe);
}

void add_reference_options(CLI::App& app, ReferenceOptions& options) {
  const std::string group = "Options of the reference for its hardware";
  app.add_option("--device-target", options.device_target, "CPU; GPU and Ascend are refused")
      ->capture_default_str()
      ->group(group);
  app.add_option("--device-id", options.device_id, "Of no effect on a CPU")->group(group);
  app.add_option("--distribute",
                 options.distribute,
                 "Train together with the other processes that mpirun started, each on its share "
                 "of the images; --batch-size is then that of one process")
      ->expected(0, 1)
      ->default_str("True")  // what the option alone means
      ->group(group);
  app.add_option("--device-num", options.device_num, "Number of processes; checked where given")
      ->group(group);
}

bool is_distributed(const ReferenceOptions& options) {
  const std::string distribute = lower(options.distribute);
  if (distribute == "false" || distribute == "0") return false;
  if (distribute == "true" || distribute == "1") return true;
  throw Error(ErrorKind::kInvalidArgument,
              "--distribute: expected True or False, got " + options.distribute);
}

void join_if_asked(const ReferenceOptions& options) {
  bool asked = false;
  agree(group(), [&] { asked = is_distributed(options); });
  if (asked) join();
}

void check(const ReferenceOptions& options) {
  if (lower(options.device_target) != "cpu") {
    throw Error(ErrorKind::kUnsupported,
                "--device-target: expected CPU, which this build computes on (processor threads, "
                "no GPU and no Ascend), got " +
                    options.device_target);
  }
  if (options.device_num && *options.device_num != group().size()) {
    throw Error(ErrorKind::kInvalidArgument,
                "--device-num: expected " + std::to_string(group().size()) +
                    ", the number of processes that work together (mpirun -n N dem train "
                    "--distribute), got " +
                    std::to_string(*options.device_num));
  }
}

}  // namespace dem::cli
