// What write_models leaves for the checks: models, tensors, and FOLDER/manifest.json:
//
//   [{"model": "att_any.onnx", "graph": "embed", "batch": 0, "opencv": true,
//     "runs": [{"inputs": [{"name", "file", "shape"}],
//               "outputs": [{"name", "file", "shape", "tolerance"}]}]}]
//
// Files hold little-endian float32. "tolerance" names one of a number a row: how far a value of
// that row may be off. Output "top_ids" has none: its file holds the scores of all classes, by
// which an id is judged; nor has "accepted", [rows], 1 or 0, 0.5 where rounding decides. A model of
// some classes has their names as "classes", one that rejects rows its threshold "reject_below".
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem::test {

using nlohmann::json;

class Writer {
 public:
  explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  // The tensor's entry in the manifest.
  json tensor(const std::string& name, MatrixView<const float> values) {
    const std::string file = std::to_string(next_++) + ".f32";
    std::ofstream out(path(file), std::ios::binary);
    for (Index i = 0; i < values.rows(); ++i) {
      out.write(reinterpret_cast<const char*>(values.row(i).data()),
                static_cast<std::streamsize>(values.row(i).size_bytes()));
    }
    out.close();
    if (!out) throw std::runtime_error("cannot write " + path(file));
    return {{"name", name}, {"file", file}, {"shape", {values.rows(), values.cols()}}};
  }

  json judged(const std::string& name,
              MatrixView<const float> values,
              const std::vector<double>& tolerance) {
    Matrix<float> column(values.rows(), 1);
    for (Index i = 0; i < column.rows(); ++i) {
      column(i, 0) = static_cast<float>(tolerance[static_cast<std::size_t>(i)]);
    }
    json entry = tensor(name, values);
    entry["tolerance"] = tensor(name, column)["file"];
    return entry;
  }

  void finish(const json& manifest) {
    std::ofstream out(path("manifest.json"));
    out << manifest.dump(1) << '\n';
    if (!out) throw std::runtime_error("cannot write " + path("manifest.json"));
  }

 private:
  std::filesystem::path folder_;
  int next_ = 0;
};

}  // namespace dem::test
