#include "doctor/mended_files.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

#include "base/at.h"
#include "base/atomic_file.h"
#include "base/csv_cell.h"
#include "base/positioned_file.h"
#include "base/shortest_text.h"
#include "data/fill_descriptions.h"
#include "data/missing_entries.h"
#include "data/table_files.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

std::string classes_text(const Specimen& specimen, const DescriptionTable& table) {
  const Matrix<float> values = filled(specimen, table);
  std::string text;
  if (!table.dimensions.empty()) {
    text += "name";
    for (const std::string& heading : table.dimensions) text += ',' + csv_cell(heading);
    text += '\n';
  }
  for (Index c = 0; c < values.rows(); ++c) {
    text += csv_cell(specimen.class_names[at(c)]);
    for (const float value : values.row(c)) {
      text += ',';
      append_shortest(value, text);
    }
    text += '\n';
  }
  return text;
}

void copy_file(const std::string& from, const std::string& to, const ShouldStop& should_stop) {
  constexpr std::size_t kBlock = std::size_t{4} << 20U;
  const PositionedFile source(from);
  AtomicFile target(to);
  std::vector<std::byte> block(std::min(kBlock, source.size()));
  for (std::size_t at = 0; at < source.size(); at += block.size()) {
    stop_if_asked(should_stop);
    const auto part = std::span(block).first(std::min(block.size(), source.size() - at));
    source.read(at, part);
    target.write(part.data(), part.size());
  }
  target.commit();
}

}  // namespace

void copy_files(const Specimen& specimen,
                const std::string& to,
                const std::vector<std::string>& but,
                MendReport& report) {
  for (const auto& entry : fs::directory_iterator(specimen.folder)) {
    const std::string name = entry.path().filename().string();
    if (std::find(but.begin(), but.end(), name) != but.end()) continue;
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) {
      copy_file(entry.path().string(), (fs::path(to) / name).string(), specimen.should_stop);
    } else {
      report.left_out.push_back(entry.is_directory(ignored) ? name + "/" : name);
    }
  }
  std::sort(report.left_out.begin(), report.left_out.end());
}

Matrix<float> filled(const Specimen& specimen, const DescriptionTable& table) {
  Dataset holder;
  holder.name = specimen.options.name;
  const MissingEntries entries = missing_entries_of(table.values);
  holder.missing_descriptions =
      entries.marks_in_doubt() ? MissingDescriptions::kNan : MissingDescriptions::kMean;
  holder.classes.names = specimen.class_names;
  holder.classes.spaces = {table.space};
  holder.classes.embeddings.push_back(table.values.clone());
  const DescriptionSource source{table.where};
  fill_descriptions(holder, std::span(&source, 1));
  Matrix<float>& values = holder.classes.embeddings[0];
  for (Index c = 0; c < values.rows(); ++c) {
    if (is_zero_row(table.values.row(c))) std::fill_n(values.row(c).begin(), values.cols(), 0.0F);
  }
  return std::move(values);
}

void write_mended_table(const Specimen& specimen, const std::string& folder, MendReport& report) {
  const auto attributes = std::find_if(
      specimen.tables.begin(), specimen.tables.end(), [](const DescriptionTable& table) {
        return table.space == "attribute";
      });
  if (attributes == specimen.tables.end()) {
    copy_files(specimen, folder, {}, report);
    return;
  }
  const std::string classes = table_files(specimen.options, specimen.folder).classes;
  copy_files(specimen, folder, {fs::path(classes).filename().string()}, report);
  write_file_atomically(folder + "/classes.csv", classes_text(specimen, *attributes));
}

}  // namespace dem
