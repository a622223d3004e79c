#include <algorithm>

#include "io/checksum.h"
#include "io/zip.h"

namespace dem {
namespace {

void put(std::string& bytes, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
}

// What the two headers of an entry share, from "version needed" to the length of the name.
std::string common_fields(const std::string& name,
                          std::uint32_t crc,
                          std::uint32_t size,
                          bool zip64) {
  constexpr std::uint16_t kUtf8 = 1 << 11;
  constexpr std::uint16_t kFirstDay = 1 << 5 | 1;  // 1980, month 1, day 1
  const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return (c & 0x80) == 0; });
  std::string bytes;
  put(bytes, zip64 ? 45 : 20, 2);  // version of the format, times ten
  put(bytes, ascii ? 0 : kUtf8, 2);
  put(bytes, 0, 2);  // stored
  put(bytes, 0, 2);  // midnight
  put(bytes, kFirstDay, 2);
  put(bytes, crc, 4);
  put(bytes, size, 4);  // as it lies there
  put(bytes, size, 4);  // of the content
  put(bytes, name.size(), 2);
  return bytes;
}

}  // namespace

void ZipWriter::write(const std::string& bytes) {
  file_.write(bytes);
  position_ += bytes.size();
}

void ZipWriter::add(const std::string& name,
                    std::span<const std::byte> head,
                    std::span<const std::byte> body) {
  constexpr std::uint32_t kInZip64 = 0xffffffff;
  const std::uint64_t size = head.size() + body.size();
  const std::uint64_t offset = position_;
  const bool wide_size = size >= zip64_from_;
  const bool wide_offset = offset >= zip64_from_;
  const std::string common = common_fields(name,
                                           crc32_of(body, crc32_of(head)),
                                           wide_size ? kInZip64 : static_cast<std::uint32_t>(size),
                                           wide_size || wide_offset);
  std::string local = "PK\x03\x04" + common;
  put(local, wide_size ? 20 : 0, 2);  // bytes of extra fields
  local += name;
  if (wide_size) {
    put(local, 1, 2);
    put(local, 16, 2);
    put(local, size, 8);
    put(local, size, 8);
  }
  write(local);
  file_.write(head);
  file_.write(body);
  position_ += size;

  std::string extra;
  if (wide_size) {
    put(extra, size, 8);
    put(extra, size, 8);
  }
  if (wide_offset) put(extra, offset, 8);
  directory_ += "PK\x01\x02";
  put(directory_, 45, 2);  // made by this version, for no system in particular
  directory_ += common;
  put(directory_, extra.empty() ? 0 : extra.size() + 4, 2);
  directory_.append(2 + 2 + 2 + 4, '\0');  // no comment, first disk, no attributes
  put(directory_, wide_offset ? kInZip64 : offset, 4);
  directory_ += name;
  if (!extra.empty()) {
    put(directory_, 1, 2);
    put(directory_, extra.size(), 2);
    directory_ += extra;
  }
  ++count_;
}

void ZipWriter::finish() {
  const std::uint64_t begin = position_;
  const std::uint64_t size = directory_.size();
  write(directory_);
  const std::uint64_t most = std::min<std::uint64_t>(zip64_from_, 0xffffffff);
  std::string end;
  if (count_ >= 0xffff || begin >= most || size >= most) {
    end = "PK\x06\x06";
    put(end, 44, 8);  // bytes after this field
    put(end, 45, 2);
    put(end, 45, 2);
    put(end, 0, 8);  // disks
    put(end, count_, 8);
    put(end, count_, 8);
    put(end, size, 8);
    put(end, begin, 8);
    end += "PK\x06\x07";
    put(end, 0, 4);
    put(end, position_, 8);
    put(end, 1, 4);
  }
  const bool wide = !end.empty();
  end += "PK\x05\x06";
  put(end, 0, 4);
  for (int i = 0; i < 2; ++i) put(end, wide ? 0xffff : count_, 2);
  put(end, wide ? 0xffffffff : size, 4);
  put(end, wide ? 0xffffffff : begin, 4);
  put(end, 0, 2);  // no comment
  write(end);
}

}  // namespace dem
