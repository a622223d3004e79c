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

// The zip64 records that torch.save writes between a directory of `size` bytes at `begin` and the
// end record.
inline std::string zip64_end(std::uint64_t entries, std::uint64_t size, std::uint64_t begin) {
  std::string bytes = "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) +
                      little_endian(45, 2) + little_endian(0, 8);
  for (int i = 0; i < 2; ++i) bytes += little_endian(entries, 8);
  bytes += little_endian(size, 8) + little_endian(begin, 8);
  return bytes + "PK\6\7" + little_endian(0, 4) + little_endian(begin + size, 8) +
         little_endian(1, 4);
}

using ArchiveParts = std::vector<std::pair<std::string, std::string>>;

// The entries, and at the end what zip_archive has by itself and zip64's records.
inline std::string archive_with_zip64(const std::vector<ZipTestEntry>& entries) {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  for (const ZipTestEntry& entry : entries) {
    begin += 30 + entry.local.name.size() + entry.local.extra.size() + entry.stored.size();
    size += 46 + entry.listed.name.size() + entry.listed.extra.size();
  }
  ZipEnd end;
  end.before = zip64_end(entries.size(), size, begin);
  return zip_archive(entries, end);
}

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
