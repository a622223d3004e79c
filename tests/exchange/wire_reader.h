// A decoder of Protocol Buffers for tests, written from the wire format alone ("Encoding") and
// sharing no code with the library.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dem::test {

struct WireField {
  int number = 0;
  bool is_bytes = false;    // length-delimited, else a varint
  std::uint64_t value = 0;  // of a varint
  std::string bytes;
};

class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

  // All fields in order; throws std::runtime_error where the bytes are no message of varints and
  // length-delimited fields.
  std::vector<WireField> fields() {
    std::vector<WireField> all;
    while (at_ < bytes_.size()) {
      const std::uint64_t key = varint();
      WireField field;
      field.number = static_cast<int>(key >> 3);
      if ((key & 7) == 0) {
        field.value = varint();
      } else if ((key & 7) == 2) {
        field.is_bytes = true;
        const std::uint64_t length = varint();
        if (length > bytes_.size() - at_) throw std::runtime_error("field beyond its message");
        field.bytes = bytes_.substr(at_, length);
        at_ += length;
      } else {
        throw std::runtime_error("unexpected wire type " + std::to_string(key & 7));
      }
      all.push_back(std::move(field));
    }
    return all;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ >= bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("varint without end");
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
};

// A message whose fields are asked for by number. Fields that nobody asks for are an error of
// require_all_read().
class WireMessage {
 public:
  explicit WireMessage(std::string_view bytes) : fields_(WireReader(bytes).fields()) {}

  [[nodiscard]] bool has(int number) const {
    for (const WireField& field : fields_) {
      if (field.number == number) return true;
    }
    return false;
  }
  [[nodiscard]] std::vector<std::string> all(int number) {
    known_.push_back(number);
    std::vector<std::string> found;
    for (const WireField& field : fields_) {
      if (field.number != number) continue;
      if (!field.is_bytes) fail(number, "a length");
      found.push_back(field.bytes);
    }
    return found;
  }
  [[nodiscard]] std::vector<std::int64_t> numbers(int number) {
    known_.push_back(number);
    std::vector<std::int64_t> found;
    for (const WireField& field : fields_) {
      if (field.number != number) continue;
      if (field.is_bytes) fail(number, "a varint");
      found.push_back(static_cast<std::int64_t>(field.value));
    }
    return found;
  }
  // "" and 0 where the field is missing.
  [[nodiscard]] std::string text(int number) {
    const auto found = all(number);
    return found.empty() ? "" : at_most_one(found, number);
  }
  [[nodiscard]] std::int64_t number(int number) {
    const auto found = numbers(number);
    return found.empty() ? 0 : at_most_one(found, number);
  }
  void require_all_read(const std::string& where) const {
    for (const WireField& field : fields_) {
      bool known = false;
      for (const int number : known_) known = known || number == field.number;
      if (!known) {
        throw std::runtime_error(where + ": unknown field " + std::to_string(field.number));
      }
    }
  }

 private:
  template <typename T>
  static T at_most_one(const std::vector<T>& found, int number) {
    if (found.size() > 1) throw std::runtime_error("field twice: " + std::to_string(number));
    return found[0];
  }
  [[noreturn]] static void fail(int number, const char* expected) {
    throw std::runtime_error("field " + std::to_string(number) + " is not " + expected);
  }

  std::vector<WireField> fields_;
  std::vector<int> known_;
};

}  // namespace dem::test
