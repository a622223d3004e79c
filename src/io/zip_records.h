// The records of zip archives: windows on them, and where the directory of entries lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dem {

// What a field of 32 bits holds whose value is elsewhere.
inline constexpr std::uint32_t kInZip64 = 0xffffffff;

// A window on the archive whose fields are little-endian numbers at fixed offsets.
class ZipRecord {
 public:
  // Throws where the archive has no `size` bytes at `offset`, or none of this signature.
  ZipRecord(std::span<const std::byte> archive,
            std::uint64_t offset,
            std::size_t size,
            std::uint32_t signature,
            const std::string& where);

  // Little-endian, of `width` bytes.
  [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t width) const;
  [[nodiscard]] std::uint16_t u16(std::size_t offset) const {
    return static_cast<std::uint16_t>(number(offset, 2));
  }
  [[nodiscard]] std::uint32_t u32(std::size_t offset) const {
    return static_cast<std::uint32_t>(number(offset, 4));
  }
  [[nodiscard]] std::uint64_t u64(std::size_t offset) const { return number(offset, 8); }

 private:
  std::span<const std::byte> bytes_;
};

// Where the directory lies; it ends where the first of the end records begins.
struct ZipDirectory {
  std::uint64_t begin = 0, end = 0, entries = 0;
};

// Throws Error{kFormat} with `where` where there is none, or end records contradict each other or
// the archive, and Error{kUnsupported} for archives in several files.
[[nodiscard]] ZipDirectory find_zip_directory(std::span<const std::byte> archive,
                                              const std::string& where);

[[noreturn]] void fail_zip(const std::string& where, const std::string& what);  // Error{kFormat}

}  // namespace dem
