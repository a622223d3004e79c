// Splits as files, in the forms that read_table_split takes.
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unordered_set>

#include "base/at.h"
#include "base/atomic_file.h"
#include "base/csv_cell.h"
#include "base/text.h"
#include "data/split_parts.h"
#include "dem/base/error.h"
#include "dem/data/labelled_images.h"

namespace dem {
namespace {

// In the order of kRowParts, a row in one of them; of trainval what is in no list within it.
std::array<std::vector<Index>, kRowParts.size()> parts_of(const Split& split) {
  std::unordered_set<Index> listed(split.train.begin(), split.train.end());
  listed.insert(split.val.begin(), split.val.end());
  std::vector<Index> others = split.trainval;
  std::erase_if(others, [&](Index row) { return listed.contains(row); });
  return {std::move(others), split.train, split.val, split.test_seen, split.test_unseen};
}

std::string json_text(const Split& split, const LabelledImages& images, const std::string& about) {
  nlohmann::ordered_json json;
  json["about"] = nlohmann::ordered_json::parse(about);
  const auto parts = parts_of(split);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    auto list = nlohmann::ordered_json::array();
    for (const Index row : parts[i]) {
      if (images.samples.empty()) {
        list.push_back(row);
      } else {
        list.push_back(images.samples[at(row)]);
      }
    }
    json[std::string(kRowParts[i])] = std::move(list);
  }
  return json.dump() + '\n';
}

std::string rows_text(const Split& split, const LabelledImages& images) {
  std::vector<std::string_view> names(images.labels.size());
  const auto parts = parts_of(split);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const Index row : parts[i]) names[at(row)] = kRowParts[i];
  }
  const bool has_samples = !images.samples.empty();
  std::string text = has_samples ? "id,part\n" : "part\n";
  for (std::size_t row = 0; row < names.size(); ++row) {
    if (names[row].empty() && !has_samples) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat("row ",
                         row,
                         " (counted from 0) is in no part, which text without names "
                         "cannot say: write a file that ends in .json"));
    }
    if (names[row].empty()) continue;
    if (has_samples) text.append(csv_cell(images.samples[row])).push_back(',');
    text.append(names[row]).push_back('\n');
  }
  return text;
}

}  // namespace

void write_split(const std::string& path,
                 const Split& split,
                 const LabelledImages& images,
                 const std::string& about) {
  const std::string ending = std::filesystem::path(path).extension().string();
  std::string text;
  if (equal_ignoring_case(ending, ".json")) {
    text = json_text(split, images, about);
  } else if (equal_ignoring_case(ending, ".csv")) {
    text = rows_text(split, images);
  } else {
    throw Error(ErrorKind::kInvalidArgument,
                concat(path, ": expected a name that ends in .json or .csv"));
  }
  AtomicFile file(path);
  file.write(std::string_view(text));
  file.commit();
}

}  // namespace dem
