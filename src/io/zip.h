// Zip archives as .npz files are: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.5.3 (zip64).
//
// The reader takes nothing on trust: it needs the directory to end where the end record begins,
// each entry's own header to agree with the directory, no two entries to share a byte, and sizes
// that the bytes at hand can have. What it hands out are windows on the archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/atomic_file.h"

namespace dem {

struct ZipEntry {
  std::string name;
  bool deflated = false;  // else `stored` is the content
  std::uint32_t crc32 = 0;
  std::uint64_t size = 0;  // of the content, inflated
  std::span<const std::byte> stored;
};

// The entries in the order of the directory. Throws Error{kFormat} with `where` for a broken
// archive, Error{kUnsupported} for encryption, other compression than deflate, and archives in
// several files. Checksums are the caller's to verify. Memory is bounded by the directory's size.
[[nodiscard]] std::vector<ZipEntry> read_zip_directory(std::span<const std::byte> archive,
                                                       const std::string& where);

// Writes an archive of stored entries. The same content gives the same bytes: every entry is dated
// 1 January 1980, the first day that the format has.
class ZipWriter {
 public:
  // Sizes and positions from `zip64_from` on are written in zip64's fields; tests lower it.
  explicit ZipWriter(AtomicFile& file, std::uint64_t zip64_from = 0xffffffff)
      : file_(file), zip64_from_(zip64_from) {}

  // An entry whose content is `head`, then `body`. `name` is UTF-8 of at most 65535 bytes.
  void add(const std::string& name,
           std::span<const std::byte> head,
           std::span<const std::byte> body);
  // Writes the directory; nothing may be added afterwards.
  void finish();

 private:
  void write(const std::string& bytes);

  AtomicFile& file_;
  std::uint64_t zip64_from_;
  std::uint64_t position_ = 0;
  std::uint64_t count_ = 0;
  std::string directory_;
};

}  // namespace dem
