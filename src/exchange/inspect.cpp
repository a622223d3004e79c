#include "dem/exchange/inspect.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "exchange/graph_file.h"
#include "exchange/mindspore/checkpoint_reader.h"
#include "io/csv_file.h"
#include "io/safetensors.h"

namespace dem {
namespace {

std::string fingerprint_of(std::span<const std::byte> bytes) {
  Fingerprint fingerprint;
  fingerprint.add(bytes.data(), bytes.size());
  return fingerprint.hex();
}

void describe_checkpoint(std::span<const std::byte> bytes, FileReport& report) {
  CheckpointContent content = read_checkpoint(bytes, report.path);
  report.format = "MindSpore checkpoint";
  for (CheckpointEntry& entry : content.entries) report.arrays.push_back(std::move(entry.info));
  if (content.has_crc) report.metadata.emplace_back("crc32", "right");
}

void describe_arrays(FileReport& report) {
  const std::unique_ptr<ArrayFile> file = ArrayFile::open(report.path);
  report.format = to_string(file->format());
  report.arrays = file->arrays();
  if (const auto* tensors = dynamic_cast<const SafetensorsFile*>(file.get())) {
    report.metadata = tensors->metadata();
  } else if (const auto* text = dynamic_cast<const CsvFile*>(file.get())) {
    report.metadata = text->in_words();
  }
}

bool looks_like_json(std::span<const std::byte> bytes) {
  // A safetensors file may begin so, too: then zero bytes follow, the length of its header.
  return bytes.size() >= 8 && bytes[0] == std::byte{'{'} && bytes[7] != std::byte{0};
}

// summary.json and log.jsonl: the fields of the only object, or of the last line.
void describe_json(std::string_view text, FileReport& report) {
  using Json = nlohmann::ordered_json;
  Json fields = Json::parse(text, nullptr, false);
  report.format = "JSON";
  if (fields.is_discarded()) {
    report.format = "JSON lines";
    const auto end = text.find_last_not_of('\n');
    const auto lines = std::count(text.begin(), text.begin() + static_cast<Index>(end), '\n') + 1;
    report.metadata.emplace_back("lines", std::to_string(lines));
    const auto start = text.rfind('\n', end) + 1;  // 0 where there is none
    fields = Json::parse(text.substr(start, end + 1 - start), nullptr, false);
  }
  if (!fields.is_object()) {
    throw Error(ErrorKind::kFormat,
                concat(report.path, ": expected JSON or lines of JSON, got broken text"));
  }
  for (const auto& [key, value] : fields.items()) {
    report.metadata.emplace_back(key,
                                 value.is_string()       ? value.get<std::string>()
                                 : value.is_structured() ? value.type_name()
                                                         : value.dump());
  }
}

// Rows of cells as text, each column as wide as its widest cell.
std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += "  " + row[i] + std::string(widths[i] - row[i].size(), ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

// One line that a person can take in.
std::string shortened(std::string text) {
  constexpr std::size_t kLongest = 100;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() <= kLongest) return text;
  std::size_t length = kLongest;
  while ((text[length] & 0xc0) == 0x80) --length;  // not within a character of several bytes
  return concat(text.substr(0, length), "... (", text.size(), " bytes)");
}

}  // namespace

std::string FileReport::to_json() const {
  nlohmann::ordered_json json;
  json["path"] = path;
  json["format"] = format;
  json["bytes"] = bytes;
  json["fingerprint"] = fingerprint;
  json["arrays"] = nlohmann::ordered_json::array();
  for (const ArrayInfo& info : arrays) {
    nlohmann::ordered_json array{
        {"name", info.name}, {"type", dem::to_string(info.type)}, {"shape", info.shape}};
    if (!info.note.empty()) array["note"] = info.note;
    json["arrays"].push_back(std::move(array));
  }
  json["metadata"] = nlohmann::ordered_json::object();
  for (const auto& [key, value] : metadata) json["metadata"][key] = value;
  // Names in MATLAB files and checkpoints may be any bytes.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string FileReport::to_string() const {
  std::string text = path + "\n";
  text += aligned({{"format", format},
                   {"bytes", std::to_string(bytes)},
                   {"fingerprint", fingerprint},
                   {"arrays", std::to_string(arrays.size())}});
  std::vector<std::vector<std::string>> rows;
  for (const ArrayInfo& info : arrays) {
    rows.push_back({info.name,
                    std::string(dem::to_string(info.type)),
                    concat("[", join(info.shape), "]"),
                    info.note});
  }
  if (!rows.empty()) text += "\n" + aligned(rows);
  rows.clear();
  for (const auto& [key, value] : metadata) rows.push_back({key, shortened(value)});
  if (!rows.empty()) text += "\n" + aligned(rows);
  return text;
}

FileReport inspect_file(const std::string& path) {
  const MappedFile file(path);
  FileReport report;
  report.path = path;
  report.bytes = file.bytes().size();
  report.fingerprint = fingerprint_of(file.bytes());
  if (looks_like_checkpoint(file.bytes())) {
    describe_checkpoint(file.bytes(), report);
  } else if (looks_like_json(file.bytes())) {
    describe_json({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()},
                  report);
  } else if (const GraphFormat format = graph_format_of(file.bytes(), path);
             format != GraphFormat::kNone) {
    describe_graph_file(file.bytes(), format, report);
  } else {
    describe_arrays(report);
  }
  return report;
}

}  // namespace dem
