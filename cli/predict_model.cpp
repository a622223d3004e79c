#include "predict_model.h"

#include <cstdlib>

namespace dem::cli {
namespace {

[[noreturn]] void refuse_usage(const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, what);
}

void check_model_usage(const PredictModelOptions& options) {
  if (options.model.empty() == options.class_vectors.empty()) {
    refuse_usage(std::string("--model: expected a model, or --class-vectors in place of it, got ") +
                 (options.model.empty() ? "neither" : "both"));
  }
  if (options.temperature && options.class_vectors.empty()) {
    refuse_usage("--temperature: expected --class-vectors with it, got a model, which has its own");
  }
  if (options.temperature && !(*options.temperature > 0.0f)) {
    refuse_usage("--temperature: expected a number above 0, got " +
                 std::to_string(*options.temperature));
  }
  if (options.missing && options.add_classes.empty()) {
    refuse_usage("--missing-descriptions: expected --add-classes with it, got none");
  }
  if (options.names.empty()) return;
  if (options.class_vectors.empty() && options.add_classes.empty()) {
    refuse_usage("--names: expected --add-classes or --class-vectors with it, got none");
  }
  if (!options.class_vectors.empty() && !options.add_classes.empty()) {
    refuse_usage(
        "--names: expected one file without names, --class-vectors or --add-classes, got both: "
        "write a model of the class vectors with --save-model first");
  }
}

Model model_of_file(const PredictModelOptions& options) {
  ClassTable classes = read_classes(options.class_vectors, options.names);
  ClassVectorOptions as;
  if (options.metric) as.metric = metric_from_string(*options.metric);
  as.temperature = options.temperature.value_or(0.0f);
  Model model = model_of_class_vectors(std::move(classes), as);
  model.provenance["class_vectors_from"] = options.class_vectors;
  log(LogLevel::kInfo,
      std::to_string(model.classes.size()) + " classes, with vectors of " +
          std::to_string(model.feature_dim()) + " numbers as prototypes: nothing was trained");
  return model;
}

MissingDescriptions missing_in_new_classes(const Model& model, const PredictModelOptions& options) {
  if (options.missing) return missing_descriptions_from_string(*options.missing);
  const auto known = model.provenance.find("missing_descriptions");
  return known == model.provenance.end() ? MissingDescriptions::kKeep
                                         : missing_descriptions_from_string(known->second);
}

void enlarge(Model& model, const PredictModelOptions& options) {
  std::vector<ClassFile> files;
  std::string from;
  for (const std::string& text : options.add_classes) {
    files.push_back(class_file_from_string(text, model.classes));
    from += (from.empty() ? "" : ", ") + text;
  }
  const ClassTable added =
      read_new_classes(files, options.names, model.classes, missing_in_new_classes(model, options));
  model.add_classes(added);
  // The model may have been enlarged before.
  const auto earlier = std::strtoll(model.provenance["classes_added"].c_str(), nullptr, 10);
  model.provenance["classes_added"] = std::to_string(earlier + added.size());
  std::string& all = model.provenance["classes_added_from"];
  all += (all.empty() ? "" : ", ") + from;
  log(LogLevel::kInfo,
      std::to_string(added.size()) + " classes added, untrained: the model knows " +
          std::to_string(model.classes.size()));
}

}  // namespace

void add_model_options(CLI::App& app, PredictModelOptions& options) {
  app.add_option("--model", options.model, "Model folder or model.safetensors");
  app.add_option("--metric", options.metric, "euclidean, cosine or dot; else the model's");
  const std::string vectors = "Class vectors in the features' own space, in place of a model";
  app.add_option("--class-vectors",
                 options.class_vectors,
                 "A vector a class, CLIP's text vectors beside its image features say; by cosine, "
                 "or --metric")
      ->type_name("FILE")
      ->group(vectors);
  app.add_option("--temperature",
                 options.temperature,
                 "What scores are divided by for probabilities, 0.01 for CLIP; else there are none")
      ->group(vectors);
  const std::string classes = "New classes";
  app.add_option("--add-classes",
                 options.add_classes,
                 "Descriptions of classes to add, untrained: FILE, or SPACE=FILE for each space")
      ->group(classes);
  app.add_option("--names",
                 options.names,
                 "Names of the new classes, or of class vectors, for files without text")
      ->group(classes);
  app.add_option(
         "--missing-descriptions",
         options.missing,
         "Missing entries of new descriptions: auto, mean, nan (all fill them in with means "
         "over the model's classes), keep or refuse; else as the model was trained")
      ->group(classes);
}

Model open_model(const PredictModelOptions& options) {
  check_model_usage(options);
  Model model = options.class_vectors.empty() ? Model::load(options.model) : model_of_file(options);
  if (!options.add_classes.empty()) enlarge(model, options);
  return model;
}

std::optional<Metric> other_metric(const PredictModelOptions& options) {
  if (!options.metric || !options.class_vectors.empty()) return std::nullopt;
  return metric_from_string(*options.metric);
}

}  // namespace dem::cli
