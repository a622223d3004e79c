#include "imports/published_set.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/at.h"
#include "base/atomic_file.h"
#include "base/text.h"
#include "data/folders.h"
#include "data/name_match.h"
#include "dem/base/error.h"
#include "dem/data/class_file.h"
#include "dem/data/labelled_images.h"
#include "imports/table_writer.h"

namespace dem {
namespace {

// Classes of which no image may be trained on are unseen, too.
Split split_of(const PublishedSet& set) {
  const auto is_tested = [&](std::size_t row) { return !set.tested.empty() && set.tested[row]; };
  std::vector<bool> seen(set.classes.size());
  for (std::size_t row = 0; row < set.labels.size(); ++row) {
    const std::size_t label = at(set.labels[row]);
    if (!is_tested(row) && (set.unseen.empty() || !set.unseen[label])) seen[label] = true;
  }
  Split split;
  for (std::size_t row = 0; row < set.labels.size(); ++row) {
    auto& part = !seen[at(set.labels[row])] ? split.test_unseen
                 : is_tested(row)           ? split.test_seen
                                            : split.trainval;
    part.push_back(static_cast<Index>(row));
  }
  return split;
}

void write_class_split(const PublishedSet& set, const std::string& path) {
  std::vector<std::string> seen, unseen;
  for (std::size_t c = 0; c < set.classes.size(); ++c) {
    (set.unseen[c] ? unseen : seen).push_back(set.classes[c]);
  }
  write_file_atomically(path, nlohmann::json{{"seen", seen}, {"unseen", unseen}}.dump());
}

// The path of the split; empty where the authors have none.
std::string write_published_split(const PublishedSet& set, const std::string& folder) {
  if (set.unseen.empty() && set.tested.empty()) return "";
  std::string path = folder + "/split.json";
  if (set.labels.empty()) {  // images of a labels file that was asked for
    write_class_split(set, path);
    return path;
  }
  write_split(path, split_of(set), {set.classes, set.labels, set.samples, {}}, "{}");
  return path;
}

}  // namespace

ClassRows published_attributes(const std::string& path,
                               std::vector<std::string> attribute_names,
                               std::size_t num_classes) {
  ClassRows rows = read_class_rows(path, MissingDescriptions::kKeep);
  const bool named = !attribute_names.empty();
  if (rows.values.rows() != static_cast<Index>(num_classes) ||
      (named && rows.values.cols() != std::ssize(attribute_names))) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(path,
                       ": expected ",
                       num_classes,
                       " classes of ",
                       named ? concat(attribute_names.size()) : "any number of",
                       " attributes, got ",
                       rows.values.rows(),
                       " of ",
                       rows.values.cols()));
  }
  rows.dimension_names = std::move(attribute_names);
  return rows;
}

std::vector<ClassId> published_labels(const std::string& path,
                                      const std::vector<Index>& numbers,
                                      std::size_t num_classes) {
  std::vector<ClassId> labels;
  for (const Index number : numbers) {
    if (number < 1 || number > static_cast<Index>(num_classes)) {
      throw Error(ErrorKind::kFormat,
                  concat(path,
                         ": entry ",
                         labels.size() + 1,
                         ": expected a class from 1 to ",
                         num_classes,
                         ", got ",
                         number));
    }
    labels.push_back(static_cast<ClassId>(number - 1));
  }
  return labels;
}

void require_line_an_image(const std::string& path,
                           std::size_t length,
                           const std::string& images_path,
                           std::size_t images) {
  if (length == images) return;
  throw Error(
      ErrorKind::kShapeMismatch,
      concat(path, ": expected a line an image of ", images_path, " (", images, "), got ", length));
}

std::vector<bool> published_unseen(const std::string& path,
                                   const std::vector<std::string>& classes,
                                   const std::string& classes_path) {
  if (!file_exists(path)) return {};
  const std::vector<std::string> listed = read_name_list(path);
  std::vector<bool> unseen(classes.size());
  const NameFinder finder(classes);
  for (const std::string& name : listed) {
    const auto found = finder.find(name);
    if (!found || found->count > 1) {
      throw Error(
          ErrorKind::kFormat,
          concat(path, ": expected classes of ", classes_path, ", got ", first_few({&name, 1})));
    }
    unseen[at(found->place)] = true;
  }
  return unseen;
}

DatasetOptions in_table_files(const PublishedSet& set,
                              const ImportOptions& options,
                              const std::string& folder) {
  DatasetOptions data = options.data;
  data.name = folder_name(options.source);
  data.layout = "table";
  const std::string split = write_published_split(set, folder);
  if (data.split_file.empty()) data.split_file = split;
  if (data.classes_file.empty()) {
    data.classes_file = folder + "/classes.csv";
    write_class_rows(
        data.classes_file, set.classes, set.attributes.values, set.attributes.dimension_names);
  }
  if (data.labels_file.empty()) {
    data.labels_file = folder + "/labels.csv";
    write_labels(data.labels_file, set.classes, set.labels, set.samples);
  }
  return data;
}

}  // namespace dem
