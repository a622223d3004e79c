#include "io/torch_archive.h"

#include <algorithm>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/zip_entry.h"

namespace dem {
namespace {

constexpr std::string_view kPickleName = "/data.pkl";

std::string_view text_in(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// "ROOT/", empty where no entry is ROOT/data.pkl.
std::string root_of(const std::vector<ZipEntry>& entries) {
  for (const ZipEntry& entry : entries) {
    if (!entry.name.ends_with(kPickleName)) continue;
    const std::size_t length = entry.name.size() - kPickleName.size();
    if (length > 0 && entry.name.find('/') == length) return entry.name.substr(0, length + 1);
  }
  return "";
}

void refuse_program(const std::vector<ZipEntry>& entries,
                    const std::string& root,
                    const std::string& path) {
  for (const ZipEntry& entry : entries) {
    if (entry.name != root + "constants.pkl" && !entry.name.starts_with(root + "code/")) continue;
    throw Error(ErrorKind::kUnsupported,
                concat(path,
                       ": expected tensors, got a TorchScript program (torch.jit.save), which is "
                       "not read; save its tensors: torch.save(model.state_dict(), path)"));
  }
}

class TorchArchiveReader {
 public:
  TorchArchiveReader(std::vector<ZipEntry> entries, const std::string& path)
      : entries_(std::move(entries)), root_(root_of(entries_)), path_(path) {}

  TorchArchive read() {
    refuse_program(entries_, root_, path_);
    const std::string storage_prefix = root_ + "data/";
    bool has_pickle = false;
    bool has_byte_order = false;
    for (ZipEntry& entry : entries_) {
      if (entry.name.starts_with(storage_prefix)) {
        add_storage(entry.name.substr(storage_prefix.size()), entry);
      } else if (entry.name == root_ + "data.pkl") {
        refuse_second(has_pickle, entry.name);
        archive_.pickle = checked_content(entry);
      } else if (entry.name == root_ + "byteorder") {
        refuse_second(has_byte_order, entry.name);
        take_byte_order(checked_content(entry));
      }
    }
    return std::move(archive_);
  }

 private:
  void require_stored(const ZipEntry& entry) const {
    if (!entry.deflated) return;
    throw Error(ErrorKind::kUnsupported,
                concat(place(path_, entry.name),
                       ": expected plain data, as torch.save writes them, got compressed ones"));
  }

  void refuse_second(bool& seen, const std::string& name) const {
    if (seen) {
      throw Error(ErrorKind::kFormat, concat(path_, ": expected one entry ", name, ", got two"));
    }
    seen = true;
  }

  void add_storage(std::string key, ZipEntry& entry) {
    require_stored(entry);
    bool seen = !archive_.storages.entries.emplace(std::move(key), entry).second;
    refuse_second(seen, entry.name);
  }

  std::span<const std::byte> checked_content(const ZipEntry& entry) const {
    require_stored(entry);
    verify_stored(entry, place(path_, entry.name));
    return entry.stored;
  }

  void take_byte_order(std::span<const std::byte> content) {
    const std::string_view order = text_in(content);
    if (order != "little" && order != "big") {
      throw Error(ErrorKind::kFormat,
                  concat(path_, ": expected byte order little or big, got another"));
    }
    archive_.storages.swap_bytes = order == "big";  // dem runs on little-endian machines
  }

  std::vector<ZipEntry> entries_;
  std::string root_;
  const std::string& path_;
  TorchArchive archive_;
};

}  // namespace

TorchArchive read_torch_archive(std::span<const std::byte> bytes, const std::string& path) {
  return TorchArchiveReader(read_zip_directory(bytes, path), path).read();
}

bool is_torch_archive(const std::string& path) {
  const MappedFile file(path);
  return !root_of(read_zip_directory(file.bytes(), path)).empty();
}

void refuse_old_torch_file(std::span<const std::byte> bytes, const std::string& path) {
  using namespace std::string_view_literals;
  // The pickled number 0x1950a86a20f9469cfc6c.
  constexpr std::string_view kOldStart =
      "\x80\x02\x8a\n\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."sv;
  if (!text_in(bytes).starts_with(kOldStart)) return;
  throw Error(ErrorKind::kUnsupported,
              concat(path,
                     ": expected PyTorch's zip format, got that of versions before 1.6, which is "
                     "not read; save it again with a newer one: torch.save(tensor, path)"));
}

}  // namespace dem
