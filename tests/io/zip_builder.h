// Zip archives for tests, every field of which can be set wrong; written from APPNOTE.TXT alone.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exchange/checkpoint_encoder.h"

namespace dem::test {

inline std::string little_endian(std::uint64_t value, int width) {
  std::string bytes;
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

// What one header of an entry says of it.
struct ZipHeader {
  std::string name;
  unsigned flags = 0;
  unsigned method = 0;
  std::uint32_t crc = 0;
  std::uint64_t stored_size = 0;
  std::uint64_t size = 0;
  std::string extra;
  std::optional<std::uint64_t> extra_length;

  [[nodiscard]] std::string common() const {
    return little_endian(20, 2) + little_endian(flags, 2) + little_endian(method, 2) +
           little_endian(0x21'0000, 4) + little_endian(crc, 4) + little_endian(stored_size, 4) +
           little_endian(size, 4) + little_endian(name.size(), 2) +
           little_endian(extra_length.value_or(extra.size()), 2);
  }
};

// An entry with its own header and the directory's, which should say the same.
struct ZipTestEntry {
  ZipHeader local;
  ZipHeader listed;
  std::string stored;
  std::optional<std::uint64_t> offset;  // else where it is
};

// A stored entry, right in every field.
inline ZipTestEntry stored_entry(const std::string& name, const std::string& content) {
  const ZipHeader header{
      name, 0, 0, slow_crc32(content), content.size(), content.size(), std::string(), {}};
  return {header, header, content, {}};
}

// `content` as a deflated stream of blocks that are stored within it.
inline std::string deflated(const std::string& content) {
  constexpr std::size_t kLongest = 0xffff;
  std::string stream;
  std::size_t at = 0;
  do {
    const std::size_t length = std::min(kLongest, content.size() - at);
    stream += at + length == content.size() ? '\1' : '\0';
    stream += little_endian(length, 2) + little_endian(~length, 2);
    stream.append(content, at, length);
    at += length;
  } while (at < content.size());
  return stream;
}

// The same as stored_entry, deflated.
inline ZipTestEntry deflated_entry(const std::string& name, const std::string& content) {
  ZipTestEntry entry = stored_entry(name, content);
  entry.stored = deflated(content);
  for (ZipHeader* header : {&entry.local, &entry.listed}) {
    header->method = 8;
    header->stored_size = entry.stored.size();
  }
  return entry;
}

struct ZipEnd {
  std::optional<std::uint64_t> entries, size, offset;
  std::string before;  // between the directory and the end record
  std::string comment;
  unsigned disk = 0;
  std::optional<unsigned> comment_length;
};

inline std::string zip_archive(const std::vector<ZipTestEntry>& entries, const ZipEnd& end = {}) {
  std::string bytes;
  std::string directory;
  for (const ZipTestEntry& entry : entries) {
    const std::uint64_t offset = entry.offset.value_or(bytes.size());
    bytes += "PK\3\4" + entry.local.common() + entry.local.name + entry.local.extra + entry.stored;
    directory += "PK\1\2" + little_endian(20, 2) + entry.listed.common() + std::string(10, '\0') +
                 little_endian(offset, 4) + entry.listed.name + entry.listed.extra;
  }
  const std::uint64_t begin = bytes.size();
  bytes += directory + end.before + "PK\5\6" + little_endian(end.disk, 2) + little_endian(0, 2);
  for (int i = 0; i < 2; ++i) bytes += little_endian(end.entries.value_or(entries.size()), 2);
  return bytes + little_endian(end.size.value_or(directory.size()), 4) +
         little_endian(end.offset.value_or(begin), 4) +
         little_endian(end.comment_length.value_or(static_cast<unsigned>(end.comment.size())), 2) +
         end.comment;
}

// The zip64 records that PyTorch always writes between a directory of `size` bytes at `begin` and
// the end record.
inline std::string zip64_end(std::uint64_t entries, std::uint64_t size, std::uint64_t begin) {
  std::string bytes = "PK\6\6" + little_endian(44, 8) + little_endian(45, 2) +
                      little_endian(45, 2) + little_endian(0, 8);
  for (int i = 0; i < 2; ++i) bytes += little_endian(entries, 8);
  bytes += little_endian(size, 8) + little_endian(begin, 8);
  return bytes + "PK\6\7" + little_endian(0, 4) + little_endian(begin + size, 8) +
         little_endian(1, 4);
}

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

// A .npy file of version 1 with this header and so many zero bytes of numbers.
inline std::string npy_bytes(const std::string& header, std::size_t data_bytes) {
  return "\x93NUMPY\1" + std::string(1, '\0') + little_endian(header.size(), 2) + header +
         std::string(data_bytes, '\0');
}

}  // namespace dem::test
