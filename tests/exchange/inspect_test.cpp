#include "dem/exchange/inspect.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "dem/exchange/model_file.h"
#include "exchange/checkpoint_encoder.h"
#include "exchange/example_model.h"
#include "io/npy_writer.h"
#include "io/npz.h"
#include "support/files.h"

namespace dem {
namespace {

using test::encode_floats;
using test::encode_value;
using test::expect_error;
using test::read_bytes;
using test::TemporaryFolder;

std::vector<std::string> lines_of(const FileReport& report) {
  std::vector<std::string> lines;
  for (const ArrayInfo& info : report.arrays) lines.push_back(info.name + " " + to_string(info));
  return lines;
}

TEST(Inspect, ACheckpointShowsEveryValueWithItsType) {
  const TemporaryFolder folder;
  const std::string bytes =
      encode_floats("fc1.weight", {2, 3}, 1) + encode_value("lr", {0}, "Float16", "ab") +
      encode_value("step_num", {}, "Int64", std::string(8, '\0')) +
      encode_value("flags", {2}, "Bool", "\1\1") + encode_value("note", {4}, "str", "x") +
      encode_value("packed", {4}, "Int4", "xy");
  const FileReport plain = inspect_file(folder.write("a.ckpt", bytes));
  EXPECT_EQ(plain.format, "MindSpore checkpoint");
  EXPECT_EQ(lines_of(plain),
            (std::vector<std::string>{"fc1.weight float32 [2, 3]",
                                      "lr float16 []",
                                      "step_num int64 []",
                                      "flags bool [2]",
                                      "note text [4] (text)",
                                      "packed other [4] (4-bit integers)"}));
  EXPECT_TRUE(plain.metadata.empty());
  const FileReport checked = inspect_file(folder.write("b.ckpt", test::with_crc(bytes)));
  EXPECT_EQ(checked.arrays.size(), plain.arrays.size());
  EXPECT_EQ(checked.metadata.size(), 1u);
}

TEST(Inspect, AModelFileShowsTensorsAndMetadata) {
  const TemporaryFolder folder;
  save_model(test::example_model(), folder.file("model.safetensors"));
  const FileReport report = inspect_file(folder.file("model.safetensors"));
  EXPECT_EQ(report.format, "safetensors");
  EXPECT_EQ(report.arrays.size(), 11u);
  const std::map<std::string, std::string> facts(report.metadata.begin(), report.metadata.end());
  EXPECT_EQ(facts.at("format"), "dem model");
  EXPECT_EQ(facts.at("provenance.seed"), "7");
}

TEST(Inspect, ArrayFilesAreShownAsTheirReadersSeeThem) {
  const TemporaryFolder folder;
  const float numbers[6] = {};
  write_npy(folder.file("a.npy"), MatrixView<const float>(numbers, 2, 3));
  EXPECT_EQ(inspect_file(folder.file("a.npy")).format, "NumPy");
  EXPECT_EQ(lines_of(inspect_file(folder.file("a.npy"))),
            (std::vector<std::string>{"a float32 [2, 3]"}));
  const RawTensor tensor{"x", ElementType::kUint8, {2}, std::as_bytes(std::span(numbers)).first(2)};
  write_npz(folder.file("a.npz"), std::span(&tensor, 1));
  EXPECT_EQ(inspect_file(folder.file("a.npz")).format, "NumPy archive");
  EXPECT_EQ(lines_of(inspect_file(folder.file("a.npz"))),
            (std::vector<std::string>{"x uint8 [2]"}));
  const FileReport csv = inspect_file(folder.write("b.csv", "class,x\nzebra,1\n"));
  EXPECT_EQ(csv.format, "CSV");
  EXPECT_EQ(lines_of(csv),
            (std::vector<std::string>{"b float64 [1, 1]", "names text [1]", "header text [1]"}));
  const FileReport mat =
      inspect_file(std::string(DEM_SOURCE_DIR) + "/examples/emoji/att_splits.mat");
  EXPECT_EQ(mat.format, "MAT v5");
  EXPECT_FALSE(mat.arrays.empty());
}

TEST(Inspect, SizeAndFingerprintAreThoseOfTheBytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.ckpt", encode_floats("x", {3}, 1));
  const FileReport report = inspect_file(path);
  const std::string bytes = read_bytes(path);
  Fingerprint fingerprint;
  for (const char c : bytes) fingerprint.add(&c, 1);
  EXPECT_EQ(report.bytes, bytes.size());
  EXPECT_EQ(report.fingerprint, fingerprint.hex());
  EXPECT_EQ(report.path, path);
}

TEST(Inspect, TheJsonHoldsWhatTheReportHolds) {
  FileReport report;
  report.path = "a\"b";
  report.format = "MAT v5";
  report.bytes = 1'000'000'000'000;
  report.fingerprint = "00ff";
  report.arrays = {{"x", ElementType::kUint16, {2, 3}, ""},
                   {"s", ElementType::kOther, {}, "struct"},
                   {"not \xff UTF-8", ElementType::kText, {1}, ""}};
  report.metadata = {{"k", "line\nbreak"}};
  const nlohmann::json json = nlohmann::json::parse(report.to_json());
  EXPECT_EQ(json.at("path"), "a\"b");
  EXPECT_EQ(json.at("format"), "MAT v5");
  EXPECT_EQ(json.at("bytes"), 1'000'000'000'000);
  EXPECT_EQ(json.at("fingerprint"), "00ff");
  ASSERT_EQ(json.at("arrays").size(), 3u);
  EXPECT_EQ(json.at("arrays")[0].dump(), R"({"name":"x","shape":[2,3],"type":"uint16"})");
  EXPECT_EQ(json.at("arrays")[1].at("note"), "struct");
  EXPECT_EQ(json.at("metadata").at("k"), "line\nbreak");
}

TEST(Inspect, TheTextIsATableWithShortenedValues) {
  FileReport report;
  report.path = "a.safetensors";
  report.format = "safetensors";
  report.bytes = 12;
  report.fingerprint = "00ff";
  report.arrays = {{"fc1.weight", ElementType::kFloat32, {2, 3}, ""},
                   {"x", ElementType::kOther, {}, "struct"}};
  report.metadata = {{"k", "a\nb"}, {"long", std::string(150, 'x')}};
  EXPECT_EQ(report.to_string(),
            "a.safetensors\n"
            "  format       safetensors\n"
            "  bytes        12\n"
            "  fingerprint  00ff\n"
            "  arrays       2\n"
            "\n"
            "  fc1.weight  float32  [2, 3]\n"
            "  x           other    []      struct\n"
            "\n"
            "  k     a b\n"
            "  long  " +
                std::string(100, 'x') + "... (150 bytes)\n");
}

TEST(Inspect, JsonShowsItsFieldsAndLinesTheirLast) {
  TemporaryFolder folder;
  const FileReport one = inspect_file(folder.write("summary.json", "{\n\"a\": \"b\", \"n\": 2}\n"));
  EXPECT_EQ(one.format, "JSON");
  const decltype(one.metadata) fields = {{"a", "b"}, {"n", "2"}};
  EXPECT_EQ(one.metadata, fields);
  const FileReport lines = inspect_file(folder.write("log.jsonl", "{\"n\":1}\n{\"n\":2}\n"));
  EXPECT_EQ(lines.format, "JSON lines");
  const decltype(one.metadata) last = {{"lines", "2"}, {"n", "2"}};
  EXPECT_EQ(lines.metadata, last);
  const std::string broken = folder.write("broken.json", "{\"n\": 1, }");
  expect_error(ErrorKind::kFormat, {broken, "JSON"}, [&] { (void)inspect_file(broken); });
}

TEST(Inspect, WhatCannotBeReadIsAnError) {
  const TemporaryFolder folder;
  expect_error(ErrorKind::kIo, {"none"}, [&] { (void)inspect_file(folder.file("none")); });
  expect_error(ErrorKind::kIo, {"regular"}, [&] { (void)inspect_file(folder.path().string()); });
  const std::string empty = folder.write("empty", "");
  expect_error(ErrorKind::kFormat, {empty, "empty"}, [&] { (void)inspect_file(empty); });
  const std::string text = folder.write("text", "hello");
  expect_error(ErrorKind::kFormat, {text}, [&] { (void)inspect_file(text); });
  const std::string locked =
      folder.write("locked.ckpt", test::from_hex("d85e3a7f") + std::string(60, 'x'));
  expect_error(ErrorKind::kUnsupported, {locked, "encrypted"}, [&] { (void)inspect_file(locked); });
}

}  // namespace
}  // namespace dem
