// Prints what is in files of pickled arrays as JSON: {FILE: [{name, type, shape, values}, ...]}, or
// {FILE: "message"} where one is refused.
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "dem/base/error.h"
#include "io/convert.h"
#include "io/pickled_file.h"

namespace {

using Json = nlohmann::ordered_json;

Json values_of(dem::PickledFile& file, const dem::ArrayInfo& info) {
  if (info.type == dem::ElementType::kText) return file.read_strings(info);
  if (info.type == dem::ElementType::kOther) return nullptr;
  std::vector<std::byte> storage;
  const auto bytes = file.plain_numbers(info, storage);
  Json values = Json::array();
  for (std::size_t i = 0; i < bytes.size(); i += dem::element_size(info.type)) {
    values.push_back(dem::element_to_double(info.type, bytes.data() + i, false));
  }
  return values;
}

Json arrays_of(const std::string& path) {
  const auto opened = dem::ArrayFile::open(path);
  auto& file = dynamic_cast<dem::PickledFile&>(*opened);
  Json arrays = Json::array();
  for (const dem::ArrayInfo& info : file.arrays()) {
    arrays.push_back({{"name", info.name},
                      {"type", dem::to_string(info.type)},
                      {"shape", info.shape},
                      {"values", values_of(file, info)}});
  }
  return arrays;
}

}  // namespace

int main(int argc, char** argv) {
  Json files = Json::object();
  for (int i = 1; i < argc; ++i) {
    try {
      files[std::filesystem::path(argv[i]).filename().string()] = arrays_of(argv[i]);
    } catch (const dem::Error& error) {
      files[std::filesystem::path(argv[i]).filename().string()] = error.what();
    }
  }
  std::cout << files << "\n";
  return 0;
}
