#include "dem/doctor/diagnosis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

namespace dem {
namespace {

using testing::HasSubstr;
using testing::Not;

Diagnosis example() {
  Diagnosis diagnosis;
  diagnosis.dataset = "TOY";
  diagnosis.layout = "gbu";
  diagnosis.num_rows = 9;
  diagnosis.findings = {{.id = "first",
                         .severity = Severity::kError,
                         .title = "a title",
                         .where = "file",
                         .rows = {0, 1, 2, 3, 4, 5, 6, 7, 8},
                         .count = 30,
                         .cost = "much",
                         .mend = "little"},
                        {.id = "second", .title = "other", .classes = {"ox", "\xff"}, .count = 2}};
  return diagnosis;
}

TEST(Diagnosis, CountsAndFinds) {
  const Diagnosis diagnosis = example();
  EXPECT_TRUE(diagnosis.has_errors());
  EXPECT_EQ(diagnosis.count(Severity::kNote), 1);
  EXPECT_EQ(diagnosis.count(Severity::kWarning), 0);
  EXPECT_EQ(diagnosis.find("second")->title, "other");
  EXPECT_EQ(diagnosis.find("third"), nullptr);
}

TEST(Diagnosis, IsJson) {
  const auto json = nlohmann::json::parse(example().to_json());
  EXPECT_EQ(json["dataset"], "TOY");
  EXPECT_EQ(json["status"], "wrong");
  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["findings"][0]["id"], "first");
  EXPECT_EQ(json["findings"][0]["severity"], "error");
  EXPECT_EQ(json["findings"][0]["rows"].size(), 9U);
  EXPECT_EQ(json["findings"][0]["count"], 30);
  EXPECT_FALSE(json["findings"][0].contains("classes"));
  EXPECT_EQ(json["findings"][1]["classes"][0], "ox");
}

TEST(Diagnosis, IsTextWithAParagraphAFinding) {
  const std::string text = example().to_string();
  EXPECT_THAT(
      text,
      HasSubstr("error: a title  [first]\n  where    file\n  rows     0, 1, 2, 3, 4, 5, 6, 7, ...\n"
                "  cost     much\n  mend     little\n\nnote: other  [second]\n"));
  EXPECT_THAT(text, HasSubstr("classes  ox, \xff\n"));
  EXPECT_THAT(text, HasSubstr("TOY: 1 error, 0 warnings, 1 note: results would be wrong\n"));
  EXPECT_THAT(text, HasSubstr("none: the data are refused"));
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// docs/doctor.md has a row for every id of the checks' sources, and no other.
TEST(Diagnosis, IdsAreThoseOfTheDocumentation) {
  const std::filesystem::path root = DEM_SOURCE_DIR;
  std::set<std::string> sources, documented;
  const std::regex quoted("\"([a-z0-9]+(?:-[a-z0-9]+)*)\"");
  const std::regex given(R"(\.id =([^.]*?),\s*\.(severity|title))");
  for (const auto& entry : std::filesystem::directory_iterator(root / "src/doctor")) {
    const std::string text = content(entry.path());
    for (std::sregex_iterator match(text.begin(), text.end(), given), end; match != end; ++match) {
      const std::string ids = (*match)[1].str();
      for (std::sregex_iterator id(ids.begin(), ids.end(), quoted); id != end; ++id) {
        sources.insert((*id)[1].str());
      }
    }
  }
  const std::string page = content(root / "docs/doctor.md");
  const std::regex row(R"(\n\| `([a-z0-9-]+)` \|)");
  for (std::sregex_iterator match(page.begin(), page.end(), row), end; match != end; ++match) {
    documented.insert((*match)[1].str());
  }
  EXPECT_GT(sources.size(), 30U);
  EXPECT_EQ(documented, sources);
}

}  // namespace
}  // namespace dem
