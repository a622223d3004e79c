#include "doctor/mended_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/at.h"
#include "base/atomic_file.h"
#include "base/csv_cell.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "data/fill_descriptions.h"
#include "data/missing_entries.h"
#include "dem/base/error.h"

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

}  // namespace

void copy_files(const std::string& from,
                const std::string& to,
                const std::vector<std::string>& but) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file()) continue;
    if (std::find(but.begin(), but.end(), name) != but.end()) continue;
    std::error_code error;
    fs::copy_file(entry.path(), fs::path(to) / name, error);
    if (error) {
      throw Error(ErrorKind::kIo,
                  concat(to, "/", name, ": cannot be copied from ", from, ": ", error.message()));
    }
  }
}

Matrix<float> filled(const Specimen& specimen, const DescriptionTable& table) {
  Dataset holder;
  holder.name = specimen.options.name;
  const MissingEntries entries = missing_entries_of(table.values);
  const bool in_doubt = entries.two_valued || entries.column_of_marks >= 0;
  holder.missing_descriptions = in_doubt ? MissingDescriptions::kNan : MissingDescriptions::kMean;
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

void write_mended_table(const Specimen& specimen, const std::string& folder) {
  const auto attributes = std::find_if(
      specimen.tables.begin(), specimen.tables.end(), [](const DescriptionTable& table) {
        return table.space == "attribute";
      });
  if (attributes == specimen.tables.end()) {
    copy_files(specimen.folder, folder, {});
    return;
  }
  copy_files(specimen.folder, folder, {"classes.csv"});
  write_file_atomically(folder + "/classes.csv", classes_text(specimen, *attributes));
}

}  // namespace dem
