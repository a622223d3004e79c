// Animals with Attributes (Lampert et al., 2009) and AwA2 (Xian et al., 2018) as published:
// classes.txt, predicates.txt, predicate-matrix-*.txt, testclasses.txt and, for AwA2, features in
// Features/NETWORK/*-features.txt beside *-labels.txt and *-filenames.txt.
#include <algorithm>

#include "base/file_pattern.h"
#include "base/text.h"
#include "data/array_access.h"
#include "data/folders.h"
#include "data/numbered_lines.h"
#include "dem/base/error.h"
#include "dem/data/class_file.h"
#include "imports/import_kinds.h"
#include "imports/published_set.h"

namespace dem {
namespace {

constexpr std::string_view kFeaturesEnding = "-features.txt";
constexpr std::string_view kContinuous = "/predicate-matrix-continuous.txt";
constexpr std::string_view kBinary = "/predicate-matrix-binary.txt";

// ".../AwA2" of the features file ".../AwA2-features.txt" that is asked for, else of the only such
// file; empty where there is none.
std::string published_stem(const std::string& source, const DatasetOptions& data) {
  const std::string& asked = data.features_file;
  const auto stem_of = [](const std::string& path) {
    return path.substr(0, path.size() - kFeaturesEnding.size());
  };
  if (asked.ends_with(kFeaturesEnding) && file_exists(stem_of(asked) + "-labels.txt")) {
    return stem_of(asked);
  }
  const std::vector<std::string> found =
      files_matching(concat(pattern_of(source), "/Features/*/*", kFeaturesEnding));
  if (found.size() > 1 && (asked.empty() || data.labels_file.empty())) {
    throw Error(
        ErrorKind::kInvalidArgument,
        concat(source, ": several files of features (", join(found), "): choose a features file"));
  }
  return found.size() == 1 ? stem_of(found[0]) : "";
}

std::vector<Index> read_label_numbers(const std::string& path) {
  const auto file = ArrayFile::open(path);
  return read_checked_integers(only_array(*file));
}

void add_images(const std::string& stem, DatasetOptions& data, PublishedSet& set) {
  if (data.features_file.empty()) data.features_file = concat(stem, kFeaturesEnding);
  if (!data.labels_file.empty()) return;
  const std::string labels = stem + "-labels.txt", names = stem + "-filenames.txt";
  set.labels = published_labels(labels, read_label_numbers(labels), set.classes.size());
  if (!file_exists(names)) return;
  set.samples = read_lines(names);
  require_line_an_image(names, set.samples.size(), labels, set.labels.size());
}

void require_images(const std::string& source, const DatasetOptions& data) {
  if (!data.features_file.empty() && !data.labels_file.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat(source,
                     ": expected Features/NETWORK/*",
                     kFeaturesEnding,
                     ", or a features file and a labels file, got neither"));
}

// The 0 / 1 matrix is another space, "binary".
void add_binary(const ImportOptions& options,
                const PublishedSet& set,
                const std::string& scratch,
                DatasetOptions& data) {
  const std::string path = concat(options.source, kBinary);
  const auto is_binary = [](const SpaceSource& space) { return space.name == "binary"; };
  if (!file_exists(path) ||
      std::any_of(data.more_spaces.begin(), data.more_spaces.end(), is_binary)) {
    return;
  }
  const ClassRows rows =
      published_attributes(path, set.attributes.dimension_names, set.classes.size());
  const std::string file = scratch + "/space_binary.csv";
  write_class_rows(file, set.classes, rows.values, rows.dimension_names);
  data.more_spaces.push_back({"binary", file});
}

bool fits_awa(const std::string& source) {
  return file_exists(source + "/predicates.txt") && file_exists(source + "/classes.txt") &&
         file_exists(concat(source, kContinuous));
}

Translated translate_awa(const ImportOptions& options, const std::string& scratch) {
  const std::string& source = options.source;
  const std::string classes = source + "/classes.txt";
  PublishedSet set;
  set.classes = read_numbered_lines(classes);
  set.attributes = published_attributes(concat(source, kContinuous),
                                        read_numbered_lines(source + "/predicates.txt"),
                                        set.classes.size());
  set.unseen = published_unseen(source + "/testclasses.txt", set.classes, classes);
  ImportOptions with_images = options;
  const std::string stem = published_stem(source, options.data);
  if (stem.empty()) {
    require_images(source, options.data);
  } else {
    add_images(stem, with_images.data, set);
  }
  DatasetOptions data = in_table_files(set, with_images, scratch);
  if (options.data.classes_file.empty()) add_binary(options, set, scratch, data);
  return {std::move(data)};
}

}  // namespace

ImportEntry awa_kind() {
  return {{"awa",
           "Animals with Attributes or AwA2 as published, with classes.txt, predicates.txt and "
           "predicate-matrix-continuous.txt"},
          fits_awa,
          translate_awa};
}

}  // namespace dem
