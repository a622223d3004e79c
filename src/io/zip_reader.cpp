#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/byte_source.h"
#include "io/zip.h"
#include "io/zip_records.h"

namespace dem {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryHeader = 0x02014b50;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The fields of 64 bits that stand for fields of 32 in an entry's header, in their order.
class WideFields {
 public:
  WideFields(std::span<const std::byte> extra, const std::string& where) : where_(where) {
    constexpr std::size_t kZip64 = 1;
    const auto u16 = [&](std::size_t i) {
      return std::to_integer<std::size_t>(extra[i]) | std::to_integer<std::size_t>(extra[i + 1])
                                                          << 8;
    };
    while (extra.size() >= 4) {  // fewer are padding
      const std::size_t size = u16(2);
      if (size > extra.size() - 4) fail_zip(where_, "an extra field that ends early");
      if (u16(0) == kZip64) rest_ = extra.subspan(4, size);
      extra = extra.subspan(4 + size);
    }
  }

  [[nodiscard]] std::uint64_t value_of(std::uint32_t narrow) {
    if (narrow != kInZip64) return narrow;
    if (rest_.size() < 8) fail_zip(where_, "expected a zip64 size, got none");
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(rest_[i]);
    rest_ = rest_.subspan(8);
    return value;
  }

 private:
  const std::string& where_;
  std::span<const std::byte> rest_;
};

class DirectoryReader {
 public:
  DirectoryReader(std::span<const std::byte> archive, const std::string& where)
      : archive_(archive), where_(where), directory_(find_zip_directory(archive, where)) {}

  std::vector<ZipEntry> read() {
    std::uint64_t next = directory_.begin;
    while (next < directory_.end) next = add(next);
    if (entries_.size() != directory_.entries) {
      fail_zip(
          where_,
          concat(
              "expected a directory of ", directory_.entries, " entries, got ", entries_.size()));
    }
    check_overlap();
    return std::move(entries_);
  }

 private:
  struct Range {
    std::uint64_t begin, end;
  };

  // Reads the header at byte `at`; gives where the next one starts.
  std::uint64_t add(std::uint64_t at) {
    constexpr std::size_t kFixed = 46;
    const ZipRecord header(archive_, at, kFixed, kDirectoryHeader, where_);
    const std::size_t name_length = header.u16(28);
    const std::size_t extra_length = header.u16(30);
    const std::uint64_t end = at + kFixed + name_length + extra_length + header.u16(32);
    if (end > directory_.end) fail_zip(where_, "a directory entry that ends early");
    const auto names = archive_.subspan(static_cast<std::size_t>(at) + kFixed);
    ZipEntry entry;
    entry.name = text_of(names.first(name_length));
    const std::string where = place(where_, entry.name);
    WideFields wide(names.subspan(name_length, extra_length), where);
    entry.size = wide.value_of(header.u32(24));
    const std::uint64_t stored_size = wide.value_of(header.u32(20));
    const std::uint64_t offset = wide.value_of(header.u32(42));
    entry.crc32 = header.u32(16);
    entry.deflated = is_deflated(header.u16(8), header.u16(10), entry.name, where);
    const std::uint64_t content = content_start(header, entry.name, offset, where);
    if (stored_size > directory_.begin - content) {
      fail_zip(where,
               concat("expected ",
                      stored_size,
                      " bytes, got the directory after ",
                      directory_.begin - content));
    }
    check_size(entry, stored_size, where);
    entry.stored =
        archive_.subspan(static_cast<std::size_t>(content), static_cast<std::size_t>(stored_size));
    ranges_.push_back({offset, content + stored_size});
    entries_.push_back(std::move(entry));
    return end;
  }

  static bool is_deflated(unsigned flags,
                          unsigned method,
                          const std::string& name,
                          const std::string& where) {
    constexpr unsigned kEncrypted = 1u | 1u << 6 | 1u << 13;
    constexpr unsigned kUtf8 = 1u << 11;
    constexpr unsigned kStored = 0;
    constexpr unsigned kDeflated = 8;
    const auto unsupported = [&](const std::string& what) {
      return Error(ErrorKind::kUnsupported, concat(where, ": ", what));
    };
    if ((flags & kEncrypted) != 0) throw unsupported("encrypted");
    if (method != kStored && method != kDeflated) {
      throw unsupported(concat("expected stored or deflated data, got compression ", method));
    }
    const bool ascii =
        std::all_of(name.begin(), name.end(), [](char c) { return (c & 0x80) == 0; });
    if (!ascii && (flags & kUtf8) == 0) throw unsupported("expected a name in UTF-8");
    return method == kDeflated;
  }

  // The byte after the entry's own header, which must say what the directory says.
  std::uint64_t content_start(const ZipRecord& header,
                              const std::string& name,
                              std::uint64_t offset,
                              const std::string& where) const {
    constexpr std::size_t kFixed = 30;
    constexpr unsigned kSizesFollow = 1u << 3;
    const ZipRecord local(archive_, offset, kFixed, kLocalHeader, where);
    const std::uint64_t content = offset + kFixed + local.u16(26) + local.u16(28);
    if (content > directory_.begin) fail_zip(where, "its own header runs into the directory");
    const auto local_name =
        archive_.subspan(static_cast<std::size_t>(offset) + kFixed, local.u16(26));
    const bool sized = (local.u16(6) & kSizesFollow) == 0;
    const auto agrees = [&](std::size_t mine, std::size_t directorys) {
      return local.u32(mine) == kInZip64 || header.u32(directorys) == kInZip64 ||
             local.u32(mine) == header.u32(directorys);
    };
    const bool same =
        text_of(local_name) == name && local.u16(8) == header.u16(10) &&
        (!sized || (local.u32(14) == header.u32(16) && agrees(18, 20) && agrees(22, 24)));
    if (!same) fail_zip(where, "expected its own header to agree with the directory, got another");
    return content;
  }

  static void check_size(const ZipEntry& entry,
                         std::uint64_t stored_size,
                         const std::string& where) {
    const bool possible =
        entry.deflated ? entry.size / kMostExpansion <= stored_size : entry.size == stored_size;
    if (possible) return;
    fail_zip(
        where,
        concat("an entry of ", entry.size, " bytes, which ", stored_size, " bytes cannot hold"));
  }

  void check_overlap() {
    std::sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
      return a.begin < b.begin;
    });
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
      if (ranges_[i].begin >= ranges_[i - 1].end) continue;
      fail_zip(where_,
               concat("expected entries apart from each other, got one from byte ",
                      ranges_[i].begin,
                      " within that before it"));
    }
  }

  std::span<const std::byte> archive_;
  const std::string& where_;
  ZipDirectory directory_;
  std::vector<ZipEntry> entries_;
  std::vector<Range> ranges_;
};

}  // namespace

std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> archive,
                                         const std::string& where) {
  return DirectoryReader(archive, where).read();
}

}  // namespace dem
