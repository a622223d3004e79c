#include "pipeline/model_beside.h"

#include <algorithm>
#include <filesystem>

#include "dem/base/error.h"
#include "dem/exchange/model_file.h"

namespace dem {

std::optional<Model> model_beside(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path file = fs::path(path).parent_path() / "model.safetensors";
  std::error_code none;
  if (!fs::is_regular_file(file, none)) return std::nullopt;
  try {
    return load_model(file.string());
  } catch (const Error&) {
    return std::nullopt;  // it was not asked for; the weights may do without it
  }
}

bool same_weights(const Network& a, const Network& b) {
  return std::ranges::equal(a.parameters(), b.parameters());
}

}  // namespace dem
