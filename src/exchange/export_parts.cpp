#include "exchange/export_parts.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <limits>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/model_checks.h"

namespace dem {
namespace {

// The reference calls its inputs so.
std::string input_name(const std::string& space) {
  return space == "attribute" ? "att" : space;
}

int input_rank(const ExportInput& input) {
  return input.name == "att" ? 0 : input.name == "word" ? 1 : 2;
}

}  // namespace

std::vector<std::string> input_spaces_of(const NetworkSpec& spec) {
  std::vector<std::string> spaces;
  for (const NetworkInput& input : spec.inputs) spaces.push_back(input.space);
  return spaces;
}

std::vector<ExportInput> export_inputs(const std::vector<std::string>& spaces) {
  std::vector<ExportInput> inputs;
  for (std::size_t i = 0; i < spaces.size(); ++i) inputs.push_back({input_name(spaces[i]), i});
  std::stable_sort(inputs.begin(), inputs.end(), [](const ExportInput& a, const ExportInput& b) {
    return input_rank(a) < input_rank(b);
  });
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto same = std::count_if(inputs.begin(), inputs.end(), [&](const ExportInput& other) {
      return other.name == inputs[i].name;
    });
    if (same == 1 && !inputs[i].name.empty()) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("export: semantic spaces: expected names of their own, got \"",
                       inputs[i].name,
                       "\" ",
                       same,
                       " times"));
  }
  return inputs;
}

void check_for_export(const Model& model, const std::string& where) {
  if (const Network* network = model.class_map.network()) network->spec().validate();
  check_model(model, ErrorKind::kInvalidArgument, where);
}

void check_for_export(const BareWeights& weights, const std::string& where) {
  weights.map.network.spec().validate();
  require_finite(weights.map.network.parameters(), ErrorKind::kNumerical, where + ": parameters");
}

void write_message(const google::protobuf::MessageLite& message, const std::string& path) {
  const std::size_t size = message.ByteSizeLong();
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw Error(ErrorKind::kUnsupported,
                concat(path, ": expected a model of less than 2 GiB, got ", size, " bytes"));
  }
  std::string bytes;
  bytes.reserve(size);
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeWithCachedSizes(&coded);
  }
  write_file_atomically(path, bytes);
}

}  // namespace dem
