#include "pipeline/fold_tensors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/at.h"

namespace dem {
namespace {

using Part = FoldStatistics::Part;

constexpr Index kMostFolds = 64;

std::string fold_tensor(Index fold, const char* what) {
  return concat("folds.", fold, ".", what);
}

// [num_folds]
std::vector<Index> images_by_fold(const FoldStatistics& folds) {
  std::vector<Index> images(folds.parts.size());
  for (std::size_t c = 0; c < folds.counts.size(); ++c) {
    images[at(folds.fold_of_class[c])] += folds.counts[c];
  }
  return images;
}

void check_fold_of_class(const SavedStatistics& saved,
                         const std::vector<Index>& fold_of_class,
                         const StatisticsReader& reader) {
  const Index num_folds = saved.folds->num_folds();
  for (std::size_t c = 0; c < fold_of_class.size(); ++c) {
    const Index expected = fold_of(saved.classes.names[c], num_folds);
    if (fold_of_class[c] == expected) continue;
    reader.fail("fold_of_class",
                concat("expected ",
                       expected,
                       ", the hash of its name, for class \"",
                       saved.classes.names[c],
                       "\", got ",
                       fold_of_class[c]));
  }
}

void check_symmetric(const Matrix<double>& moment,
                     const std::string& name,
                     const StatisticsReader& reader) {
  for (Index i = 0; i < moment.rows(); ++i) {
    if (moment(i, i) < 0.0) {
      reader.fail(name, concat("expected a diagonal of at least 0, got ", moment(i, i)));
    }
    for (Index j = 0; j < i; ++j) {
      if (moment(i, j) == moment(j, i)) continue;
      reader.fail(name, concat("expected a symmetric matrix, got others at ", i, ", ", j));
    }
  }
}

// Of a fold with images, or, where it has none, of what Part::without_images() has.
void check_part(const Part& part, Index fold, Index images, const StatisticsReader& reader) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t j = 0; j < part.scatter.size(); ++j) {
    const bool ranges_fit = images > 0
                                ? std::isfinite(part.lowest[j]) && std::isfinite(part.highest[j]) &&
                                      part.lowest[j] <= part.highest[j]
                                : part.lowest[j] == kInfinity && part.highest[j] == -kInfinity;
    if (!ranges_fit) {
      reader.fail(fold_tensor(fold, "lowest"),
                  concat("expected ",
                         images > 0 ? "finite numbers, at most highest"
                                    : "inf and highest -inf for a fold without images",
                         ", got ",
                         part.lowest[j],
                         " and ",
                         part.highest[j]));
    }
    if (part.scatter[j] < 0.0 || (images == 0 && part.scatter[j] > 0.0)) {
      reader.fail(fold_tensor(fold, "within"),
                  concat("expected ",
                         images > 0 ? "at least 0" : "0 without images",
                         ", got ",
                         part.scatter[j]));
    }
  }
  const std::string name = fold_tensor(fold, "second_moment");
  check_symmetric(part.second_moment, name, reader);
  const Matrix<double>& moment = part.second_moment;
  const auto is_zero = [](double value) { return value == 0.0; };
  if (images > 0 || std::all_of(moment.data(), moment.data() + moment.size(), is_zero)) return;
  reader.fail(name, "expected zeros for a fold without images, got others");
}

// The range of all images is that of the folds together.
void check_ranges(const SavedStatistics& saved, const StatisticsReader& reader) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (std::size_t j = 0; j < saved.statistics.lowest.size(); ++j) {
    float lowest = kInfinity;
    float highest = -kInfinity;
    for (const Part& part : saved.folds->parts) {
      lowest = std::min(lowest, part.lowest[j]);
      highest = std::max(highest, part.highest[j]);
    }
    if (lowest == saved.statistics.lowest[j] && highest == saved.statistics.highest[j]) continue;
    reader.fail("lowest",
                concat("expected the range of all folds, ",
                       lowest,
                       " to ",
                       highest,
                       ", got ",
                       saved.statistics.lowest[j],
                       " to ",
                       saved.statistics.highest[j],
                       " in feature dimension ",
                       j));
  }
}

Part read_part(StatisticsReader& reader, Index fold, Index dim) {
  Part part = Part::without_images(dim, false);
  reader.read(fold_tensor(fold, "within"), ElementType::kFloat64, {dim}, part.scatter.data());
  reader.read_any(fold_tensor(fold, "lowest"), ElementType::kFloat32, {dim}, part.lowest.data());
  reader.read_any(fold_tensor(fold, "highest"), ElementType::kFloat32, {dim}, part.highest.data());
  const std::string name = fold_tensor(fold, "second_moment");
  if (reader.extent(name, 2, 0) != dim || reader.extent(name, 2, 1) != dim) {
    reader.fail(name, concat("expected ", dim, " rows and columns, as many as feature_dim"));
  }
  part.second_moment = Matrix<double>::uninitialised(dim, dim);
  reader.read(name, ElementType::kFloat64, {dim, dim}, part.second_moment.data());
  return part;
}

void check_labels(const SavedStatistics& saved, const StatisticsReader& reader) {
  std::vector<Index> counts(saved.statistics.counts.size());
  for (const ClassId label : saved.sample.labels) {
    if (label < 0 || at(label) >= counts.size()) {
      reader.fail("sample.labels", concat("expected 0 to ", counts.size() - 1, ", got ", label));
    }
    if (++counts[at(label)] <= saved.statistics.counts[at(label)]) continue;
    reader.fail("sample.labels",
                concat("expected at most as many rows of a class as it has images, ",
                       saved.statistics.counts[at(label)],
                       ", got more of class ",
                       label));
  }
}

void check_rows(const SavedStatistics& saved, const StatisticsReader& reader) {
  const ClassStatistics& s = saved.statistics;
  std::uint64_t before = 0;
  for (Index i = 0; i < saved.sample.size(); ++i) {
    const auto row = saved.sample.features.row(i);
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (row[j] >= s.lowest[j] && row[j] <= s.highest[j]) continue;
      reader.fail("sample.features",
                  concat("expected numbers from lowest to highest, got ", row[j], " in row ", i));
    }
    const std::string& name = saved.classes.names[at(saved.sample.labels[at(i)])];
    const std::uint64_t hash = sample_hash(row, sample_seed(name));
    if (i > 0 && hash <= before) {
      reader.fail("sample.features",
                  concat("expected different rows by rising hash, got another order at row ", i));
    }
    before = hash;
  }
}

}  // namespace

void add_fold_tensors(const FoldStatistics& folds, std::vector<RawTensor>& tensors) {
  const Index dim = folds.feature_dim();
  tensors.push_back(
      tensor("fold_of_class", ElementType::kInt64, {folds.num_classes()}, folds.fold_of_class));
  for (Index f = 0; f < folds.num_folds(); ++f) {
    const Part& part = folds.parts[at(f)];
    tensors.push_back(tensor(fold_tensor(f, "within"), ElementType::kFloat64, {dim}, part.scatter));
    tensors.push_back(tensor(fold_tensor(f, "lowest"), ElementType::kFloat32, {dim}, part.lowest));
    tensors.push_back(
        tensor(fold_tensor(f, "highest"), ElementType::kFloat32, {dim}, part.highest));
    tensors.push_back(tensor(
        fold_tensor(f, "second_moment"), ElementType::kFloat64, {dim, dim}, part.second_moment));
  }
}

void add_sample_tensors(const RowSample& sample, std::vector<RawTensor>& tensors) {
  tensors.push_back(tensor("sample.features",
                           ElementType::kFloat32,
                           {sample.features.rows(), sample.features.cols()},
                           sample.features));
  tensors.push_back(tensor("sample.labels", ElementType::kInt32, {sample.size()}, sample.labels));
}

void read_folds(StatisticsReader& reader, Index num_folds, SavedStatistics& saved) {
  const ClassStatistics& s = saved.statistics;
  if (num_folds < 1 || num_folds > kMostFolds) {
    reader.fail("fold_of_class", concat("expected 1 to ", kMostFolds, " folds, got ", num_folds));
  }
  std::vector<Index> fold_of_class(s.counts.size());
  reader.read("fold_of_class", ElementType::kInt64, {s.num_classes()}, fold_of_class.data());
  saved.folds = FoldStatistics{{}, s.counts, s.means.clone(), {}};
  for (Index f = 0; f < num_folds; ++f) {
    saved.folds->parts.push_back(read_part(reader, f, s.feature_dim()));
  }
  check_fold_of_class(saved, fold_of_class, reader);
  saved.folds->fold_of_class = std::move(fold_of_class);
  const std::vector<Index> images = images_by_fold(*saved.folds);
  for (Index f = 0; f < num_folds; ++f) {
    check_part(saved.folds->parts[at(f)], f, images[at(f)], reader);
  }
  check_ranges(saved, reader);
  saved.statistics.second_moment = std::move(saved.folds->all().second_moment);
}

void read_sample(StatisticsReader& reader, Index max_rows, SavedStatistics& saved) {
  const Index rows = reader.extent("sample.labels", 1, 0);
  const Index dim = saved.statistics.feature_dim();
  if (rows < 1 || rows > max_rows || reader.extent("sample.features", 2, 0) != rows ||
      reader.extent("sample.features", 2, 1) != dim) {
    reader.fail("sample.features",
                concat("expected 1 to ",
                       max_rows,
                       " rows of ",
                       dim,
                       " numbers and as many labels, got ",
                       rows,
                       " labels"));
  }
  saved.sample.max_rows = max_rows;
  saved.sample.labels.resize(at(rows));
  saved.sample.features = Matrix<float>::uninitialised(rows, dim);
  reader.read("sample.labels", ElementType::kInt32, {rows}, saved.sample.labels.data());
  reader.read("sample.features", ElementType::kFloat32, {rows, dim}, saved.sample.features.data());
  check_labels(saved, reader);
  check_rows(saved, reader);
}

}  // namespace dem
