// Reading an entry of a zip archive, with its checksum.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/mapped_file.h"
#include "io/byte_source.h"
#include "io/zip.h"

namespace dem {

// An entry's content as a stream. finish() throws unless all of it was taken and its checksum is
// right. `file`, which is the archive, must outlive it.
class ZipEntrySource : public ByteSource {
 public:
  ZipEntrySource(const ZipEntry& entry, const MappedFile& file, const std::string& where);
  void finish() override;

 private:
  std::span<const std::byte> next(std::size_t n) override;

  std::unique_ptr<ByteSource> source_;
  std::uint32_t crc32_;
  std::uint32_t got_ = 0;
};

// Throws Error{kFormat} with `where` unless a stored entry's bytes have its checksum.
void verify_stored(const ZipEntry& entry, const std::string& where);

}  // namespace dem
