// Runs exported models in OpenCV's dnn module: check_opencv FOLDER, the folder as write_models
// wrote it. Exit status 0 where all outputs agree with dem's, 1 otherwise.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>
#include <opencv2/dnn.hpp>

namespace {

using nlohmann::json;

int failures = 0;
double largest = 0.0;

std::vector<float> floats(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  std::vector<float> values(bytes.size() / sizeof(float));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(values.data()));
  return values;
}

void fail(const std::string& message) {
  if (++failures <= 20) std::printf("%s\n", message.c_str());
}

void check_values(const std::string& where,
                  const cv::Mat& got,
                  const json& expected,
                  const std::string& folder) {
  const int rows = expected["shape"][0];
  const int columns = expected["shape"][1];
  if (got.dims != 2 || got.rows != rows || got.cols != columns || got.type() != CV_32F) {
    return fail(where + ": another shape or type");
  }
  const std::vector<float> values = floats(folder + expected["file"].get<std::string>());
  const std::vector<float> tolerances = floats(folder + expected["tolerance"].get<std::string>());
  for (int i = 0; i < rows; ++i) {
    const double tolerance = double{tolerances.at(static_cast<std::size_t>(i))};
    for (int j = 0; j < columns; ++j) {
      const double value = double{values.at(static_cast<std::size_t>(i * columns + j))};
      const double difference = std::abs(double{got.at<float>(i, j)} - value);
      largest = std::max(largest, tolerance > 0.0 ? difference / tolerance : 0.0);
      if (difference <= tolerance) continue;
      fail(where + " [" + std::to_string(i) + ", " + std::to_string(j) + "]: expected " +
           std::to_string(value) + " within " + std::to_string(tolerance) + ", got " +
           std::to_string(got.at<float>(i, j)));
    }
  }
}

void check(const json& one, const std::string& folder) {
  const std::string name = one["model"];
  for (const json& run : one["runs"]) {
    cv::dnn::Net net = cv::dnn::readNetFromONNX(folder + name);
    std::vector<std::vector<float>> kept;
    for (const json& input : run["inputs"]) {
      kept.push_back(floats(folder + input["file"].get<std::string>()));
      const cv::Mat values(input["shape"][0], input["shape"][1], CV_32F, kept.back().data());
      net.setInput(values, input["name"].get<std::string>());
    }
    for (const json& expected : run["outputs"]) {
      const std::string output = expected["name"];
      check_values(name + ", batch " + expected["shape"][0].dump() + ": " + output,
                   net.forward(output),
                   expected,
                   folder);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: check_opencv FOLDER\n", stderr);
    return 2;
  }
  const std::string folder = std::string(argv[1]) + "/";
  int models = 0;
  try {
    std::ifstream in(folder + "manifest.json");
    for (const json& one : json::parse(in)) {
      if (!one["opencv"].get<bool>()) continue;
      check(one, folder);
      ++models;
    }
  } catch (const std::exception& error) {
    fail(error.what());
  }
  std::printf("OpenCV %s: %d models, %d differences, the largest error %.3f of its tolerance\n",
              CV_VERSION,
              models,
              failures,
              largest);
  return failures > 0 || models == 0 ? 1 : 0;
}
