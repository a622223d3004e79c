#include <gtest/gtest.h>

#include "dem/pipeline/predict.h"
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
