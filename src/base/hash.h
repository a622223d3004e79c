// Fingerprints and hashes of data: XXH3, the same on every machine for the same bytes; not for
// security.
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

// XXH3_64bits_withSeed of some bytes; seed 0 is XXH3_64bits. Statistics files depend on its values.
[[nodiscard]] std::uint64_t hash_bytes(const void* bytes,
                                       std::size_t size,
                                       std::uint64_t seed = 0) noexcept;

}  // namespace dem
