#include "io/zip_entry.h"

#include "base/text.h"
#include "dem/base/error.h"
#include "io/checksum.h"

namespace dem {
namespace {

std::unique_ptr<ByteSource> open_entry_bytes(const ZipEntry& entry,
                                             const MappedFile& file,
                                             const std::string& where) {
  if (entry.deflated) {
    return std::make_unique<InflateSource>(entry.stored, where, Framing::kNone);
  }
  const auto offset = static_cast<std::size_t>(entry.stored.data() - file.bytes().data());
  return std::make_unique<FileSource>(file.file(), offset, entry.stored.size(), where);
}

}  // namespace

ZipEntrySource::ZipEntrySource(const ZipEntry& entry,
                               const MappedFile& file,
                               const std::string& where)
    : ByteSource(where, static_cast<std::size_t>(entry.size)),
      source_(open_entry_bytes(entry, file, where)),
      crc32_(entry.crc32) {}

void ZipEntrySource::finish() {
  if (left() != 0) fail(concat("expected the end of the data, got ", left(), " bytes"));
  source_->finish();
  if (got_ != crc32_) fail(concat("checksum: expected CRC-32 ", crc32_, ", got ", got_));
}

std::span<const std::byte> ZipEntrySource::next(std::size_t n) {
  const auto bytes = source_->take(n);
  got_ = crc32_of(bytes, got_);
  return bytes;
}

void verify_stored(const ZipEntry& entry, const std::string& where) {
  const std::uint32_t got = crc32_of(entry.stored);
  if (got == entry.crc32) return;
  throw Error(ErrorKind::kFormat,
              concat(where, ": checksum: expected CRC-32 ", entry.crc32, ", got ", got));
}

}  // namespace dem
