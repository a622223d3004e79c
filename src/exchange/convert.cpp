#include "dem/exchange/convert.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/enum_names.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/file_metadata.h"
#include "exchange/mindspore/checkpoint_writer.h"
#include "exchange/tensor_file.h"
#include "io/array_checks.h"
#include "io/character_rows.h"

namespace dem {
namespace {

struct FormatRow {
  TensorFormat value;
  std::string_view name;  // the ending, too
  std::string_view title;
};
constexpr FormatRow kFormats[] = {
    {TensorFormat::kMindsporeCheckpoint, "ckpt", "MindSpore checkpoint"},
    {TensorFormat::kSafetensors, "safetensors", "safetensors"},
    {TensorFormat::kNpz, "npz", "NumPy archive"}};
// Those that are not written.
constexpr FormatRow kReadFormats[] = {{TensorFormat::kTorch, "pt", "PyTorch"},
                                      {TensorFormat::kPickle, "pkl", "pickle"}};

TensorFormat format_by_ending(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const FormatRow& row : kFormats) {
    if (ending == concat(".", row.name)) return row.value;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat(path,
                     ": expected a name that ends with .ckpt, .safetensors or .npz, or a format, "
                     "got ",
                     ending.empty() ? "no ending" : ending));
}

void refuse_same_file(const std::string& input, const std::string& output) {
  std::error_code ignored;
  if (!std::filesystem::equivalent(input, output, ignored)) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(output, ": expected another file than the input, got ", input));
}

class Selection {
 public:
  Selection(const TensorFile& file, bool weights_only) : file_(file), weights_only_(weights_only) {
    for (const auto& [key, value] : file.metadata()) {
      is_model_ = is_model_ || (key == "format" && value == kModelFormat.name);
    }
  }

  // What is to be written; the names of the rest go to `left_out`.
  std::vector<RawTensor> take(std::vector<std::string>& left_out) const {
    for (const ArrayInfo& info : file_.others()) leave_out(info, left_out);
    std::vector<RawTensor> taken;
    for (const RawTensor& tensor : file_.tensors()) {
      if (weights_only_ && is_other_than_weight(tensor.name)) {
        left_out.push_back(tensor.name);
      } else {
        taken.push_back(tensor);
      }
    }
    if (taken.empty()) {
      throw Error(ErrorKind::kFormat,
                  concat(file_.path(),
                         ": expected ",
                         weights_only_ ? "weights" : "tensors",
                         ", got ",
                         left_out.empty() ? "none" : join(left_out)));
    }
    return taken;
  }

 private:
  // Throws unless it is state that is not asked for.
  void leave_out(const ArrayInfo& info, std::vector<std::string>& left_out) const {
    const bool state =
        info.type == ElementType::kText || info.note == kRandomState || info.note == kPythonNone;
    if (weights_only_ && state) {
      left_out.push_back(info.name);
      return;
    }
    throw Error(ErrorKind::kUnsupported,
                concat(place(file_.path(), info.name),
                       ": expected numbers, which all formats hold, got ",
                       info.note.empty() ? std::string(to_string(info.type)) : info.note,
                       state ? " (weights alone can be converted)" : ""));
  }

  [[nodiscard]] bool is_other_than_weight(std::string_view name) const {
    const bool of_model = name.starts_with("classes.") || name.starts_with("scaling.") ||
                          name.starts_with("feature_map.") || name.starts_with("prototypes");
    return is_training_state(name) || (is_model_ && of_model);
  }

  const TensorFile& file_;
  bool weights_only_;
  bool is_model_ = false;
};

// Throws unless the format has the type and can spell the name.
void check_holds(TensorFormat format, const RawTensor& tensor, const std::string& input) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::kUnsupported,
                concat(place(input, tensor.name.substr(0, 200)),
                       ": cannot be written as ",
                       to_string(format),
                       ", which has no ",
                       what));
  };
  if (format == TensorFormat::kMindsporeCheckpoint) return;
  if (format == TensorFormat::kNpz && tensor.type == ElementType::kBfloat16) refuse("bfloat16");
  if (format == TensorFormat::kNpz && tensor.shape.size() > 32) refuse("more than 32 dimensions");
  std::vector<char32_t> codes;
  if (!decode_utf8(std::as_bytes(std::span(tensor.name)), codes)) {
    refuse("names but in UTF-8");
  }
  if (format == TensorFormat::kNpz && tensor.name.size() > 65531) refuse("names that long");
  if (format == TensorFormat::kSafetensors && tensor.name == "__metadata__") {
    refuse("tensor of this name");
  }
}

// The input's facts that hold for the output; the other keys go to `lost`.
std::map<std::string, std::string> kept_metadata(const TensorFile& file,
                                                 TensorFormat format,
                                                 bool weights_only,
                                                 std::vector<std::string>& lost) {
  std::map<std::string, std::string> kept;
  for (const auto& [key, value] : file.metadata()) {
    const bool keep = format == TensorFormat::kSafetensors && !weights_only && key != "crc_num";
    if (keep) {
      kept.emplace(key, value);
    } else {
      lost.push_back(key);
    }
  }
  return kept;
}

}  // namespace

std::string_view to_string(TensorFormat format) noexcept {
  for (const FormatRow& row : kFormats) {
    if (row.value == format) return row.title;
  }
  for (const FormatRow& row : kReadFormats) {
    if (row.value == format) return row.title;
  }
  return "unknown";
}

TensorFormat tensor_format_from_string(std::string_view name) {
  return value_of(kFormats, name, "format");
}

ConvertSummary convert_tensors(const std::string& input,
                               const std::string& output,
                               const ConvertOptions& options) {
  ConvertSummary summary;
  summary.input = input;
  summary.output = output;
  summary.to = options.format ? *options.format : format_by_ending(output);
  refuse_same_file(input, output);
  const TensorFile file(input);
  summary.from = file.format();
  const std::vector<RawTensor> tensors =
      Selection(file, options.weights_only).take(summary.left_out);
  for (const RawTensor& tensor : tensors) {
    check_holds(summary.to, tensor, input);
    summary.written.push_back({tensor.name, tensor.type, tensor.shape, ""});
  }
  const auto metadata =
      kept_metadata(file, summary.to, options.weights_only, summary.lost_metadata);
  switch (summary.to) {
    case TensorFormat::kMindsporeCheckpoint:
      write_checkpoint(output, tensors);
      break;
    case TensorFormat::kSafetensors:
      write_safetensors(output, tensors, metadata, TensorOrder::kAsGiven);
      break;
    case TensorFormat::kNpz:
      write_npz(output, tensors);
      break;
    case TensorFormat::kTorch:
    case TensorFormat::kPickle:
      throw Error(ErrorKind::kInvalidArgument,
                  concat(output, ": ", dem::to_string(summary.to), " files are read, not written"));
  }
  summary.bytes = std::filesystem::file_size(output);
  return summary;
}

std::string ConvertSummary::to_string() const {
  std::string text = concat(output,
                            ": ",
                            dem::to_string(to),
                            ", ",
                            written.size(),
                            " tensors, ",
                            bytes,
                            " bytes (from ",
                            dem::to_string(from),
                            ")\n");
  if (!left_out.empty()) text += concat("left out: ", join(left_out), "\n");
  if (!lost_metadata.empty()) text += concat("metadata not kept: ", join(lost_metadata), "\n");
  return text;
}

std::string ConvertSummary::to_json() const {
  nlohmann::ordered_json json;
  json["input"] = input;
  json["output"] = output;
  json["from"] = dem::to_string(from);
  json["to"] = dem::to_string(to);
  json["bytes"] = bytes;
  json["tensors"] = nlohmann::ordered_json::array();
  for (const ArrayInfo& info : written) {
    json["tensors"].push_back(
        {{"name", info.name}, {"type", dem::to_string(info.type)}, {"shape", info.shape}});
  }
  json["left_out"] = left_out;
  json["lost_metadata"] = lost_metadata;
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace dem
