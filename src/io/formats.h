// One factory a file format; ArrayFile::open picks by content.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "dem/io/array_file.h"

namespace dem {

// Each throws Error{kIo} where the file cannot be read and Error{kFormat} where its directory is
// broken.
[[nodiscard]] std::unique_ptr<ArrayFile> open_mat(const std::string& path);   // MAT v4 and v5
[[nodiscard]] std::unique_ptr<ArrayFile> open_hdf5(const std::string& path);  // HDF5 and MAT v7.3
[[nodiscard]] std::unique_ptr<ArrayFile> open_npy(const std::string& path);
[[nodiscard]] std::unique_ptr<ArrayFile> open_npz(const std::string& path);
[[nodiscard]] std::unique_ptr<ArrayFile> open_csv(const std::string& path);
[[nodiscard]] std::unique_ptr<ArrayFile> open_safetensors(const std::string& path);
[[nodiscard]] std::unique_ptr<ArrayFile> open_torch(const std::string& path);  // zip format
[[nodiscard]] std::unique_ptr<ArrayFile> open_pickle(const std::string& path);

// Whether a file of that name is read as text unless its content is of another format: .csv, .tsv,
// .txt, .vec in any case. The file need not be there.
[[nodiscard]] bool has_text_ending(std::string_view path);

// Whether ArrayFile::open would take the file for CSV. Throws Error{kIo}.
[[nodiscard]] bool is_csv_file(const std::string& path);

}  // namespace dem
