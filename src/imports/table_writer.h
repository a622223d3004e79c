// The files of a folder of layout table.
#pragma once

#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "dem/data/dataset.h"

namespace dem {

// A line an image, `id,class` where images have names, else `class`.
void write_labels(const std::string& path,
                  const std::vector<std::string>& classes,
                  const std::vector<ClassId>& labels,
                  const std::vector<std::string>& samples);

// float32 rows of a .npy file, as they come.
class NpyRows {
 public:
  NpyRows(const std::string& path, Index rows, Index cols);
  void add(std::span<const float> row) { file_.write(row); }
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
};

// Everything of a dataset but its features, every row of which has a class: labels.csv,
// classes.csv, space_NAME.csv and, unless all images are trained on, split.json, whose "about" is
// `about`, a JSON object.
void write_table_files(const Dataset& dataset, const std::string& folder, const std::string& about);

}  // namespace dem
