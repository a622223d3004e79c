#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_set>

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

void check_tensors(const std::vector<RawTensor>& tensors, const std::string& path) {
  std::unordered_set<std::string_view> names;
  for (const RawTensor& tensor : tensors) {
    const std::string where = place(path, tensor.name);
    check_tensor_bytes(tensor, where);
    const bool twice = !names.insert(tensor.name).second;
    if (twice || tensor.name == "__metadata__") {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat(where, ": expected a name of its own, got ", twice ? "it twice" : "a key"));
    }
  }
}

// Positions in `tensors` in the order of the buffer: larger elements first.
std::vector<std::size_t> buffer_order(const std::vector<RawTensor>& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return element_size(tensors[a].type) > element_size(tensors[b].type);
  });
  return order;
}

std::string quoted(const std::string& text, const std::string& path) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(path, ": expected text in UTF-8, got other bytes in \"", text, "\""));
  }
}

std::string header_json(const std::vector<RawTensor>& tensors,
                        const std::vector<std::size_t>& begins,
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
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    json += concat(json.size() > 1 ? "," : "",
                   quoted(tensors[i].name, path),
                   ":{\"dtype\":\"",
                   safetensors_dtype(tensors[i].type),
                   "\",\"shape\":[",
                   join(tensors[i].shape, ","),
                   "],\"data_offsets\":[",
                   begins[i],
                   ",",
                   begins[i] + tensors[i].bytes.size(),
                   "]}");
  }
  json += "}";
  json.append((8 - json.size() % 8) % 8, ' ');
  return json;
}

// A file about to be written: what comes before the buffer, and the buffer's parts in order.
struct Layout {
  std::string head;
  std::vector<std::span<const std::byte>> parts;
};

Layout lay_out(std::vector<RawTensor> tensors,
               const std::map<std::string, std::string>& metadata,
               TensorOrder order,
               const std::string& path) {
  check_tensors(tensors, path);
  if (order == TensorOrder::kByName) {
    std::sort(tensors.begin(), tensors.end(), [](const RawTensor& a, const RawTensor& b) {
      return std::pair(element_size(b.type), std::string_view(a.name)) <
             std::pair(element_size(a.type), std::string_view(b.name));
    });
  }
  const std::vector<std::size_t> buffer = buffer_order(tensors);
  std::vector<std::size_t> begins(tensors.size());
  std::size_t next = 0;
  Layout layout;
  for (const std::size_t i : buffer) {
    begins[i] = next;
    next += tensors[i].bytes.size();
    layout.parts.push_back(tensors[i].bytes);
  }
  const std::string json = header_json(tensors, begins, metadata, path);
  const std::uint64_t length = json.size();
  layout.head.assign(reinterpret_cast<const char*>(&length), sizeof(length));
  layout.head += json;
  return layout;
}

}  // namespace

void write_safetensors(const std::string& path,
                       std::vector<RawTensor> tensors,
                       const std::map<std::string, std::string>& metadata,
                       TensorOrder order) {
  const Layout layout = lay_out(std::move(tensors), metadata, order, path);
  AtomicFile file(path);
  file.write(layout.head);
  for (const auto part : layout.parts) file.write(part);
  file.commit();
}

std::string safetensors_bytes(const std::string& name,
                              std::vector<RawTensor> tensors,
                              const std::map<std::string, std::string>& metadata) {
  const Layout layout = lay_out(std::move(tensors), metadata, TensorOrder::kByName, name);
  std::string bytes = layout.head;
  for (const auto part : layout.parts) {
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  }
  return bytes;
}

}  // namespace dem
