// Tensors from any checkpoint into each format and back: every bit stays.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "dem/exchange/convert.h"
#include "exchange/tensor_file.h"
#include "input_file.h"

namespace {

using dem::RawTensor;
using dem::TensorFile;
using dem::TensorFormat;
using dem::fuzz::require;

bool same(const RawTensor& a, const RawTensor& b) {
  return a.name == b.name && a.type == b.type && a.shape == b.shape &&
         std::equal(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end());
}

void convert(const std::string& input, TensorFormat format, bool weights_only) {
  const std::string output =
      std::filesystem::temp_directory_path() / ("dem_fuzz_converted_" + std::to_string(::getpid()));
  const bool written = dem::fuzz::attempt([&] {
    const dem::ConvertSummary summary =
        dem::convert_tensors(input, output, {.format = format, .weights_only = weights_only});
    (void)summary.to_json();
    (void)summary.to_string();
  });
  if (!written) return;
  const TensorFile before(input);
  std::optional<TensorFile> read_back;
  const bool is_readable = dem::fuzz::attempt([&] { read_back.emplace(output); });
  std::filesystem::remove(output);
  require(is_readable, "a file that dem reads");
  const TensorFile& after = *read_back;
  require(after.format() == format, "the format that was asked for");
  require(weights_only || after.tensors().size() == before.tensors().size(), "as many tensors");
  auto from = before.tensors().begin();
  for (const RawTensor& tensor : after.tensors()) {
    while (from != before.tensors().end() && !same(*from, tensor)) ++from;
    require(from != before.tensors().end(), "the tensors of before in their order");
    ++from;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    for (const TensorFormat format :
         {TensorFormat::kMindsporeCheckpoint, TensorFormat::kSafetensors, TensorFormat::kNpz}) {
      convert(path, format, false);
    }
    convert(path, TensorFormat::kSafetensors, true);
  });
}
