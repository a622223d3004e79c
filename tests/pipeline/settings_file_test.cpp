#include "dem/pipeline/settings_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "dem/base/error.h"
#include "support/temporary_folder.h"

namespace dem {
namespace {

class SettingsFiles : public testing::Test {
 protected:
  SettingsFile read(const std::string& text) {
    std::ofstream(folder_ / "s.json", std::ios::binary) << text;
    return read_settings_file(folder_ / "s.json");
  }
  std::string refusal(const std::string& text) {
    try {
      (void)read(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFormat) << text;
      return error.what();
    }
    ADD_FAILURE() << "not refused: " << text;
    return "";
  }
  test::TemporaryFolder folder_;
};

using Fields = std::map<std::string, std::string>;

TEST_F(SettingsFiles, AnObjectHasAValueAField) {
  const SettingsFile file = read(
      R"({"recipe": "ridge", "lambda": "auto", "a": 0.1, "b": 1e-05, "c": -3, "d": true,
          "e": [0.1, 2, "x", false]})");
  EXPECT_EQ(file.recipe, "ridge");
  EXPECT_FALSE(file.of_run);
  EXPECT_EQ(file.fields,
            (Fields{{"lambda", "auto"},
                    {"a", "0.1"},
                    {"b", "1e-05"},
                    {"c", "-3"},
                    {"d", "true"},
                    {"e", "0.1 2 x false"}}));
  EXPECT_EQ(read("{}").recipe, "");
  EXPECT_TRUE(read("{}").fields.empty());
}

// What the run chose stands in the place of "auto"; a fact that is no setting is left out.
TEST_F(SettingsFiles, OfARunItsRecipeAndWhatItChose) {
  const SettingsFile file = read(
      R"({"dataset": "toy", "recipe": {"name": "ridge", "settings": {"lambda": "auto",
          "lambda_grid": "1 2"}, "selection": "val", "metric": "dot"},
          "chosen": {"lambda": "2", "remark": "x"}, "summary": {"steps": 0}})");
  EXPECT_EQ(file.recipe, "ridge");
  EXPECT_TRUE(file.of_run);
  EXPECT_EQ(
      file.fields,
      (Fields{{"lambda", "2"}, {"lambda_grid", "1 2"}, {"selection", "val"}, {"metric", "dot"}}));
}

// Names may come again in another object.
TEST_F(SettingsFiles, ANameIsTwiceOnlyInOneObject) {
  EXPECT_EQ(read(R"({"metric": "a", "recipe": {"name": "x", "metric": "b"}})").fields.size(), 1U);
}

TEST_F(SettingsFiles, BrokenOnesAreRefusedWithTheirPlace) {
  const struct {
    const char* text;
    const char* named;
  } cases[] = {
      {"", "s.json: expected JSON, got a syntax error at byte 1"},
      {"{\"a\": 1", "a syntax error at byte"},
      {"{\"a\": NaN}", "a syntax error at byte"},
      {"{\"a\": 1e999}", "a number beyond double precision"},
      {"[1]", "expected an object of names and values, got array"},
      {R"({"a": 1, "a": 2})", "expected a once, got it twice"},
      {R"({"recipe": {"name": "x", "name": "y"}})", "expected name once, got it twice"},
      {R"({"a": null})", "s.json: a: expected text, a number, true, false or a list, got null"},
      {R"({"a": {"b": 1}})", "s.json: a: expected text"},
      {R"({"a": []})", "s.json: a: expected text"},
      {R"({"a": [[1]]})", "s.json: a: expected a list of values, got a list in it"},
      {R"({"recipe": {"metric": "dot"}})", "s.json: recipe: expected a name, got none"},
      {R"({"recipe": {"name": "x"}, "chosen": 3})", "s.json: chosen: expected an object"},
      {R"({"recipe": {"name": "x", "settings": []}})", "recipe: settings: expected an object"},
  };
  for (const auto& c : cases) {
    const std::string message = refusal(c.text);
    EXPECT_NE(message.find(c.named), std::string::npos) << c.text << " " << message;
  }
  EXPECT_THROW((void)read_settings_file(folder_ / "missing.json"), Error);
}

}  // namespace
}  // namespace dem
