#include "data/table_features.h"

#include <unordered_set>

#include "base/at.h"
#include "base/text.h"
#include "data/named_array.h"
#include "data/shard_files.h"
#include "dem/base/error.h"
#include "io/csv_structure.h"

namespace dem {
namespace {

constexpr std::string_view kFeatureArrays[] = {
    "features", "X", "x", "embeddings", "image_features"};

// Axis of the samples where there are to be `rows` of them.
int axis_of_samples(const ArrayRef& array, Index rows) {
  if (!may_have_columns(*array.file)) return 0;
  if (const auto axis = axis_of_length(array, rows)) return *axis;
  throw Error(ErrorKind::kShapeMismatch,
              concat(array.where(),
                     ": ",
                     rows,
                     " samples and as many features: cannot tell which axis is which; expected "
                     "samples in the rows of a .npy, .npz, .csv or .safetensors file"));
}

void add_samples(ArrayFile& file, const FeaturePart& part, std::vector<std::string>& samples) {
  auto names = strings_named(file, sample_array_names());
  if (!names) return;
  if (static_cast<Index>(names->second.size()) != part.rows) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(file.path(),
                       ": variable ",
                       names->first,
                       ": expected a name a sample (",
                       part.rows,
                       "), got ",
                       names->second.size()));
  }
  samples.insert(samples.end(), names->second.begin(), names->second.end());
}

// Names over rows of labels that have none may be anything, classes say.
bool are_distinct(std::span<const std::string> samples) {
  return std::unordered_set<std::string_view>(samples.begin(), samples.end()).size() ==
         samples.size();
}

// A column of numbers that is none of features: names of samples, which are read as text, or the
// labels themselves.
void refuse_other_columns(const ArrayFile& file, const std::vector<std::string>& headings) {
  for (const std::string& heading : headings) {
    if (!is_sample_heading(heading) && !is_label_heading(heading)) continue;
    throw Error(ErrorKind::kFormat,
                concat(file.path(),
                       ": expected features alone, got a column of numbers under the heading ",
                       shown(heading),
                       is_sample_heading(heading)
                           ? " (names of samples: make it the first column and head it \"name\")"
                           : " (labels have a file of their own)"));
  }
}

void require_distinct_samples(const TableFeatures& features) {
  std::unordered_set<std::string_view> known;
  for (const std::string& sample : features.samples) {
    if (known.insert(sample).second) continue;
    throw Error(
        ErrorKind::kFormat,
        concat(features.where(), ": expected each sample once, got ", shown(sample), " twice"));
  }
}

void require_rows(const TableFeatures& features, Index rows, const TableLabels& labels) {
  const auto expected = static_cast<Index>(labels.classes.size());
  const bool by_name = !features.samples.empty() && !labels.samples.empty();
  if (by_name || rows == expected) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat(features.where(),
                     ": expected ",
                     expected,
                     " rows, a row a label of ",
                     labels.path,
                     ", got ",
                     rows));
}

void require_all_named(const TableFeatures& features, Index rows) {
  if (features.samples.empty() || static_cast<Index>(features.samples.size()) == rows) return;
  throw Error(ErrorKind::kFormat,
              concat(features.where(),
                     ": expected names of samples in every file or in none, got ",
                     features.samples.size(),
                     " for ",
                     rows,
                     " samples"));
}

}  // namespace

std::string TableFeatures::where() const {
  const std::string& first = files.front()->path();
  return files.size() == 1 ? first : concat(first, " and ", files.size() - 1, " more");
}

TableFeatures open_table_features(const std::vector<std::string>& paths,
                                  const TableLabels& labels) {
  TableFeatures features;
  Index rows = 0;
  std::vector<std::string> first_headings;
  const auto expected = static_cast<Index>(labels.classes.size());
  const bool is_whole = paths.size() == 1;
  const bool by_position = labels.samples.empty();
  for (const std::string& path : paths) {
    ArrayFile& file = *features.files.emplace_back(ArrayFile::open(path));
    const ArrayRef array = named_or_only(file, kFeatureArrays);
    const int axis = is_whole ? axis_of_samples(array, expected) : 0;
    const std::string why = is_whole ? concat("a row a label of ", labels.path)
                                     : concat("columns as ", features.files.front()->path());
    const Extents extents =
        checked_extents(array, axis, {is_whole && by_position ? expected : 0, features.dim}, why);
    const std::vector<std::string> headings = headings_of(file);
    refuse_other_columns(file, headings);
    if (features.files.size() == 1) first_headings = headings;
    require_same_headings(features.files.front()->path(), first_headings, path, headings);
    const FeaturePart part{array, axis, extents.rows};
    add_samples(file, part, features.samples);
    features.parts.push_back(part);
    features.dim = extents.cols;
    rows += part.rows;
  }
  require_all_named(features, rows);
  if (by_position && !are_distinct(features.samples)) features.samples.clear();
  require_distinct_samples(features);
  require_rows(features, rows, labels);
  return features;
}

}  // namespace dem
