#include <algorithm>
#include <cmath>
#include <cstring>
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

namespace dem {
namespace {

constexpr FileKind kStatisticsFormat{"dem statistics", 1};

template <typename T>
RawTensor tensor(std::string name, ElementType type, std::vector<Index> shape, const T& values) {
  return {std::move(name),
          type,
          std::move(shape),
          std::as_bytes(std::span(values.data(), static_cast<std::size_t>(values.size())))};
}

std::string class_tensor(const std::string& space) {
  return concat("classes.", space);
}

// The tensors of one statistics file.
class StatisticsReader {
 public:
  explicit StatisticsReader(const SafetensorsFile& file) : file_(file) {}

  [[nodiscard]] bool has(const std::string& name) const { return file_.find(name) != nullptr; }
  [[nodiscard]] std::string where(const std::string& name) const {
    return concat(file_.path(), ": tensor ", name);
  }

  // The extent of an axis, where the rank is right.
  [[nodiscard]] Index extent(const std::string& name, std::size_t rank, std::size_t axis) const {
    const ArrayInfo& info = file_.require(name);
    if (info.shape.size() == rank) return info.shape[axis];
    fail(name, concat("expected ", rank, " dimensions, got ", info.shape.size()));
  }

  template <typename T>
  void read(const std::string& name, ElementType type, std::vector<Index> shape, T* out) {
    const ArrayInfo& info = file_.require(name);
    if (info.type != type || info.shape != shape) {
      const ArrayInfo expected{name, type, shape, ""};
      fail(name, concat("expected ", to_string(expected), ", got ", to_string(info)));
    }
    const auto bytes = file_.bytes(info);
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    names_.insert(name);
    if constexpr (!std::is_integral_v<T>)
      require_finite<T>(name, std::span<const T>(out, bytes.size() / sizeof(T)));
  }

  void require_all_read() const {
    for (const ArrayInfo& info : file_.arrays()) {
      if (!names_.contains(info.name)) fail(info.name, "expected no such tensor, got this one");
    }
  }

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw Error(ErrorKind::kFormat, concat(where(name), ": ", what));
  }

 private:
  template <typename T>
  void require_finite(const std::string& name, std::span<const T> values) const {
    const auto found =
        std::find_if(values.begin(), values.end(), [](T v) { return !std::isfinite(v); });
    if (found == values.end()) return;
    fail(name,
         concat("expected finite numbers, got ", *found, " at position ", found - values.begin()));
  }

  const SafetensorsFile& file_;
  std::set<std::string> names_;
};

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
  if (reader.has("second_moment")) {
    if (reader.extent("second_moment", 2, 0) != dim) {
      reader.fail("second_moment", concat("expected ", dim, " rows, as many as feature_dim"));
    }
    s.second_moment = Matrix<double>::uninitialised(dim, dim);
    reader.read("second_moment", ElementType::kFloat64, {dim, dim}, s.second_moment.data());
  }
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
  reader.require_all_read();
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
  if (!s.second_moment.empty()) {
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
  facts["original_attributes"] = saved.original_attributes ? "true" : "false";
  facts["images"] = std::to_string(s.num_images());
  facts["feature_dim"] = std::to_string(dim);
  facts["row_scaling"] = to_string(saved.row_scaling);
  facts["data_fingerprints"] = join(saved.fingerprints, " ");
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
  saved.original_attributes = metadata.flag("original_attributes");
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
