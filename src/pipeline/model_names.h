// The files of a model folder that hold its model.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

namespace dem {

inline constexpr const char* kModelFiles[] = {"model.safetensors", "train.ckpt"};  // best first

// Whether a folder has one of them.
[[nodiscard]] inline bool has_model(const std::string& folder) {
  return std::any_of(std::begin(kModelFiles), std::end(kModelFiles), [&](const char* name) {
    std::error_code none;
    return std::filesystem::is_regular_file(std::filesystem::path(folder) / name, none);
  });
}

}  // namespace dem
