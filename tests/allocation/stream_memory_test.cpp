// What dem predict holds of a file of features: no more for many rows than for few, and a small
// multiple of a CSV record. What C libraries ask malloc for (HDF5, zlib) is not seen.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "dem/io/feature_stream.h"
#include "dem/pipeline/predict.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/safetensors.h"
#include "io/zip_builder.h"
#include "support/allocations.h"
#include "support/files.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

using test::TemporaryFolder;

// Features of more bytes than any window that a reader works in, 8 MiB for the few rows.
constexpr Index kFewRows = 1 << 15, kManyRows = 8 * kFewRows, kDim = 64;
// Buffers of threads that happen to work at the same time, and text.
constexpr std::size_t kSlack = std::size_t{4} << 20;

struct FeatureFile {
  const char* what;
  const char* name;
  void (*write)(const std::string& path, MatrixView<const float> features);
  std::size_t most;  // bytes that a reader may hold
};

void write_mat(const std::string& path,
               MatrixView<const float> features,
               bool compressed,
               bool transposed) {
  const MatVariable x{"x", features, ElementType::kFloat32, transposed};
  write_mat5(path, std::span(&x, 1), compressed);
}

void write_csv(const std::string& path, MatrixView<const float> features) {
  std::string line;
  for (Index d = 0; d < features.cols(); ++d) line += d > 0 ? ",0.5" : "0.5";
  line += '\n';
  std::ofstream out(path, std::ios::binary);
  for (Index i = 0; i < features.rows(); ++i) out << line;
}

constexpr std::size_t kMiB = std::size_t{1} << 20;
const FeatureFile kFiles[] = {
    {".npy",
     "x.npy",
     [](const std::string& p, MatrixView<const float> x) { write_npy(p, x); },
     kMiB},
    {"CSV", "x.csv", write_csv, 4 * kMiB},
    {"safetensors",
     "x.safetensors",
     [](const std::string& path, MatrixView<const float> x) {
       const auto bytes =
           std::as_bytes(std::span(x.data(), static_cast<std::size_t>(x.rows() * x.cols())));
       write_safetensors(path, {{"x", ElementType::kFloat32, {x.rows(), x.cols()}, bytes}}, {});
     },
     kMiB},
    {"MAT v5, a sample a row",
     "x.mat",
     [](const std::string& p, MatrixView<const float> x) { write_mat(p, x, false, false); },
     17 * kMiB},
    {"MAT v5, a sample a column",
     "x.mat",
     [](const std::string& p, MatrixView<const float> x) { write_mat(p, x, false, true); },
     kMiB},
    {"compressed MAT v5, a sample a row",
     "x.mat",
     [](const std::string& p, MatrixView<const float> x) { write_mat(p, x, true, false); },
     17 * kMiB},
    {"compressed MAT v5, a sample a column",
     "x.mat",
     [](const std::string& p, MatrixView<const float> x) { write_mat(p, x, true, true); },
     9 * kMiB},
    {"MAT v7.3",
     "x.mat",
     [](const std::string& p, MatrixView<const float> x) { write_hdf5_matlab(p, "x", x, true); },
     17 * kMiB},
};

Index read_all(const std::string& path, MatrixView<float> block) {
  FeatureStream stream(path, {.feature_dim = kDim});
  while (stream.read(block) > 0) {
  }
  return stream.position();
}

TEST(StreamMemory, DoesNotGrowWithTheNumberOfRows) {
  const TemporaryFolder folder;
  const Matrix<float> features(kManyRows, kDim);
  Matrix<float> block(4096, kDim);
  for (const FeatureFile& file : kFiles) {
    const std::string path = folder.file(file.name);
    for (const Index rows : {kFewRows, kManyRows}) {
      std::filesystem::remove(path);
      file.write(path, features.view().row_block(0, rows));
      Index read = 0;
      const std::size_t peak = test::peak_of([&] { read = read_all(path, block); });
      EXPECT_EQ(read, rows) << file.what;
      EXPECT_LE(peak, file.most) << file.what << ", " << rows << " rows";
    }
  }
}

Model model_of(Index num_classes) {
  Rng rng(3, Purpose::kSynthetic);
  Model model;
  model.class_map = ClassMap(
      NetworkMap{Network({.inputs = {{"attribute", 2}}, .hidden_dim = 0, .feature_dim = kDim})});
  for (Index c = 0; c < num_classes; ++c) model.classes.names.push_back(std::to_string(c));
  model.classes.seen.assign(static_cast<std::size_t>(num_classes), true);
  model.classes.spaces = {"attribute"};
  model.classes.embeddings.emplace_back(num_classes, 2);
  model.temperature = 1.0f;
  model.prototypes.rows = test::normal_matrix(num_classes, kDim, 1.0, rng);
  return model;
}

TEST(StreamMemory, OfPredictingDoesNotGrowWithTheNumberOfRows) {
  const TemporaryFolder folder;
  const Model model = model_of(20);
  const Matrix<float> features(kManyRows, kDim);
  for (const PredictionFormat format :
       {PredictionFormat::kCsv, PredictionFormat::kJsonLines, PredictionFormat::kNpy}) {
    std::size_t few = 0;
    for (const Index rows : {kFewRows, kManyRows}) {
      const std::string path = folder.file("x.npy");
      std::filesystem::remove(path);
      write_npy(path, features.view().row_block(0, rows));
      PredictFileSummary summary;
      const std::size_t peak = test::peak_of([&] {
        summary = predict_file(model,
                               {.input = path,
                                .output = folder.file("out"),
                                .format = format,
                                .predict = {.top_k = 3},
                                .block_rows = 4096});
      });
      EXPECT_EQ(summary.rows, rows);
      if (rows == kFewRows) few = peak;
      EXPECT_LE(peak, few + kSlack) << rows << " rows";
      EXPECT_LE(peak, 16 * kMiB) << rows << " rows";
    }
  }
}

// A pipe has no length to hold a header's claims against: what comes is taken in pieces.
TEST(StreamMemory, OfNpyFromAPipeDoesNotFollowItsHeader) {
  const std::string shape = "(1000000000000, " + std::to_string(kDim) + ")";
  const std::string claims =
      test::npy_bytes("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }", 64);
  const std::string headers[] = {
      claims, std::string("\x93NUMPY\2\0", 8) + test::little_endian(1 << 20, 4) + "{"};
  Matrix<float> block(1 << 16, kDim);
  for (const std::string& bytes : headers) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<::ssize_t>(bytes.size()));
    ::close(ends[1]);
    const std::string path = "/proc/self/fd/" + std::to_string(ends[0]);
    const std::size_t peak = test::peak_of([&] {
      test::expect_error(ErrorKind::kFormat, {"early"}, [&] { (void)read_all(path, block); });
    });
    ::close(ends[0]);
    EXPECT_LE(peak, 5 * kMiB);
  }
}

// Cells of one digit are those of the most cells a byte.
TEST(StreamMemory, OfALongCsvRecordIsASmallMultipleOfIt) {
  const TemporaryFolder folder;
  constexpr std::size_t kRecord = 16 * kMiB;
  std::string digits, quotes(kRecord, '"');
  for (std::size_t i = 0; i < kRecord / 2; ++i) digits += i + 1 < kRecord / 2 ? "1," : "1\n";
  const struct {
    const char* what;
    std::string text;
    Index cols;
  } cases[] = {{"numbers", digits + digits, static_cast<Index>(kRecord / 2)},
               {"a quoted name", quotes + ",1\nx,2\n", 1}};
  for (const auto& c : cases) {
    const std::string path = folder.write("x.csv", c.text);
    Matrix<float> row(1, c.cols);
    const std::size_t peak = test::peak_of([&] {
      FeatureStream stream(path, {.feature_dim = c.cols});
      EXPECT_EQ(stream.read(row), 1) << c.what;
      EXPECT_EQ(stream.read(row), 1) << c.what;
    });
    EXPECT_LE(peak, 5 * kRecord + 2 * kMiB) << c.what;
  }
}

}  // namespace
}  // namespace dem
