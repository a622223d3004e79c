#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/safetensors.h"
#include "io/safetensors_header.h"
#include "io/stored_array.h"

namespace dem {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

void check_tensors(const std::vector<SafetensorsTensor>& tensors, const std::string& path) {
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const SafetensorsTensor& tensor = tensors[i];
    const std::size_t size = element_size(tensor.type);
    const std::string where = place(path, tensor.name);
    const std::uint64_t count =
        size == 0 ? 0 : checked_element_count(tensor.shape, tensor.bytes.size() / size, where);
    if (size == 0 || count * size != tensor.bytes.size()) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat(where,
                         ": expected the bytes of ",
                         to_string(tensor.type),
                         " [",
                         join(tensor.shape),
                         "], got ",
                         tensor.bytes.size()));
    }
    const bool twice = i > 0 && tensors[i - 1].name == tensor.name;
    if (twice || tensor.name == "__metadata__") {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat(where, ": expected a name of its own, got ", twice ? "it twice" : "a key"));
    }
  }
}

std::string quoted(const std::string& text, const std::string& path) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(path, ": expected text in UTF-8, got other bytes in \"", text, "\""));
  }
}

std::string header_json(const std::vector<SafetensorsTensor>& tensors,
                        const std::map<std::string, std::string>& metadata,
                        const std::string& path) {
  std::string json = "{";
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata) {
      pairs.push_back(concat(quoted(key, path), ":", quoted(value, path)));
    }
    json += concat("\"__metadata__\":{", join(pairs, ","), "}");
  }
  std::size_t begin = 0;
  for (const SafetensorsTensor& tensor : tensors) {
    const std::size_t end = begin + tensor.bytes.size();
    json += concat(json.size() > 1 ? "," : "",
                   quoted(tensor.name, path),
                   ":{\"dtype\":\"",
                   safetensors_dtype(tensor.type),
                   "\",\"shape\":[",
                   join(tensor.shape, ","),
                   "],\"data_offsets\":[",
                   begin,
                   ",",
                   end,
                   "]}");
    begin = end;
  }
  json += "}";
  json.append((8 - json.size() % 8) % 8, ' ');
  return json;
}

}  // namespace

void write_safetensors(const std::string& path,
                       std::vector<SafetensorsTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::sort(
      tensors.begin(), tensors.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  check_tensors(tensors, path);
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return element_size(a.type) > element_size(b.type);
  });
  const std::string json = header_json(tensors, metadata, path);
  const std::uint64_t length = json.size();
  AtomicFile file(path);
  file.write(&length, sizeof(length));
  file.write(json);
  for (const SafetensorsTensor& tensor : tensors) file.write(tensor.bytes);
  file.commit();
}

}  // namespace dem
