// Protocol Buffers' wire format, field by field, where a message object would copy what is only
// looked at: https://protobuf.dev/programming-guides/encoding/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// The fields of one message, in the order of the file. Not thread-safe. Everything throws
// Error{kFormat} with where() for bytes that are no message, and for a field of another kind than
// it is asked as. Memory does not depend on the message.
class WireFields {
 public:
  // `message` must outlive this.
  WireFields(std::span<const std::byte> message, std::string where)
      : rest_(message), where_(std::move(where)) {}

  // Goes to the next field; false at the end.
  [[nodiscard]] bool next();

  // Of the field that next() went to.
  [[nodiscard]] std::uint64_t field() const { return field_; }
  [[nodiscard]] std::int64_t number() const;
  [[nodiscard]] std::span<const std::byte> bytes() const;
  [[nodiscard]] std::string text() const;  // bytes that are no UTF-8 as Latin-1
  // Adds what a repeated number has here: one, or several packed.
  void append_numbers(std::vector<Index>& numbers) const;

  [[nodiscard]] const std::string& where() const { return where_; }
  [[noreturn]] void fail(const std::string& expected, const std::string& got) const;

 private:
  enum class Kind { kNumber, kFixed64, kBytes, kFixed32 };

  [[nodiscard]] std::uint64_t varint(std::span<const std::byte>& from) const;
  [[nodiscard]] std::span<const std::byte> take(std::uint64_t n);

  std::span<const std::byte> rest_;
  std::string where_;
  std::uint64_t field_ = 0;
  Kind kind_ = Kind::kNumber;
  std::uint64_t number_ = 0;
  std::span<const std::byte> bytes_;
};

}  // namespace dem
