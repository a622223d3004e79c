// Writes a corpus to start from, FOLDER/READER/*: files of the writers and encoders that the tests
// use, and the tests' small fixtures.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dem/base/error.h"
#include "dem/exchange/model_file.h"
#include "dem/pipeline/statistics.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "io/mat_writer.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "io/safetensors.h"
#include "io/zip_builder.h"

namespace {

namespace fs = std::filesystem;

using dem::Index;
using dem::RawTensor;
using dem::test::encode_floats;
using dem::test::encode_value;
using dem::test::length_delimited;

const std::string kFixtures = std::string(DEM_SOURCE_DIR) + "/tests/data/io";

class Corpus {
 public:
  explicit Corpus(fs::path folder) : folder_(std::move(folder)) {}

  // A new name in the reader's folder.
  [[nodiscard]] std::string next(const std::string& reader) {
    fs::create_directories(folder_ / reader);
    return (folder_ / reader / ("seed" + std::to_string(count_++))).string();
  }
  void add(const std::string& reader, const std::string& bytes) {
    std::ofstream(next(reader), std::ios::binary) << bytes;
  }
  // Files of up to 32 KiB: libFuzzer gets nowhere with large ones.
  void add_fixtures(const std::string& reader, const std::string& folder) {
    for (const auto& entry : fs::directory_iterator(kFixtures + "/" + folder)) {
      if (entry.is_regular_file() && entry.file_size() <= 32768)
        fs::copy_file(entry.path(), next(reader));
    }
  }

 private:
  fs::path folder_;
  int count_ = 0;
};

void write_arrays(Corpus& corpus) {
  const float numbers[] = {1, -2, 6, 3, 4, 5};
  const dem::MatrixView<const float> matrix(numbers, 2, 3);
  const auto bytes = std::as_bytes(std::span(numbers));
  const std::vector<RawTensor> tensors = {{"a", dem::ElementType::kFloat32, {2, 3}, bytes},
                                          {"b", dem::ElementType::kInt16, {12}, bytes},
                                          {"c", dem::ElementType::kBfloat16, {}, bytes.first(2)}};
  dem::write_npy(corpus.next("npy"), matrix);
  for (const char* reader : {"npz", "convert"}) {
    dem::write_npz(corpus.next(reader), std::span(tensors).first(2));
  }
  for (const char* reader : {"safetensors", "convert"}) {
    dem::write_safetensors(corpus.next(reader), tensors, {{"key", "value"}});
  }
  dem::write_hdf5_matlab(corpus.next("h5"), "Z_s_con", matrix, true);
  const std::vector<std::string> names = {"zebra", "", "B\xc3\xa4r"};
  const std::vector<dem::MatVariable> variables = {
      {"features", matrix, dem::ElementType::kFloat64, true},
      {"labels", matrix, dem::ElementType::kInt8},
      {"names", std::span<const std::string>(names)}};
  for (const bool compressed : {false, true}) {
    dem::write_mat5(corpus.next("mat"), variables, compressed);
  }
  const std::string npy =
      dem::test::npy_bytes("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", 12);
  corpus.add("npz", dem::test::zip_archive({dem::test::deflated_entry("a.npy", npy)}));
  corpus.add("csv", "class,stripes,swims\nzebra,1,0.5\n\"o,x\",nan,-1e30\n");
  corpus.add("csv", "1;2;3\r\n4;5;6\r\n");
  corpus.add("csv",
             "\xef\xbb\xbf"
             "a\tb\nB\xc3\xa4r\t\"x \"\"y\"\"\"\n");
  for (const char* name : {"npy", "npz", "mat", "pickle"}) corpus.add_fixtures(name, name);
  corpus.add_fixtures("pickle", "torch");
  corpus.add_fixtures("pickle", "../pickled/refused");
  corpus.add_fixtures("h5", "hdf5");
  corpus.add_fixtures("h5", "mat");  // v7.3 among them; the others are no HDF5 and stay short
}

// What fuzz_stream.cpp and fuzz_classes.cpp read.
void write_features_and_classes(Corpus& corpus) {
  const float numbers[] = {1, -2, 6, 3, 4, 5};
  const dem::MatrixView<const float> matrix(numbers, 2, 3);
  dem::write_npy(corpus.next("stream"), matrix);
  corpus.add_fixtures("stream", "npy");
  const std::vector<std::string> names = {"ox", "B\xc3\xa4r"};
  const std::vector<dem::MatVariable> variables = {
      {"att", matrix, dem::ElementType::kFloat64, true},
      {"names", std::span<const std::string>(names)}};
  dem::write_mat5(corpus.next("classes"), variables, false);
  const auto bytes = std::as_bytes(std::span(numbers));
  const std::vector<RawTensor> spaces = {{"word", dem::ElementType::kFloat32, {3, 2}, bytes},
                                         {"attribute", dem::ElementType::kFloat32, {2, 3}, bytes}};
  dem::write_npz(corpus.next("classes"), spaces);
  for (const char* text : {"class,stripes,swims,flies\nox,1,0.5,0\n\"o,x\",0,-1e30,2\n",
                           "1;2;3\r\n4;5;6\r\n",
                           "name,w1,w2,swims,flies,stripes\nox,1,2,3,4,5\n",
                           "ox,1,2,3,4,5\n\n",
                           "\xef\xbb\xbfox\r\n\"a \"\"b\"\"\"\n\nB\xe4r\n7\n"}) {
    corpus.add("stream", text);
    corpus.add("classes", text);
  }
}

void write_checkpoints(Corpus& corpus) {
  const std::string weights =
      encode_floats("fc1.weight", {4, 3}, 1) + encode_floats("fc1.bias", {4}, 2) +
      encode_floats("fc2.weight", {5, 4}, 3) + encode_floats("fc2.bias", {5}, 4);
  const std::string others =
      encode_value("learning_rate", {0}, "Float16", "ab") + encode_value("x", {3}, "Uint8", "ab") +
      encode_value("x", {3}, "Uint8", "c") + encode_value("note", {4}, "str", "x");
  for (const char* reader : {"ckpt", "convert", "model"}) {
    corpus.add(reader, weights);
    corpus.add(reader, dem::test::with_crc(weights + others));
  }
}

void write_models(Corpus& corpus) {
  for (const char* reader : {"model", "convert"}) {
    dem::save_model(dem::test::example_model(), corpus.next(reader));
    dem::save_model(dem::test::linear_model(), corpus.next(reader));
    dem::save_model(dem::test::identity_model(), corpus.next(reader));
    dem::save_model(dem::test::kernel_model(), corpus.next(reader));
    dem::save_model(dem::test::mlp_model(), corpus.next(reader));
    fs::copy_file(kFixtures + "/../exchange/format_1.safetensors", corpus.next(reader));
  }
  // The network that fuzz_model.cpp reads states and weights into.
  const dem::Network network(
      {.inputs = {{"attribute", 3, 1.0f}}, .hidden_dim = 4, .feature_dim = 5});
  const std::vector<float> zeros(network.parameters().size());
  dem::TrainingState state;
  state.parameters = state.moment1 = state.moment2 = state.best_parameters = zeros;
  state.notes = {{"recipe", "gbu"}};
  dem::save_training_state(state, network, corpus.next("model"));
}

void write_statistics(Corpus& corpus) {
  dem::SavedStatistics saved;
  saved.classes = {{"ox", "bee"}, {true, false}, {"attribute"}, {}, {{"stripes", "wings", "legs"}}};
  saved.classes.embeddings.emplace_back(2, 3);
  saved.dataset = "TOY";
  saved.layout = "gbu";
  saved.train_mode = "att";
  saved.rows = "trainval";
  saved.fingerprints = {"0123456789abcdef"};
  saved.statistics.counts = {3, 0};
  saved.statistics.means = dem::Matrix<double>(2, 2);
  saved.statistics.means(0, 1) = 1.5;
  saved.statistics.scatter = {0.5, 0.0};
  saved.statistics.lowest = {-1.0f, 1.5f};
  saved.statistics.highest = {1.0f, 1.5f};
  dem::save_statistics(saved, corpus.next("statistics"));
  saved.statistics.second_moment = dem::Matrix<double>(2, 2);
  dem::save_statistics(saved, corpus.next("statistics"));
  const float rows[] = {-1.0f, 1.5f, 0.0f, 1.5f, 1.0f, 1.5f};
  const dem::MatrixView<const float> features(rows, 3, 2);
  const dem::ClassId labels[] = {0, 0, 0};
  dem::FoldStatisticsGatherer gatherer(
      dem::folds_of(saved.classes.names, dem::kNumFolds), dem::kNumFolds, 2, true);
  gatherer.add(features, labels);
  saved.statistics = gatherer.pooled();
  saved.folds = std::move(gatherer).finish();
  dem::save_statistics(saved, corpus.next("statistics"));
  dem::RowSampler sampler(saved.classes.names, 2, 5, 3);
  sampler.add(features, labels);
  saved.sample = std::move(sampler).finish();
  dem::save_statistics(saved, corpus.next("statistics"));
}

// ONNX and MINDIR of one weight, one input and one output.
void write_graphs(Corpus& corpus) {
  const std::string shape = length_delimited(1, std::string("\x08\x02", 2)) +
                            length_delimited(1, length_delimited(2, "n"));
  const std::string value =
      length_delimited(1, "x") +
      length_delimited(2, length_delimited(1, "\x08\x01" + length_delimited(2, shape)));
  const std::string tensor =
      "\x08\x01\x10\x01" + length_delimited(8, "w") + length_delimited(9, std::string(4, '\0'));
  const std::string property = length_delimited(1, "k") + length_delimited(2, "v");
  corpus.add("graph",
             "\x08\x06" + length_delimited(2, "dem") +
                 length_delimited(7,
                                  length_delimited(1, length_delimited(4, "Gemm")) +
                                      length_delimited(5, tensor) + length_delimited(11, value) +
                                      length_delimited(12, value)) +
                 length_delimited(8, "\x10\x0b") + length_delimited(14, property));
  const std::string plain = "\x08\x01\x10\x01" + length_delimited(7, "w");
  const std::string info = length_delimited(1, "x") + length_delimited(2, plain);
  corpus.add("graph",
             length_delimited(1, "0.1.0") + length_delimited(2, "dem") +
                 length_delimited(7,
                                  length_delimited(3, plain + length_delimited(9, "1234")) +
                                      length_delimited(5, info) + length_delimited(6, info)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  try {
    Corpus corpus(argv[1]);
    write_arrays(corpus);
    write_features_and_classes(corpus);
    write_checkpoints(corpus);
    write_models(corpus);
    write_statistics(corpus);
    write_graphs(corpus);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
