#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "dem/pipeline/predict.h"
#include "io/npy_writer.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::TemporaryFolder;

class PredictFile : public ::testing::Test {
 protected:
  // Two classes at (0, 0) and (4, 0).
  static Model two_classes() {
    Model model;
    model.class_map = ClassMap(
        NetworkMap{Network({.inputs = {{"attribute", 1}}, .hidden_dim = 0, .feature_dim = 2})});
    model.classes.names = {"near", "far"};
    model.classes.seen = {true, false};
    model.classes.spaces = {"attribute"};
    model.classes.embeddings.emplace_back(2, 1);
    model.temperature = 1.0f;
    model.prototypes.rows = Matrix<float>(2, 2);
    model.prototypes.rows(1, 0) = 4.0f;
    return model;
  }

  [[nodiscard]] std::string predict(const Model& model,
                                    const std::string& csv,
                                    PredictionFormat format) const {
    std::string out;
    (void)predict_file(model,
                       {.input = folder_.write("x.csv", csv),
                        .write = [&](std::string_view text) { out += text; },
                        .format = format,
                        .block_rows = 2});
    return out;
  }

  // Files of the folder, two rows at a time.
  [[nodiscard]] std::string read(const std::string& input,
                                 PredictionFormat format = PredictionFormat::kCsv) const {
    std::string out;
    (void)predict_file(two_classes(),
                       {.input = folder_.file(input),
                        .write = [&](std::string_view text) { out += text; },
                        .format = format,
                        .block_rows = 2});
    return out;
  }

  TemporaryFolder folder_;
};

// A safetensors file of one array.
std::string safetensors(const std::string& type, const std::string& shape, std::string bytes) {
  std::string header = R"({"features":{"dtype":")" + type + R"(","shape":)" + shape +
                       R"(,"data_offsets":[0,)" + std::to_string(bytes.size()) + "]}}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i));
  return length + header + bytes;
}

// Blocks of two rows go across the files, of which the first and the last are larger.
TEST_F(PredictFile, FilesOfAPatternOrAFolderAreOneMatrix) {
  const std::string expected =
      predict(two_classes(), "1,0\n3,0\n-2,5\n0,0\n4,1\n9,9\n1,1\n2.5,0\n", PredictionFormat::kCsv);
  std::filesystem::create_directory(folder_.file("x"));
  (void)folder_.write("x/x_2.csv", "f,g\n1,0\n3,0\n-2,5\n");
  (void)folder_.write("x/x_9.csv", "0,0\n");
  (void)folder_.write("x/x_10.csv", "f,g\n4,1\n9,9\n1,1\n2.5,0\n");
  for (const char* input : {"x", "x/x_*.csv"}) {
    SCOPED_TRACE(input);
    // The numbers do not follow one another.
    expect_error(ErrorKind::kFormat, {"shard 1", "x_2.csv"}, [&] { (void)read(input); });
  }
  std::filesystem::rename(folder_.file("x/x_2.csv"), folder_.file("x/x_8.csv"));
  expect_error(ErrorKind::kFormat, {"shard 1", "x_8.csv"}, [&] { (void)read("x"); });
  std::filesystem::rename(folder_.file("x/x_8.csv"), folder_.file("x/x_0.csv"));
  std::filesystem::rename(folder_.file("x/x_9.csv"), folder_.file("x/x_1.csv"));
  std::filesystem::rename(folder_.file("x/x_10.csv"), folder_.file("x/x_2.csv"));
  EXPECT_EQ(read("x"), expected);
  EXPECT_EQ(read("x/x_*.csv"), expected);
  EXPECT_EQ(read("x/x_[0-2].csv"), expected);
  expect_error(ErrorKind::kIo, {"*.npy", "files of features"}, [&] { (void)read("x/*.npy"); });
  std::filesystem::create_directory(folder_.file("y"));
  expect_error(ErrorKind::kIo, {"/y:", "files of features, got none"}, [&] { (void)read("y"); });
  expect_error(ErrorKind::kIo, {"none.csv", "cannot be read"}, [&] { (void)read("none.csv"); });
}

// Rows of a .npy file are known in number, also of several: the output says it before they come.
TEST_F(PredictFile, ShardsOfKnownLengthsArePredictedAsIds) {
  Matrix<float> rows(3, 2);
  rows(1, 0) = 4.0f;
  write_npy(folder_.file("x_0.npy"), rows.view());
  rows(0, 0) = 4.0f;
  write_npy(folder_.file("x_1.npy"), rows.view());
  const std::string ids = read("x_*.npy", PredictionFormat::kNpy);
  ASSERT_GE(ids.size(), 24u);
  const std::string last = ids.substr(ids.size() - 24);
  std::string expected;
  for (const char id : {'\0', '\1', '\0', '\1', '\1', '\0'}) expected += id + std::string(3, '\0');
  EXPECT_EQ(last, expected);
}

TEST_F(PredictFile, ShardsThatDifferAreRefusedBeforeARowIsRead) {
  (void)folder_.write("x_0.csv", "f,g\n1,0\n");
  (void)folder_.write("x_1.csv", "g,f\n1,0\n");
  expect_error(ErrorKind::kFormat,
               {"x_1.csv: expected the headings of", "x_0.csv", "\"f\"", "\"g\" over column 1"},
               [&] { (void)read("x_*.csv"); });
  (void)folder_.write("x_1.csv", "1,0,0\n");
  expect_error(ErrorKind::kShapeMismatch, {"x_1.csv", "expected 2 columns, got 3"}, [&] {
    (void)read("x_*.csv");
  });
  (void)folder_.write("x_1.csv", "1,0\n1,nan\n");
  expect_error(ErrorKind::kFormat, {"x_1.csv: row 1, column 1"}, [&] { (void)read("x_*.csv"); });
}

// Rows that would be there twice, or not at all.
TEST_F(PredictFile, FilesThatAreNotTheShardsOfOneSetAreRefused) {
  const auto write = [&](std::initializer_list<const char*> names) {
    std::filesystem::remove_all(folder_.file("s"));
    std::filesystem::create_directory(folder_.file("s"));
    for (const char* name : names) (void)folder_.write(std::string("s/") + name, "1,0\n3,0\n");
  };
  const auto expect_refused = [&](const std::string& input,
                                  std::initializer_list<std::string_view> parts) {
    std::string out;
    expect_error(ErrorKind::kFormat, parts, [&] {
      (void)predict_file(two_classes(),
                         {.input = folder_.file(input), .write = [&](auto text) { out += text; }});
    });
    EXPECT_EQ(out, "") << input;
  };
  write({"features.csv", "features_0.csv", "features_1.csv"});
  expect_refused("s", {"names count", "features_0.csv and features.csv"});
  expect_refused("s/features*", {"names count"});
  write({"f_0.csv", "f_1.csv", "f_3.csv", "extra.csv"});
  expect_refused("s", {"names count", "extra.csv"});
  expect_refused("s/f_*.csv", {"features of shard 2", "f_3.csv"});
  write({"f-00002-of-00004.csv"});
  expect_refused("s/f-*", {"shard 1", "f-00002-of-00004.csv"});
  expect_refused("s", {"shard 1"});
  write({"a0-of-2.csv", "a1-of-3.csv"});
  expect_refused("s", {"3 shards", "a1-of-3.csv"});
  write({"f_0.csv", "f_1.csv", "f_2.csv"});
  (void)folder_.write("s/f_1.csv", "f,g\n1,0\n");
  (void)folder_.write("s/f_2.csv", "g,f\n1,0\n");
  expect_refused("s", {"f_2.csv: expected the headings of", "f_1.csv"});
}

std::ptrdiff_t lines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST_F(PredictFile, NumbersInNamesThatDoNotCountAreNoShards) {
  std::filesystem::create_directory(folder_.file("s"));
  for (const char* name : {"s/train2014.csv", "s/val2017.csv"}) (void)folder_.write(name, "1,0\n");
  EXPECT_EQ(lines_in(read("s")), 3);
  std::filesystem::remove_all(folder_.file("s"));
  std::filesystem::create_directory(folder_.file("s"));
  for (const char* name : {"s/f_0_prof50.csv", "s/f_1_prof50.csv"}) {
    (void)folder_.write(name, "1,0\n");
  }
  EXPECT_EQ(lines_in(read("s")), 3);
}

// (1, 0), (3, 0), (-2, 5), in little-endian bytes of each type.
TEST_F(PredictFile, NarrowNumbersPredictWhatFloat32Does) {
  using namespace std::string_literals;
  const std::string expected = predict(two_classes(), "1,0\n3,0\n-2,5\n", PredictionFormat::kCsv);
  const std::pair<const char*, std::string> files[] = {
      {"I8", "\1\0\3\0\xfe\5"s},
      {"F16", "\0\x3c\0\0\0\x42\0\0\0\xc0\0\x45"s},
      {"BF16", "\x80\x3f\0\0\x40\x40\0\0\0\xc0\xa0\x40"s}};
  for (const auto& [type, bytes] : files) {
    std::string out;
    (void)predict_file(two_classes(),
                       {.input = folder_.write("x.safetensors", safetensors(type, "[3,2]", bytes)),
                        .write = [&](std::string_view text) { out += text; },
                        .format = PredictionFormat::kCsv,
                        .block_rows = 2});
    EXPECT_EQ(out, expected) << type;
  }
}

TEST_F(PredictFile, ScoresBeyondFloat32AreLeftOut) {
  const std::string huge = "2,0\n0,-3e38\n";
  EXPECT_EQ(predict(two_classes(), huge, PredictionFormat::kCsv),
            "row,class,score,probability,margin,rejected,distance\n"
            "0,near,-4,0.5,0,false,4\n"
            "1,near,,0.5,0,false,\n");
  EXPECT_NE(predict(two_classes(), huge, PredictionFormat::kJsonLines)
                .find("\"margin\":0,\"top\":[{\"class\":\"near\",\"id\":0,\"score\":null,"),
            std::string::npos);
}

TEST_F(PredictFile, MarginsBeyondFloat32AreLeftOut) {
  Model model = two_classes();
  model.prototypes.rows(1, 0) = -3e38f;
  EXPECT_EQ(predict(model, "3e38,0\n", PredictionFormat::kCsv),
            "row,class,score,probability,margin,rejected,distance\n"
            "0,near,,1,,false,\n");
}

TEST_F(PredictFile, ARowThatScalingTakesOutOfFloat32IsNamedAsInTheFile) {
  Model model = two_classes();
  model.feature_map = FeatureMap({ScalingKind::kStandard, {0, 0}, {1, 2}});
  expect_error(ErrorKind::kNumerical, {"row 4, column 1", "(counted from 0)", "-inf"}, [&] {
    (void)predict(model, "1,2\n1,2\n1,2\n1,2\n1,-3e38\n", PredictionFormat::kCsv);
  });
}

}  // namespace
}  // namespace dem
