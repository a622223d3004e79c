// Writes one file of every kind that io/mat_writer.h and io/npz.h make into a folder, for
// check_written_files.py to read with scipy, h5py and numpy. The values are value(i, j) of that
// script.
#include <cstdio>
#include <numeric>
#include <string>

#include "dem/base/error.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/npz.h"

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

// Every type that numpy has: the bytes 0, 1, 2, ... as [2, 1, 3]; a scalar, an empty array, and
// names beyond ASCII. `zip64` writes every size and position in the wide fields.
void write_npz_sample(const std::string& path, bool zip64) {
  using enum dem::ElementType;
  std::vector<std::byte> bytes(48);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  const std::vector<std::byte> flags = {std::byte{1}, std::byte{0}, std::byte{1}};
  const auto first = [&](std::size_t n) { return std::span<const std::byte>(bytes).first(n); };
  std::vector<dem::RawTensor> tensors = {{"z", kFloat32, {}, first(4)},
                                         {"flags", kBool, {3}, flags},
                                         {"größe/猫", kFloat64, {0, 5}, {}}};
  for (const dem::ElementType type : {kUint8,
                                      kInt8,
                                      kUint16,
                                      kInt16,
                                      kUint32,
                                      kInt32,
                                      kUint64,
                                      kInt64,
                                      kFloat16,
                                      kFloat32,
                                      kFloat64}) {
    tensors.push_back(
        {std::string(dem::to_string(type)), type, {2, 1, 3}, first(6 * dem::element_size(type))});
  }
  if (!zip64) {
    dem::write_npz(path, tensors);
    return;
  }
  dem::AtomicFile file(path);
  dem::ZipWriter archive(file, 1);
  for (const dem::RawTensor& tensor : tensors) {
    const std::string head = dem::npy_preamble(tensor.type, tensor.shape, path);
    archive.add(tensor.name + ".npy", std::as_bytes(std::span(head)), tensor.bytes);
  }
  archive.finish();
  file.commit();
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
    write_npz_sample(argv[1] + std::string("/plain.npz"), false);
    write_npz_sample(argv[1] + std::string("/zip64.npz"), true);
  } catch (const dem::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
