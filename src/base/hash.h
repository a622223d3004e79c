// Fingerprints of data: XXH3 with 128 bits, not for security.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace dem {

// Adds bytes piece by piece; the result depends on the concatenation only.
class Fingerprint {
 public:
  Fingerprint();
  ~Fingerprint();
  Fingerprint(const Fingerprint&) = delete;
  Fingerprint& operator=(const Fingerprint&) = delete;

  void add(const void* bytes, std::size_t size);
  // 32 lower-case hex digits, most significant first.
  [[nodiscard]] std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// 64-bit hash of some bytes, for tables in memory.
[[nodiscard]] std::uint64_t hash_bytes(const void* bytes, std::size_t size) noexcept;

}  // namespace dem
