#include "imports/table_writer.h"

#include <algorithm>
#include <set>

#include "base/at.h"
#include "base/csv_cell.h"
#include "base/text.h"
#include "data/table_labels.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/data/class_file.h"
#include "dem/data/labelled_images.h"
#include "io/npy_writer.h"

namespace dem {
namespace {

std::string npy_header(const std::string& path, Index rows, Index cols) {
  const Index shape[] = {rows, cols};
  return npy_preamble(ElementType::kFloat32, shape, path);
}

// Headings must tell columns apart.
std::vector<std::string> usable_names(const Dataset& dataset, std::size_t space) {
  const auto& all = dataset.classes.dimension_names;
  if (space >= all.size()) return {};
  const std::vector<std::string>& names = all[space];
  const std::set<std::string> distinct(names.begin(), names.end());
  if (distinct.size() == names.size() && !distinct.contains("")) return names;
  log(LogLevel::kWarning,
      concat(dataset.name,
             ": names of the dimensions of ",
             dataset.classes.spaces[space],
             " are empty or there twice, and left out"));
  return {};
}

void write_spaces(const Dataset& dataset, const std::string& folder) {
  const ClassTable& classes = dataset.classes;
  bool has_attributes = false;
  for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
    const bool is_attribute = classes.spaces[i] == "attribute";
    has_attributes = has_attributes || is_attribute;
    const std::string file =
        is_attribute ? "classes.csv" : concat("space_", classes.spaces[i], ".csv");
    write_class_rows(
        concat(folder, "/", file), classes.names, classes.embeddings[i], usable_names(dataset, i));
  }
  if (has_attributes) return;
  const Matrix<float> none(classes.size(), 0);
  write_class_rows(folder + "/classes.csv", classes.names, none);
}

bool are_all_trained_on(const Dataset& dataset) {
  const Split& split = dataset.split;
  return static_cast<Index>(split.trainval.size()) == dataset.num_rows() && split.train.empty() &&
         split.val.empty();
}

// A heading over classes that no class is called, or it would be read as one.
std::string label_heading(const std::vector<std::string>& classes) {
  for (const std::string_view heading : label_headings()) {
    const auto is_heading = [&](const std::string& name) {
      return equal_ignoring_case(name, heading);
    };
    if (std::none_of(classes.begin(), classes.end(), is_heading)) return std::string(heading);
  }
  throw Error(ErrorKind::kUnsupported,
              concat("classes: expected that one of these names no class: ",
                     join(label_headings()),
                     ", got all of them"));
}

}  // namespace

void write_labels(const std::string& path,
                  const std::vector<std::string>& classes,
                  const std::vector<ClassId>& labels,
                  const std::vector<std::string>& samples) {
  AtomicFile file(path);
  std::string line = (samples.empty() ? "" : "id,") + label_heading(classes) + '\n';
  file.write(std::string_view(line));
  for (std::size_t row = 0; row < labels.size(); ++row) {
    line = samples.empty() ? "" : csv_cell(samples[row]) + ',';
    line += csv_cell(classes[at(labels[row])]);
    line.push_back('\n');
    file.write(std::string_view(line));
  }
  file.commit();
}

NpyRows::NpyRows(const std::string& path, Index rows, Index cols) : file_(path) {
  file_.write(std::string_view(npy_header(path, rows, cols)));
}

void write_table_files(const Dataset& dataset,
                       const std::string& folder,
                       const std::string& about) {
  write_labels(folder + "/labels.csv", dataset.classes.names, dataset.labels, dataset.samples);
  write_spaces(dataset, folder);
  if (are_all_trained_on(dataset)) return;
  write_split(folder + "/split.json",
              dataset.split,
              {dataset.classes.names, dataset.labels, dataset.samples, {}},
              about);
}

}  // namespace dem
