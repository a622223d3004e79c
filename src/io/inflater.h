// Inflates deflated data (RFC 1951) that lie in memory. zlib's own inflate is made for input that
// comes in small parts; where all of it is there, wider steps take less than half of its time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dem {

// How far back deflated data may refer.
inline constexpr std::size_t kDeflateWindow = std::size_t{32} << 10;

class Inflater {
 public:
  explicit Inflater(std::span<const std::byte> compressed);

  // Writes up to n bytes to `to` and returns how many: fewer only at the end of the data, and where
  // they are broken, which sets problem(). All that was written before, or the last kDeflateWindow
  // bytes of it, must lie right before `to`.
  std::size_t inflate(std::byte* to, std::size_t n);

  // The last block is over.
  [[nodiscard]] bool ended() const { return state_ == State::kEnded; }
  // What follows the last block, once ended.
  [[nodiscard]] std::span<const std::byte> rest() const { return {bits_.next, bits_.end}; }
  // What is wrong with the data; null where nothing is, or where they end early.
  [[nodiscard]] const char* problem() const { return problem_; }

 private:
  enum class State { kBlockHead, kStored, kCodes, kEnded, kBroken };

  // From the low bit of each byte on. What lies beyond the input counts as zeros, which are
  // borrowed.
  struct Bits {
    std::uint64_t buffer = 0;
    unsigned count = 0;  // the next bits; the buffer may hold more
    const std::byte* next = nullptr;
    const std::byte* end = nullptr;
    unsigned borrowed = 0;  // bytes

    void refill();  // to more than 55 bits
    void drop(unsigned n);
    unsigned take(unsigned n);
    void to_byte();
    // Borrowed bits were taken.
    [[nodiscard]] bool overdrawn() const { return borrowed * 8 > count; }
  };

  struct Output {
    const std::byte* earliest;  // that a match may refer to
    std::byte* at;
    std::byte* end;
  };

  void fail(const char* problem);
  void read_block_head();
  void read_stored_head();
  void read_code_lengths();
  bool read_lengths(std::size_t count);
  void use_fixed_codes();
  void build_tables(std::size_t literals, std::size_t distances);

  void copy_stored(Output& out);
  void copy_match(Output& out);
  void decode(Output& out);
  void decode_wide(Output& out);
  void decode_narrow(Output& out);

  // The most entries that codes of 288 and 32 symbols need (zlib's program "enough").
  static constexpr std::size_t kLiteralEntries = 2342, kDistanceEntries = 402;

  Bits bits_;
  State state_ = State::kBlockHead;
  bool last_block_ = false;
  const char* problem_ = nullptr;
  std::size_t written_ = 0;  // at most kDeflateWindow is told apart
  std::size_t stored_left_ = 0;
  std::size_t match_left_ = 0;  // of a match that had no room
  std::size_t match_distance_ = 0;
  std::array<std::uint8_t, 320> lengths_;  // of the codes, while tables are built
  std::array<std::uint32_t, kLiteralEntries> literals_;
  std::array<std::uint32_t, kDistanceEntries> distances_;
};

}  // namespace dem
