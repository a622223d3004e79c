#include "io/zip_records.h"

#include <string_view>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::uint32_t kEndRecord = 0x06054b50;
constexpr std::uint32_t kZip64EndRecord = 0x06064b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::string_view kLocatorStart = "PK\x06\x07";
constexpr std::size_t kEndRecordBytes = 22;
constexpr std::size_t kLocatorBytes = 20;

bool starts_with(std::span<const std::byte> bytes, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
      .starts_with(text);
}

std::size_t find_end_record(std::span<const std::byte> archive, const std::string& where) {
  constexpr std::size_t kLongestComment = 0xffff;
  for (std::size_t comment = 0; comment <= kLongestComment; ++comment) {
    if (archive.size() < kEndRecordBytes + comment) break;
    const std::size_t at = archive.size() - kEndRecordBytes - comment;
    const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(archive[at + i]); };
    const bool found = byte(0) == 0x50 && byte(1) == 0x4b && byte(2) == 5 && byte(3) == 6;
    if (found && (byte(20) | byte(21) << 8) == comment) return at;
  }
  fail_zip(where, "expected a zip archive's end record at its end, got none: truncated?");
}

// Throws unless a narrow field of the end record has no value, or the wide one's.
void check_agrees(std::uint64_t narrow,
                  std::uint64_t none,
                  std::uint64_t wide,
                  const std::string& where) {
  if (narrow == none || narrow == wide) return;
  fail_zip(where, concat("expected ", wide, " in the end record as in zip64's, got ", narrow));
}

// What zip64's end record says, for which `end` has too few bits, or which was written in any case.
ZipDirectory find_wide_directory(std::span<const std::byte> archive,
                                 const ZipRecord& end,
                                 std::size_t locator_at,
                                 const std::string& where,
                                 std::uint64_t& size) {
  constexpr std::size_t kZip64Bytes = 56;
  const ZipRecord locator(archive, locator_at, kLocatorBytes, kZip64Locator, where);
  const std::uint64_t at = locator.u64(8);
  const ZipRecord wide(archive, at, kZip64Bytes, kZip64EndRecord, where);
  // The record's own length does not count its first twelve bytes.
  const bool before = at <= locator_at && locator_at - at >= kZip64Bytes;
  if (!before || wide.u64(4) != locator_at - at - 12) {
    fail_zip(where,
             concat("expected a zip64 end record that ends at byte ",
                    locator_at,
                    ", got one of ",
                    wide.u64(4),
                    " bytes and 12 at byte ",
                    at));
  }
  size = wide.u64(40);
  check_agrees(end.u16(10), 0xffff, wide.u64(32), where);
  check_agrees(end.u32(12), kInZip64, size, where);
  check_agrees(end.u32(16), kInZip64, wide.u64(48), where);
  return {wide.u64(48), at, wide.u64(32)};
}

}  // namespace

// zip64's records may stand between the directory and the end record even where none of the
// latter's fields needs them: PyTorch writes them always.
ZipDirectory find_zip_directory(std::span<const std::byte> archive, const std::string& where) {
  const std::size_t at = find_end_record(archive, where);
  const ZipRecord end(archive, at, kEndRecordBytes, kEndRecord, where);
  if (end.u16(4) != end.u16(6) || (end.u16(4) != 0 && end.u16(4) != 0xffff)) {
    throw Error(ErrorKind::kUnsupported, where + ": a zip archive in several files");
  }
  ZipDirectory directory{end.u32(16), at, end.u16(10)};
  std::uint64_t size = end.u32(12);
  const bool complete = directory.begin <= at && at - directory.begin == size;
  const bool has_locator =
      at >= kLocatorBytes && starts_with(archive.subspan(at - kLocatorBytes), kLocatorStart);
  if (has_locator && !complete) {
    directory = find_wide_directory(archive, end, at - kLocatorBytes, where, size);
  }
  if (size > directory.end || directory.begin != directory.end - size) {
    fail_zip(where,
             concat("expected a directory that ends at byte ",
                    directory.end,
                    ", got one of ",
                    size,
                    " bytes at byte ",
                    directory.begin));
  }
  return directory;
}

ZipRecord::ZipRecord(std::span<const std::byte> archive,
                     std::uint64_t offset,
                     std::size_t size,
                     std::uint32_t signature,
                     const std::string& where) {
  if (offset > archive.size() || archive.size() - offset < size) {
    fail_zip(where, concat("expected ", size, " bytes at byte ", offset, ", got the end"));
  }
  bytes_ = archive.subspan(static_cast<std::size_t>(offset), size);
  if (number(0, 4) != signature) {
    fail_zip(where, concat("expected a zip record at byte ", offset, ", got other bytes"));
  }
}

std::uint64_t ZipRecord::number(std::size_t offset, std::size_t width) const {
  std::uint64_t value = 0;
  for (std::size_t i = width; i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(bytes_[offset + i]);
  }
  return value;
}

void fail_zip(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kFormat, concat(where, ": ", what));
}

}  // namespace dem
