// The mended att_splits.mat of layout gbu.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <list>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "data/gbu_folder.h"
#include "data/missing_in_original.h"
#include "doctor/checks.h"
#include "doctor/mended_files.h"
#include "io/mat_writer.h"
#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr const char* kMendedSplit = "att_splits.mat";

std::vector<Index> mended_rows(const Specimen& specimen, Part part) {
  if (part == Part::kTrainval) return training_rows_without_copies(specimen);
  const std::vector<Index>& rows = specimen.list(part).rows;
  const bool tuned_on = part == Part::kTrain || part == Part::kVal;
  return tuned_on ? in_both(rows, training_rows_without_copies(specimen)) : rows;
}

void refuse_unknown_rows(const Specimen& specimen) {
  for (const ListedRows& list : specimen.lists) {
    if (list.outside.empty()) continue;
    throw Error(ErrorKind::kFormat,
                concat(list.where,
                       ": expected rows of the features, got ",
                       list.outside[0],
                       ": what is meant must be decided first"));
  }
}

// Whether attributes are original ones at length 1, marks of missing entries left aside.
bool is_normalised_original(const Matrix<float>& original, const Matrix<float>& table) {
  constexpr double kTolerance = 1e-3;
  if (original.rows() != table.rows() || original.cols() != table.cols()) return false;
  for (Index c = 0; c < table.rows(); ++c) {
    const auto a = original.row(c);
    const auto b = table.row(c);
    const double norm = std::sqrt(squared_norm(a)) * std::sqrt(squared_norm(b));
    if (!std::isfinite(norm) || norm == 0.0) continue;
    if (dot(a, b) < (1.0 - kTolerance) * norm) return false;
    if (std::fabs(std::sqrt(squared_norm(b)) - 1.0) > kTolerance) return false;
  }
  return true;
}

// Attributes and original ones without missing entries.
struct MendedAttributes {
  Matrix<float> att, original;
};

MendedAttributes mended_attributes(const Specimen& specimen) {
  MendedAttributes mended;
  const DescriptionTable* table = nullptr;
  for (const DescriptionTable& candidate : specimen.tables) {
    if (candidate.space == "attribute") table = &candidate;
  }
  const bool has_original =
      specimen.original && specimen.original->values.rows() == specimen.num_classes();
  if (has_original) mended.original = filled(specimen, *specimen.original);
  if (table == nullptr || table->values.rows() != specimen.num_classes()) return mended;
  DescriptionTable marked{table->space, table->where, table->values.clone(), table->dimensions};
  if (!has_original) {
    mended.att = filled(specimen, marked);
    return mended;
  }
  const bool in_doubt = missing_entries_of(specimen.original->values).marks_in_doubt();
  const auto carried = in_doubt ? std::vector<TableEntry>()
                                : marks_carried_over(specimen.original->values, table->values);
  const bool made_of_it = is_normalised_original(specimen.original->values, table->values);
  for (const TableEntry& entry : carried) {
    marked.values(entry.row, entry.column) = std::numeric_limits<float>::quiet_NaN();
  }
  mended.att = filled(specimen, marked);
  for (std::size_t i = 0; made_of_it && i < carried.size(); ++i) {
    const Index c = carried[i].row;
    const double norm = std::sqrt(squared_norm(mended.original.row(c)));
    for (Index d = 0; d < mended.att.cols(); ++d) {
      mended.att(c, d) = static_cast<float>(double{mended.original(c, d)} / norm);
    }
  }
  return mended;
}

// All that is written, with what the variables point to.
struct SplitFile {
  std::list<std::vector<std::int64_t>> numbers;
  std::list<Matrix<float>> matrices;
  std::list<std::vector<std::string>> texts;
  std::vector<MatVariable> variables;

  void add(const std::string& name, std::vector<std::int64_t> column) {
    const std::vector<std::int64_t>& kept = numbers.emplace_back(std::move(column));
    variables.push_back({name, MatrixView<const std::int64_t>(kept.data(), std::ssize(kept), 1)});
  }
  // MATLAB's [dim, n]: a class a column.
  void add_table(const std::string& name, Matrix<float> table) {
    const Matrix<float>& kept = matrices.emplace_back(std::move(table));
    variables.push_back({name, kept.view(), ElementType::kFloat64, /*transposed=*/true});
  }
  [[nodiscard]] bool has(std::string_view name) const {
    return std::any_of(variables.begin(), variables.end(), [&](const MatVariable& variable) {
      return variable.name == name;
    });
  }
};

bool is_whole(ElementType type) {
  return type != ElementType::kFloat16 && type != ElementType::kBfloat16 &&
         type != ElementType::kFloat32 && type != ElementType::kFloat64;
}

// An array as it is. False for what cannot be written.
bool carry_over(const ArrayRef& array, SplitFile& out) {
  const ArrayInfo& info = *array.info;
  if (info.type == ElementType::kText) {
    const std::vector<std::string>& kept = out.texts.emplace_back(array.file->read_strings(info));
    out.variables.push_back({info.name, std::span<const std::string>(kept)});
    return true;
  }
  if (element_size(info.type) == 0 || info.shape.size() != 2) return false;
  if (is_whole(info.type) && std::min(info.shape[0], info.shape[1]) == 1) {
    out.add(info.name, array.file->read_integers(info));
    return true;
  }
  // MATLAB shows dimensions of v7.3 and HDF5 reversed.
  const FileFormat format = array.file->format();
  const bool is_reversed = format == FileFormat::kMat73 || format == FileFormat::kHdf5;
  const int rows_of_matlab = is_reversed ? 1 : 0;
  const Matrix<float>& kept =
      out.matrices.emplace_back(read_matrix(*array.file, info, rows_of_matlab));
  out.variables.push_back({info.name, kept.view()});
  return true;
}

// The lists by the names that they have in the files.
std::vector<std::pair<std::string, Part>> list_names(const Specimen& specimen) {
  std::vector<std::pair<std::string, Part>> names;
  for (const Part part : kParts) {
    const std::string& where = specimen.list(part).where;
    if (!specimen.list(part).given) continue;
    const std::string_view kVariable = ": variable ";
    names.emplace_back(where.substr(where.rfind(kVariable) + kVariable.size()), part);
  }
  return names;
}

void add_lists(const Specimen& specimen, SplitFile& out) {
  for (const auto& [name, part] : list_names(specimen)) {
    if (out.has(name)) continue;  // trainval made of train
    std::vector<std::int64_t> values = mended_rows(specimen, part);
    for (std::int64_t& value : values) value += specimen.labels_base;
    out.add(name, std::move(values));
  }
}

void add_attributes(const Specimen& specimen, SplitFile& out) {
  MendedAttributes attributes = mended_attributes(specimen);
  if (!attributes.att.empty()) out.add_table("att", std::move(attributes.att));
  if (!attributes.original.empty()) out.add_table("original_att", std::move(attributes.original));
}

// Whether the mended split stands for this file: att_splits.mat, or one of another format that has
// no features besides.
bool takes_the_place_of(const std::string& path, GbuFolder& source) {
  const std::filesystem::path file(path), mended(kMendedSplit);
  if (equal_ignoring_case(file.filename().string(), kMendedSplit)) return true;
  return equal_ignoring_case(file.stem().string(), mended.stem().string()) &&
         source.features().file->path() != path;
}

}  // namespace

void write_mended_gbu(const Specimen& specimen, const std::string& folder, MendReport& report) {
  refuse_unknown_rows(specimen);
  GbuFolder source(specimen.folder, specimen.options);
  SplitFile out;
  add_attributes(specimen, out);
  add_lists(specimen, out);
  std::vector<std::string> replaced = {kMendedSplit};
  for (const std::string& path : source.split_paths()) {
    const std::string name = std::filesystem::path(path).filename().string();
    if (takes_the_place_of(path, source)) replaced.push_back(name);
    ArrayFile& file = source.open(path);
    for (const ArrayInfo& info : file.arrays()) {
      const bool of_features =
          info.name == "features" || info.name == "labels" || info.name == "image_files";
      if (of_features || out.has(info.name)) continue;
      if (!carry_over({&file, &info}, out)) report.left_out.push_back(info.name);
    }
  }
  copy_files(specimen, folder, replaced, report);
  write_mat5(concat(folder, "/", kMendedSplit), out.variables);
  report.index_base = specimen.labels_base;
}

}  // namespace dem
