// Pickles and PyTorch archives for tests, opcode by opcode, written from Python's pickletools
// alone.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "io/zip_builder.h"

namespace dem::test {

inline std::string pickled_text(const std::string& text) {
  return "X" + little_endian(text.size(), 4) + text;
}
inline std::string pickled_int(std::int64_t value) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(value), 8);
}
inline std::string pickled_name(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string pickled_tuple(std::initializer_list<std::string> items) {
  std::string bytes = "(";
  for (const std::string& item : items) bytes += item;
  return bytes + "t";
}
inline std::string pickled_ints(const std::vector<std::int64_t>& values) {
  std::string bytes = "(";
  for (const std::int64_t value : values) bytes += pickled_int(value);
  return bytes + "t";
}
inline std::string pickled_dict(std::initializer_list<std::pair<std::string, std::string>> items) {
  std::string bytes = "}(";
  for (const auto& [key, value] : items) bytes += pickled_text(key) + value;
  return bytes + "u";
}
// A whole pickle of protocol 2.
inline std::string pickle_of(const std::string& body) {
  return "\x80\x02" + body + ".";
}

// What torch.save says of a tensor, every field of which can be set wrong.
struct PickledTensor {
  std::string storage = "FloatStorage";
  std::string key = "0";
  std::int64_t count = 15;
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape = {3, 5};
  std::vector<std::int64_t> strides = {5, 1};
  std::string further;  // arguments

  [[nodiscard]] std::string bytes() const {
    const std::string reference = pickled_tuple({pickled_text("storage"),
                                                 pickled_name("torch", storage),
                                                 pickled_text(key),
                                                 pickled_text("cpu"),
                                                 pickled_int(count)}) +
                                  "Q";
    return pickled_name("torch._utils", "_rebuild_tensor_v2") +
           pickled_tuple({reference,
                          pickled_int(offset),
                          pickled_ints(shape),
                          pickled_ints(strides),
                          "\x89",
                          pickled_name("collections", "OrderedDict") + ")R",
                          further}) +
           "R";
  }
};

using ArchiveParts = std::vector<std::pair<std::string, std::string>>;

// ROOT/data.pkl and further entries below ROOT: {"data/0", "..."}.
inline std::string torch_archive(const std::string& pickle, const ArchiveParts& parts) {
  std::vector<ZipTestEntry> entries = {stored_entry("archive/data.pkl", pickle)};
  for (const auto& [name, content] : parts) {
    entries.push_back(stored_entry("archive/" + name, content));
  }
  return archive_with_zip64(entries);
}

// 0, 1, 2, ... as float32.
inline std::string counted_floats(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<float>(i);
    bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  return bytes;
}

}  // namespace dem::test
