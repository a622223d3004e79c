// Models and training states in files.
//
// A model folder OUT holds model.safetensors (all that prediction needs), train.ckpt (the weights
// for MindSpore), last.safetensors (training state). docs/formats.md has every field. All files are
// written under a temporary name in the same folder, flushed, and renamed.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "dem/model/model.h"
#include "dem/optim/training_state.h"

namespace dem {

// A named float32 array, as checkpoints hold them.
struct NamedTensor {
  std::string name;           // "fc1.weight"
  std::vector<Index> shape;   // [700, 312]; empty for a scalar
  std::vector<float> values;  // row-major
};

// Throws Error{kInvalidArgument} where the parts of the model do not fit together,
// Error{kNumerical} for numbers that are not finite, Error{kIo}.
void save_model(const Model& model, const std::string& path);
// Checks every field against the others and recomputes nothing. Reads format 2, which is written,
// and format 1, which knew networks alone. Throws Error{kIo}, Error{kFormat} naming file and field
// (numbers that are not finite, too), Error{kUnsupported} for a file of a newer version of dem.
[[nodiscard]] Model load_model(const std::string& path);

// The same without a file: the bytes that save_model would write, and the model of such bytes.
//
//   Model copy = model_from_bytes(std::as_bytes(std::span(model_to_bytes(model))));
[[nodiscard]] std::string model_to_bytes(const Model& model);
[[nodiscard]] Model model_from_bytes(std::span<const std::byte> bytes);

// The arrays are those of `network`'s layout. Throws Error{kInvalidArgument} and Error{kIo}.
void save_training_state(const TrainingState& state,
                         const Network& network,
                         const std::string& path);
// Gives back every bit. Throws Error{kShapeMismatch} where the state is another network's, and as
// load_model does.
[[nodiscard]] TrainingState load_training_state(const std::string& path, const NetworkSpec& spec);

// The weights as MindSpore's save_checkpoint writes them: one Checkpoint message a parameter, in
// construction order, byte for byte.
void save_mindspore_checkpoint(const Network& network, const std::string& path);

// Adam's numbers that MindSpore keeps beside its moments.
struct AdamScalars {
  double learning_rate = 0.0;
  double beta1 = 0.0;
  double beta2 = 0.0;
};

// The training cell as MindSpore's ModelCheckpoint writes it from version 1.7 on: the weights, then
// global_step, learning_rate, beta1_power and beta2_power (beta to the power of the steps), then
// moment1.* and moment2.*. Throws Error{kInvalidArgument} where the state is another network's,
// Error{kIo}.
void save_mindspore_training_checkpoint(const TrainingState& state,
                                        const Network& network,
                                        const AdamScalars& adam,
                                        const std::string& path);

// Reads any .ckpt of MindSpore 1.2 to 2.6: with or without CRC (verified where present), sliced
// tensors joined, scalars as [0] or []. Values that are not numbers are left out, and so are
// epoch_num and step_num; other number types are converted to float32. Throws Error{kUnsupported}
// for an encrypted file, Error{kFormat} for a broken one.
[[nodiscard]] std::vector<NamedTensor> load_mindspore_checkpoint(const std::string& path);

// Fills the network from fcN.weight and fcN.bias of a .ckpt, .safetensors, .npz or PyTorch file,
// found by content; all may have one prefix ("network.fc1.weight"), and further tensors (optimiser
// state) are passed over. Throws Error{kShapeMismatch} or Error{kFormat} naming file, tensor,
// expected and got, and leaves the network as it was.
void load_weights(Network& network, const std::string& path);

}  // namespace dem
