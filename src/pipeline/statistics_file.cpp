#include <cmath>
#include <limits>
#include <set>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/version.h"
#include "dem/pipeline/statistics.h"
#include "exchange/file_metadata.h"
#include "exchange/model_json.h"
#include "exchange/named_tensors.h"
#include "io/safetensors.h"
#include "pipeline/fold_tensors.h"
#include "pipeline/statistics_tensors.h"

namespace dem {
namespace {

constexpr FileKind kStatisticsFormat{"dem statistics", 2};

std::string class_tensor(const std::string& space) {
  return concat("classes.", space);
}

void check_counts(const ClassStatistics& statistics,
                  const StatisticsReader& reader,
                  Index num_images) {
  // Sums of two such numbers are far from the end of the integers, and exact in double precision.
  constexpr Index kMostImages = Index{1} << 52;
  if (num_images < 1 || num_images > kMostImages) {
    reader.fail("counts", concat("expected images from 1 to ", kMostImages, ", got ", num_images));
  }
  Index left = num_images;
  for (const Index count : statistics.counts) {
    if (count < 0) reader.fail("counts", concat("expected at least 0, got ", count));
    if (count > left) {
      reader.fail("counts", concat("expected no more than images, ", num_images, ", got more"));
    }
    left -= count;
  }
  if (left > 0) {
    reader.fail(
        "counts",
        concat("expected counts that add up to images, ", num_images, ", got ", num_images - left));
  }
}

void check_means(const ClassStatistics& statistics, const StatisticsReader& reader) {
  for (Index c = 0; c < statistics.num_classes(); ++c) {
    const bool is_empty = statistics.counts[at(c)] == 0;
    const double most = is_empty ? 0.0 : double{std::numeric_limits<float>::max()};
    for (const double mean : statistics.means.row(c)) {
      if (std::abs(mean) <= most) continue;
      reader.fail("means",
                  concat("expected ",
                         is_empty ? "zeros for a class without images" : "numbers within float32",
                         ", got ",
                         mean,
                         " in row ",
                         c));
    }
  }
}

void check_scatter(const ClassStatistics& statistics, const StatisticsReader& reader) {
  for (std::size_t j = 0; j < statistics.scatter.size(); ++j) {
    if (statistics.scatter[j] < 0.0) {
      reader.fail("within", concat("expected at least 0, got ", statistics.scatter[j]));
    }
    if (statistics.lowest[j] > statistics.highest[j]) {
      reader.fail("lowest",
                  concat("expected at most highest ",
                         statistics.highest[j],
                         ", got ",
                         statistics.lowest[j],
                         " in feature dimension ",
                         j));
    }
  }
}

void read_tensors(StatisticsReader& reader, SavedStatistics& saved, Index num_images) {
  ClassStatistics& s = saved.statistics;
  const Index classes = saved.classes.size();
  const Index dim = reader.extent("means", 2, 1);
  s.counts.resize(at(classes));
  reader.read("counts", ElementType::kInt64, {classes}, s.counts.data());
  check_counts(s, reader, num_images);
  if (reader.extent("means", 2, 0) != classes) {
    reader.fail("means", concat("expected ", classes, " rows, a row a class"));
  }
  s.means = Matrix<double>::uninitialised(classes, dim);
  reader.read("means", ElementType::kFloat64, {classes, dim}, s.means.data());
  check_means(s, reader);
  s.scatter.resize(at(dim));
  s.lowest.resize(at(dim));
  s.highest.resize(at(dim));
  reader.read("within", ElementType::kFloat64, {dim}, s.scatter.data());
  reader.read("lowest", ElementType::kFloat32, {dim}, s.lowest.data());
  reader.read("highest", ElementType::kFloat32, {dim}, s.highest.data());
  check_scatter(s, reader);
  for (const std::string& space : saved.classes.spaces) {
    const std::string name = class_tensor(space);
    const Index width = reader.extent(name, 2, 1);
    if (reader.extent(name, 2, 0) != classes) {
      reader.fail(name, concat("expected ", classes, " rows, a row a class"));
    }
    Matrix<float> rows = Matrix<float>::uninitialised(classes, width);
    reader.read(name, ElementType::kFloat32, {classes, width}, rows.data());
    saved.classes.embeddings.push_back(std::move(rows));
  }
}

// Format 1 has one second moment of all images; format 2 has it only where such files were merged.
void read_second_moment(StatisticsReader& reader, ClassStatistics& statistics) {
  if (!reader.has("second_moment")) return;
  const Index dim = statistics.feature_dim();
  if (reader.extent("second_moment", 2, 0) != dim) {
    reader.fail("second_moment", concat("expected ", dim, " rows, as many as feature_dim"));
  }
  statistics.second_moment = Matrix<double>::uninitialised(dim, dim);
  reader.read("second_moment", ElementType::kFloat64, {dim, dim}, statistics.second_moment.data());
}

void check_table(const ClassTable& classes, const std::string& where) {
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::kFormat, concat(where, ": ", what));
  };
  const std::size_t spaces = classes.spaces.size();
  if (std::set<std::string>(classes.spaces.begin(), classes.spaces.end()).size() != spaces) {
    fail(concat("expected semantic spaces with names of their own, got ", join(classes.spaces)));
  }
  if (static_cast<Index>(classes.seen.size()) != classes.size()) {
    fail(concat("expected a flag seen for each of ",
                classes.size(),
                " classes, got ",
                classes.seen.size()));
  }
  if (classes.dimension_names.empty()) return;
  if (classes.dimension_names.size() != spaces) {
    fail(concat("expected dimension_names for each of ",
                spaces,
                " spaces, got ",
                classes.dimension_names.size()));
  }
  for (std::size_t i = 0; i < spaces; ++i) {
    const auto got = static_cast<Index>(classes.dimension_names[i].size());
    const Index width = classes.embeddings[i].cols();
    if (got == 0 || got == width) continue;
    fail(concat("expected ", width, " dimension_names of ", classes.spaces[i], ", got ", got));
  }
}

// Which attributes the descriptions are; "either" where the data have one kind alone.
const char* attributes_text(const SavedStatistics& saved) {
  if (!saved.has_original_attributes) return "either";
  return saved.original_attributes ? "original" : "normalised";
}

// Earlier files have the flag original_attributes: which kind was asked for.
void read_attributes(const FileMetadata& metadata, SavedStatistics& saved) {
  saved.has_original_attributes = true;
  if (!metadata.has("attributes")) {
    saved.original_attributes = metadata.flag("original_attributes");
    return;
  }
  const std::string& text = metadata.text("attributes");
  saved.original_attributes = text == "original";
  saved.has_original_attributes = text != "either";
  if (text == "original" || text == "normalised" || text == "either") return;
  throw Error(ErrorKind::kFormat,
              concat(metadata.where("attributes"),
                     ": expected original, normalised or either, got \"",
                     text,
                     "\""));
}

void read_missing(const FileMetadata& metadata, SavedStatistics& saved) {
  if (!metadata.has("missing_descriptions")) return;
  try {
    saved.missing_descriptions =
        missing_descriptions_from_string(metadata.text("missing_descriptions"));
  } catch (const Error& error) {
    throw Error(ErrorKind::kFormat,
                concat(metadata.where("missing_descriptions"), ": ", error.what()));
  }
  saved.num_missing = metadata.count("missing_entries");
}

void read_missing_features(const FileMetadata& metadata, SavedStatistics& saved) {
  if (!metadata.has("missing_features")) return;
  try {
    saved.missing_features = missing_features_from_string(metadata.text("missing_features"));
  } catch (const Error& error) {
    throw Error(ErrorKind::kFormat, concat(metadata.where("missing_features"), ": ", error.what()));
  }
  saved.zeroed_features = metadata.count("zeroed_features");
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> out(1);
  for (const char c : text) {
    if (c == ' ') {
      out.emplace_back();
    } else {
      out.back().push_back(c);
    }
  }
  return out;
}

}  // namespace

void save_statistics(const SavedStatistics& saved, const std::string& path) {
  const ClassStatistics& s = saved.statistics;
  const Index classes = s.num_classes();
  const Index dim = s.feature_dim();
  std::vector<RawTensor> tensors{tensor("counts", ElementType::kInt64, {classes}, s.counts),
                                 tensor("means", ElementType::kFloat64, {classes, dim}, s.means),
                                 tensor("within", ElementType::kFloat64, {dim}, s.scatter),
                                 tensor("lowest", ElementType::kFloat32, {dim}, s.lowest),
                                 tensor("highest", ElementType::kFloat32, {dim}, s.highest)};
  if (saved.folds) add_fold_tensors(*saved.folds, tensors);
  if (saved.sample.max_rows > 0) add_sample_tensors(saved.sample, tensors);
  if (!s.second_moment.empty() && !saved.folds) {
    tensors.push_back(tensor("second_moment", ElementType::kFloat64, {dim, dim}, s.second_moment));
  }
  for (std::size_t i = 0; i < saved.classes.spaces.size(); ++i) {
    const Matrix<float>& rows = saved.classes.embeddings[i];
    tensors.push_back(tensor(class_tensor(saved.classes.spaces[i]),
                             ElementType::kFloat32,
                             {rows.rows(), rows.cols()},
                             rows));
  }
  Facts facts = start_facts(kStatisticsFormat);
  facts["classes"] = class_table_to_json(saved.classes);
  facts["dataset"] = saved.dataset;
  facts["layout"] = saved.layout;
  facts["train_mode"] = saved.train_mode;
  facts["rows"] = saved.rows;
  facts["attributes"] = attributes_text(saved);
  if (saved.num_missing > 0 || saved.missing_descriptions != MissingDescriptions::kKeep) {
    facts["missing_descriptions"] = to_string(saved.missing_descriptions);
    facts["missing_entries"] = std::to_string(saved.num_missing);
  }
  if (saved.missing_features != MissingFeatures::kRefuse) {
    facts["missing_features"] = to_string(saved.missing_features);
    facts["zeroed_features"] = std::to_string(saved.zeroed_features);
  }
  facts["images"] = std::to_string(s.num_images());
  facts["feature_dim"] = std::to_string(dim);
  facts["row_scaling"] = to_string(saved.row_scaling);
  facts["data_fingerprints"] = join(saved.fingerprints, " ");
  if (saved.folds) facts["folds"] = std::to_string(saved.folds->num_folds());
  if (saved.sample.max_rows > 0) facts["sample_rows"] = std::to_string(saved.sample.max_rows);
  facts["dem_version"] = version();
  write_safetensors(path, std::move(tensors), facts);
}

SavedStatistics load_statistics(const std::string& path) {
  const auto file = require_safetensors(path);
  const FileMetadata metadata(*file, kStatisticsFormat);
  SavedStatistics saved;
  saved.classes = class_table_from_json(metadata.text("classes"), metadata.where("classes"));
  saved.dataset = metadata.text("dataset");
  saved.layout = metadata.text("layout");
  saved.train_mode = metadata.text("train_mode");
  saved.rows = metadata.text("rows");
  read_attributes(metadata, saved);
  read_missing(metadata, saved);
  read_missing_features(metadata, saved);
  saved.fingerprints = words(metadata.text("data_fingerprints"));
  const std::string& scaling = metadata.text("row_scaling");
  if (scaling != "none" && scaling != "l2") {
    throw Error(
        ErrorKind::kFormat,
        concat(metadata.where("row_scaling"), ": expected none or l2, got \"", scaling, "\""));
  }
  saved.row_scaling = scaling_kind_from_string(scaling);
  StatisticsReader reader(*file);
  read_tensors(reader, saved, metadata.count("images"));
  if (metadata.version() >= 2 && metadata.has("folds")) {
    read_folds(reader, metadata.count("folds"), saved);
  } else {
    read_second_moment(reader, saved.statistics);
  }
  if (metadata.version() >= 2 && metadata.has("sample_rows")) {
    read_sample(reader, metadata.count("sample_rows"), saved);
  }
  reader.require_all_read();
  check_table(saved.classes, metadata.where("classes"));
  if (metadata.count("feature_dim") != saved.statistics.feature_dim()) {
    throw Error(ErrorKind::kFormat,
                concat(metadata.where("feature_dim"),
                       ": expected the width of means, ",
                       saved.statistics.feature_dim(),
                       ", got ",
                       metadata.count("feature_dim")));
  }
  return saved;
}

}  // namespace dem
