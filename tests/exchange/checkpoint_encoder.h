// An encoder of MindSpore's .ckpt files for tests, written from the wire format alone (Protocol
// Buffers, "Encoding") and sharing no code with the library.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace dem::test {

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

inline std::string length_delimited(int field, const std::string& content) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}

inline std::string encode_tensor(const std::vector<std::int64_t>& dims,
                                 const std::string& dtype,
                                 const std::string& content) {
  std::string bytes;
  for (const std::int64_t dim : dims) {
    bytes += varint(1 << 3) + varint(static_cast<std::uint64_t>(dim));
  }
  return bytes + length_delimited(2, dtype) + length_delimited(3, content);
}

// A Checkpoint message of one value.
inline std::string encode_value(const std::string& tag,
                                const std::vector<std::int64_t>& dims,
                                const std::string& dtype,
                                const std::string& content) {
  return length_delimited(
      1, length_delimited(1, tag) + length_delimited(2, encode_tensor(dims, dtype, content)));
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

// Float32 numbers start, start + 1, ...
inline std::string encode_floats(const std::string& tag,
                                 const std::vector<std::int64_t>& dims,
                                 float start) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(start + static_cast<float>(i));
  return encode_value(tag, dims, "Float32", raw(values));
}

// CRC-32 bit by bit: polynomial 0x04c11db7, reflected, inverted at both ends.
inline std::uint32_t slow_crc32(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

// With MindSpore's checksum at the end: "crc_num" and ten bytes, big-endian.
inline std::string with_crc(const std::string& bytes) {
  const std::uint32_t crc = slow_crc32(bytes);
  std::string trailer = "crc_num" + std::string(6, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) trailer.push_back(static_cast<char>(crc >> shift));
  return bytes + trailer;
}

}  // namespace dem::test
