// Writes one file of every kind that io/mat_writer.h makes into a folder, for
// check_written_files.py to read with scipy and h5py. The values are value(i, j) of that script.
#include <cstdio>
#include <numeric>
#include <string>

#include "dem/base/error.h"
#include "io/mat_writer.h"

namespace {

using dem::Index;

template <typename T>
dem::Matrix<T> sample(Index rows, Index cols, Index scale) {
  dem::Matrix<T> m(rows, cols);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < cols; ++j) m(i, j) = static_cast<T>(scale * (i * 7 + j * 3 + 1)) / 4;
  }
  return m;
}

void write_mat5_samples(const std::string& folder, bool compressed) {
  using dem::ElementType;
  const auto floats = sample<float>(5, 7, 1);
  const auto doubles = sample<double>(300, 2100, 1);  // more than one piece
  const auto narrow = sample<std::int32_t>(3, 4, 4);
  const auto wide = sample<std::int64_t>(3, 1, 4);
  const dem::MatrixView<const float> window(floats.data() + 1, 4, 5, 7);
  const std::vector<std::string> names = {"antelope", "", "grüne Maus", "日本"};
  const std::vector<dem::MatVariable> variables = {
      {"floats", floats.view(), ElementType::kFloat32},
      {"floats_transposed", floats.view(), ElementType::kFloat64, true},
      {"window", window, ElementType::kFloat64},
      {"window_transposed", window, ElementType::kFloat32, true},
      {"doubles", doubles.view()},
      {"doubles_transposed", doubles.view(), ElementType::kFloat32, true},
      {"as_uint16", narrow.view(), ElementType::kUint16},
      {"as_int8", narrow.view(), ElementType::kInt8, true},
      {"as_uint8", narrow.view(), ElementType::kUint8},
      {"as_int16", narrow.view(), ElementType::kInt16},
      {"as_int32", narrow.view(), ElementType::kInt32},
      {"as_uint32", narrow.view(), ElementType::kUint32},
      {"as_int64", wide.view(), ElementType::kInt64},
      {"as_uint64", wide.view(), ElementType::kUint64},
      {"names", std::span<const std::string>(names)},
      {"empty", dem::MatrixView<const float>(nullptr, 0, 3)},
  };
  dem::write_mat5(folder + (compressed ? "/compressed.mat" : "/plain.mat"), variables, compressed);
}

void write_hdf5_samples(const std::string& folder) {
  const auto floats = sample<float>(5, 7, 1);
  dem::write_hdf5_matlab(folder + "/double.mat", "Z_s_con", floats.view(), true);
  dem::write_hdf5_matlab(folder + "/single.mat", "Z_s_con", floats.view(), false);
  const dem::MatrixView<const float> window(floats.data() + 1, 4, 5, 7);
  dem::write_hdf5_matlab(folder + "/window.mat", "Z_s_con", window, true);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    write_mat5_samples(argv[1], false);
    write_mat5_samples(argv[1], true);
    write_hdf5_samples(argv[1]);
  } catch (const dem::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
