// The zip archives that torch.save writes: ROOT/data.pkl, ROOT/data/KEY for each storage,
// ROOT/version and others.
#pragma once

#include <span>
#include <string>

#include "io/pickled_array.h"

namespace dem {

struct TorchArchive {
  std::span<const std::byte> pickle;
  TensorStorages storages;
};

// Throws Error{kFormat} for a broken archive, Error{kUnsupported} for a TorchScript program and for
// compressed entries, which torch.save does not write. The pickle's checksum is verified, those of
// storages are not.
[[nodiscard]] TorchArchive read_torch_archive(std::span<const std::byte> bytes,
                                              const std::string& path);

// Whether a zip archive has an entry ROOT/data.pkl. Throws as read_zip_directory does.
[[nodiscard]] bool is_torch_archive(const std::string& path);

// Throws Error{kUnsupported} where a pickle is the first of a PyTorch file from before version 1.6.
void refuse_old_torch_file(std::span<const std::byte> bytes, const std::string& path);

}  // namespace dem
