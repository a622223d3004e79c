// The bytes of a pickle, one after another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dem {

inline constexpr std::size_t kLongestPickledName = 1000;  // of a module, or of what is in it

class PickleInput {
 public:
  // `where` starts messages, which say at which opcode's byte the fault is; it outlives this.
  PickleInput(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  [[nodiscard]] std::size_t position() const { return next_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - next_; }

  // All of these throw Error{kFormat} where the bytes end early.
  unsigned char opcode();
  std::span<const std::byte> take(std::uint64_t n);
  // Little-endian, of `width` bytes.
  std::uint64_t unsigned_number(std::size_t width);
  // Characters up to a line feed, which is left out.
  std::string_view line();

  [[noreturn]] void fail(const std::string& what) const;         // Error{kFormat}
  [[noreturn]] void unsupported(const std::string& what) const;  // Error{kUnsupported}

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::size_t next_ = 0;
  std::size_t opcode_at_ = 0;
};

}  // namespace dem
