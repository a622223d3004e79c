// A small dataset without any trap, in layout gbu, of which each test makes one that has one.
//
// 30 classes of 6 rows, row after row, class after class; 24 classes are seen (0 .. 23). Of a seen
// class rows 0 .. 3 are trained on, rows 4 and 5 are test rows; classes 18 .. 23 are for
// validation. Features [180, 12] are descriptions [30, 8] times a random matrix, with noise.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/rng.h"
#include "data/raw_variables.h"
#include "data/test_files.h"
#include "dem/doctor/diagnose.h"
#include "io/npz.h"

namespace dem::test {

struct DoctorCase {
  static constexpr int kClasses = 30, kRows = 180, kDim = 12, kAttributes = 8;

  std::vector<std::vector<double>> features;                         // [kRows][kDim]
  std::vector<std::vector<double>> original;                         // [kClasses][kAttributes]
  std::vector<std::vector<double>> att;                              // the same at length 1
  std::vector<double> labels;                                        // from 1
  std::vector<double> trainval, train, val, test_seen, test_unseen;  // from 1
  std::vector<std::string> names, image_files;
  std::vector<Variable> more_of_split;
  bool as_npz = false;  // no text then

  DoctorCase() {
    Rng rng(7, Purpose::kSynthetic);
    std::vector<std::vector<double>> weights(kAttributes, std::vector<double>(kDim));
    for (auto& row : weights) std::generate(row.begin(), row.end(), [&] { return rng.normal(); });
    for (int c = 0; c < kClasses; ++c) {
      std::vector<double> description(kAttributes);
      for (double& a : description) a = std::round(100.0 * rng.uniform()) + 1.0;
      original.push_back(description);
      names.push_back("class-" + std::to_string(c + 1));
      for (int i = 0; i < 6; ++i) add_row(c, i, description, weights, rng);
    }
    normalise();
  }

  void normalise() {
    att = original;
    for (auto& row : att) {
      double squares = 0.0;
      for (const double a : row) squares += a * a;
      for (double& a : row) a /= std::sqrt(squares);
    }
  }

  void write(const std::string& folder) const {
    std::vector<Variable> of_features = {columns("features", features), column("labels", labels)};
    if (!image_files.empty()) of_features.push_back(lines("image_files", image_files));
    write_file(folder + "/res101", of_features);
    std::vector<Variable> of_split = {columns("att", att)};
    if (!original.empty()) of_split.push_back(columns("original_att", original));
    if (!names.empty()) of_split.push_back(lines("allclasses_names", names));
    add(of_split, "trainval_loc", trainval);
    add(of_split, "train_loc", train);
    add(of_split, "val_loc", val);
    add(of_split, "test_seen_loc", test_seen);
    add(of_split, "test_unseen_loc", test_unseen);
    of_split.insert(of_split.end(), more_of_split.begin(), more_of_split.end());
    write_file(folder + "/att_splits", of_split);
  }

  [[nodiscard]] Diagnosis diagnosis(DatasetOptions options = {}) const {
    const TemporaryFolder folder;
    write(folder.file("TOY"));
    options.data_path = folder.path();
    options.name = "TOY";
    return diagnose(options);
  }

  // MATLAB's: a sample a column.
  static Variable columns(std::string name, const std::vector<std::vector<double>>& rows) {
    Variable variable{
        std::move(name), static_cast<int>(rows[0].size()), static_cast<int>(rows.size()), {}};
    for (std::size_t j = 0; j < rows[0].size(); ++j) {
      for (const auto& row : rows) variable.values.push_back(row[j]);
    }
    return variable;
  }

 private:
  void write_file(const std::string& stem, const std::vector<Variable>& variables) const {
    if (!as_npz) return write_mat4(stem + ".mat", variables);
    std::filesystem::create_directories(std::filesystem::path(stem).parent_path());
    write_npz(stem + ".npz", tensors_of(variables));
  }

  static void add(std::vector<Variable>& variables,
                  const char* name,
                  const std::vector<double>& list) {
    if (!list.empty()) variables.push_back(column(name, list));
  }

  void add_row(int c,
               int i,
               const std::vector<double>& description,
               const std::vector<std::vector<double>>& weights,
               Rng& rng) {
    std::vector<double> row(kDim);
    for (std::size_t j = 0; j < row.size(); ++j) {
      for (std::size_t a = 0; a < description.size(); ++a)
        row[j] += 0.01 * description[a] * weights[a][j];
      row[j] += 0.3 * rng.normal();
    }
    features.push_back(row);
    labels.push_back(c + 1);
    const auto number = static_cast<double>(features.size());
    if (c >= 24) return test_unseen.push_back(number);
    if (i >= 4) return test_seen.push_back(number);
    trainval.push_back(number);
    (c >= 18 ? val : train).push_back(number);
  }
};

// "" where there is exactly the finding asked for beside those of the clean case, else what is
// there.
inline std::string ids(const Diagnosis& diagnosis) {
  std::string text;
  for (const Finding& finding : diagnosis.findings) text += finding.id + ' ';
  return text;
}

}  // namespace dem::test
