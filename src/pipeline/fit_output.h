// The model folder of a training run under way.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "dem/learn/family.h"
#include "dem/pipeline/fit.h"

namespace dem {

// Builds models from training states and writes the folder's files. With an empty output folder it
// builds and writes nothing.
class FitOutput {
 public:
  FitOutput(const FitOptions& options, const Dataset& dataset, const FeatureMap& feature_map);

  // Before the first file is written: makes the folder where it is missing, and removes a
  // summary.json of a run that ended there, and a state that the solver will not replace. Throws
  // Error{kIo}.
  void open();
  [[nodiscard]] bool is_open() const { return is_open_; }

  [[nodiscard]] std::string file(const char* name) const;  // "" without a folder
  // Whether save_seconds have passed since the last save().
  [[nodiscard]] bool is_due() const;
  // Writes last.safetensors, and model.safetensors and train.ckpt with the weights that the state
  // selects so far, marked as unfinished.
  void save(const TrainingState& state, const Network& network);
  // Writes the model itself, and summary.json where the run is finished.
  void finish(const FitResult& result);

  // The model of some slots; `facts` say how it was selected and go into its provenance.
  [[nodiscard]] Model make_model(Learned learned, Provenance facts) const;
  // Of a network, behind the feature map.
  [[nodiscard]] Model make_model(Network network, Provenance facts) const;

 private:
  const FitOptions& options_;
  const Dataset& dataset_;
  const FeatureMap& feature_map_;
  bool is_open_ = false;
  std::chrono::steady_clock::time_point last_save_;
};

// The spaces' embeddings as the network takes them. Throws Error{kShapeMismatch} naming a space
// that the table lacks.
[[nodiscard]] std::vector<MatrixView<const float>> network_inputs(const ClassTable& classes,
                                                                  const NetworkSpec& spec);

}  // namespace dem
