// Tensors from one checkpoint format to another, every bit kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dem/io/array_file.h"

namespace dem {

// Files of named tensors; kTorch and kPickle are read and not written.
enum class TensorFormat { kMindsporeCheckpoint, kSafetensors, kNpz, kTorch, kPickle };

// "MindSpore checkpoint", "safetensors", "NumPy archive", "PyTorch", "pickle".
[[nodiscard]] std::string_view to_string(TensorFormat format) noexcept;
// From "ckpt", "safetensors" or "npz"; throws Error{kInvalidArgument} for any other name.
[[nodiscard]] TensorFormat tensor_format_from_string(std::string_view name);

struct ConvertOptions {
  // What to write; without it, the ending of the output's name says so.
  std::optional<TensorFormat> format;
  // Leaves out what is no weight: Adam's moment1.* and moment2.*, learning_rate, beta1_power,
  // beta2_power, global_step, epoch_num, step_num, text, Python's None and the state of random
  // operators; of dem's own files best.*, classes.*, prototypes and their scales and offsets,
  // feature_map.*, scaling.*; and all metadata.
  bool weights_only = false;
};

struct ConvertSummary {
  std::string input, output;
  TensorFormat from = TensorFormat::kMindsporeCheckpoint;
  TensorFormat to = TensorFormat::kMindsporeCheckpoint;
  std::vector<ArrayInfo> written;          // in the order of both files
  std::vector<std::string> left_out;       // tensors, by weights_only
  std::vector<std::string> lost_metadata;  // keys that the output does not have
  std::uint64_t bytes = 0;                 // of the output

  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] std::string to_string() const;  // a few lines, for a person
};

// Reads `input`, whose format is found by content, and writes `output` atomically. Names, order,
// types, shapes (scalars too) and bits stay; nothing is cast. From safetensors to safetensors its
// metadata stay, but for a checksum of the file. The same input gives the same bytes. Of PyTorch's
// files and pickles nested names are joined with "/", views are written without gaps, and lists of
// numbers are arrays.
//
// Throws Error{kInvalidArgument} where both are one file or the output's ending says nothing,
// Error{kUnsupported} for a type or name that the output's format cannot hold (bfloat16 in .npz,
// text and complex numbers in any), Error{kFormat} for a broken input, Error{kIo}.
ConvertSummary convert_tensors(const std::string& input,
                               const std::string& output,
                               const ConvertOptions& options = {});

}  // namespace dem
