// A stream of bytes that knows how many may still come, over memory, a part of a file, or deflated
// data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/positioned_file.h"
#include "io/inflater.h"

namespace dem {

// Not thread-safe. Every failure throws Error{kFormat} that starts with where().
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  // Exactly the next n bytes, valid until the call after the next, so that a piece can be used
  // while another thread takes the next one; throws where fewer are left. Callers that want much
  // ask in pieces: a compressed source holds the bytes of two calls.
  [[nodiscard]] std::span<const std::byte> take(std::size_t n);
  void skip(std::size_t n);

  // Bytes up to the innermost limit.
  [[nodiscard]] std::size_t left() const { return limit_ - position_; }
  // Narrows the limit to n bytes from here, for an element that holds others; throws where the
  // enclosing one is shorter. Returns the limit to restore with leave().
  [[nodiscard]] std::size_t enter(std::size_t n);
  void leave(std::size_t limit) { limit_ = limit; }

  // Throws unless the source ends here, whole: for zlib, with the checksum that the data have.
  virtual void finish() = 0;

  // The start of messages: file and variable.
  [[nodiscard]] const std::string& where() const { return where_; }
  void set_where(std::string where) { where_ = std::move(where); }

 protected:
  ByteSource(std::string where, std::size_t limit) : where_(std::move(where)), limit_(limit) {}
  virtual std::span<const std::byte> next(std::size_t n) = 0;
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::string where_;
  std::size_t position_ = 0;
  std::size_t limit_;
};

class MemorySource : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string where)
      : ByteSource(std::move(where), bytes.size()), rest_(bytes) {}
  void finish() override;

 private:
  std::span<const std::byte> next(std::size_t n) override;

  std::span<const std::byte> rest_;
};

// `size` bytes of a file from `offset` on, copied as they are asked for. `file` must outlive it.
class FileSource : public ByteSource {
 public:
  FileSource(const PositionedFile& file, std::size_t offset, std::size_t size, std::string where)
      : ByteSource(std::move(where), size), file_(file), offset_(offset), end_(offset + size) {}
  void finish() override;

 private:
  // Throws Error{kIo} where the file has become shorter.
  std::span<const std::byte> next(std::size_t n) override;

  const PositionedFile& file_;
  std::size_t offset_;
  std::size_t end_;
  std::array<std::vector<std::byte>, 2> buffers_;  // in turn
  std::size_t current_ = 0;
};

// What surrounds deflated data: zlib's header and checksum, or nothing, as in zip archives.
enum class Framing { kZlib, kNone };

// deflate shrinks by 1032 at most, so that short data cannot hold much.
inline constexpr std::size_t kMostExpansion = 1032;

class InflateSource : public ByteSource {
 public:
  InflateSource(std::span<const std::byte> compressed,
                std::string where,
                Framing framing = Framing::kZlib);
  void finish() override;

 private:
  std::span<const std::byte> next(std::size_t n) override;
  // Inflates up to n bytes; fewer only at the end.
  std::span<const std::byte> inflate_some(std::size_t n);
  void start();
  void require_none(const char* problem) const;

  std::span<const std::byte> compressed_;
  Framing framing_;
  std::unique_ptr<Inflater> inflater_;
  std::uint32_t checksum_ = 1;                     // of what was inflated
  std::array<std::vector<std::byte>, 2> buffers_;  // in turn: a piece lives until the next but one
  std::size_t current_ = 0;
};

}  // namespace dem
