// The tensors of a MindSpore checkpoint, a safetensors, an .npz or a PyTorch file, or a pickle.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dem/exchange/convert.h"
#include "dem/exchange/model_file.h"
#include "dem/io/raw_tensor.h"
#include "exchange/mindspore/checkpoint_reader.h"
#include "io/npz.h"
#include "io/pickled_file.h"
#include "io/safetensors.h"

namespace dem {

// All tensors of one file, which stay in it as far as they can.
class TensorFile {
 public:
  // Finds the format by content. Throws Error{kIo}, Error{kFormat} where it is another file or a
  // broken one, and Error{kUnsupported} for an encrypted one.
  explicit TensorFile(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] TensorFormat format() const { return format_; }
  // Those of numbers, in file order; they live as long as this object.
  [[nodiscard]] const std::vector<RawTensor>& tensors() const { return tensors_; }
  // What is no array of numbers, with a note; all that else is in the file.
  [[nodiscard]] const std::vector<ArrayInfo>& others() const { return others_; }
  // Of a safetensors file, in file order.
  [[nodiscard]] const TextPairs& metadata() const { return metadata_; }

 private:
  void read_checkpoint_file();
  void read_array_file();
  // Notes one; true where its numbers are to be read.
  bool is_numeric(const ArrayInfo& info);

  std::string path_;
  TensorFormat format_ = TensorFormat::kMindsporeCheckpoint;
  std::vector<RawTensor> tensors_;
  std::vector<ArrayInfo> others_;
  TextPairs metadata_;
  // What the tensors are windows on.
  CheckpointContent checkpoint_;
  std::unique_ptr<ArrayFile> arrays_;
  std::vector<std::vector<std::byte>> copies_;
};

// Converted to float32.
[[nodiscard]] NamedTensor to_named_tensor(const RawTensor& tensor);

// What training leaves in a checkpoint beside the parameters: how far it has come (epoch_num and
// step_num of MindSpore's append_info).
[[nodiscard]] bool is_progress(std::string_view name);
// That, the optimiser's arrays and numbers, and the best weights of dem's training state.
[[nodiscard]] bool is_training_state(std::string_view name);

}  // namespace dem
