#include <string_view>

#include "base/mapped_file.h"
#include "io/formats.h"
#include "io/mat_formats.h"

namespace dem {

std::unique_ptr<ArrayFile> open_mat(const std::string& path) {
  auto file = std::make_unique<MappedFile>(path);
  const auto bytes = file->bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  // The mark of byte order that ends the header of v5; v4 has no header.
  const bool is_v5 =
      text.size() >= 128 && (text.substr(126, 2) == "IM" || text.substr(126, 2) == "MI");
  return is_v5 ? open_mat5(std::move(file)) : open_mat4(std::move(file));
}

}  // namespace dem
