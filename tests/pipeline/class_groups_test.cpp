#include "dem/pipeline/class_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "support/files.h"
#include "support/temporary_folder.h"

namespace dem {
namespace {

using test::expect_error;
using testing::ElementsAre;

ClassTable classes_of(const std::vector<std::string>& names) {
  ClassTable classes;
  classes.names = names;
  return classes;
}

class ClassGroupsOf : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    std::ofstream(folder_.file("groups.csv")) << text;
    return folder_.file("groups.csv");
  }
  test::TemporaryFolder folder_;
};

TEST_F(ClassGroupsOf, AreReadByName) {
  const ClassTable classes = classes_of({"lion", "wolf", "tiger"});
  for (const char* heading : {"", "class,genus\n"}) {
    const ClassGroups groups = read_class_groups(
        write(std::string(heading) + "tiger,cats\nemu,birds\nlion,cats\nwolf,dogs\n"), classes);
    EXPECT_THAT(groups.names, ElementsAre("cats", "dogs"));
    EXPECT_THAT(groups.of_class, ElementsAre(0, 1, 0));
  }
}

TEST_F(ClassGroupsOf, AreRefusedWhereTheyAreNotClear) {
  const ClassTable classes = classes_of({"lion", "wolf"});
  const struct {
    const char* text;
    std::initializer_list<std::string_view> texts;
  } cases[] = {
      {"lion,cats\n", {"groups.csv", "each class", "\"wolf\""}},
      {"lion,cats\nlion,dogs\nwolf,dogs\n", {"line 2", "\"lion\" again"}},
      {"lion,cats\nwolf,\n", {"line 2", "empty cell"}},
      {"lion\nwolf\n", {"two columns", "1 columns"}},
  };
  for (const auto& [text, texts] : cases) {
    SCOPED_TRACE(text);
    const std::string path = write(text);
    expect_error(ErrorKind::kFormat, texts, [&] { (void)read_class_groups(path, classes); });
  }
}

// Two rows among four classes in three groups.
Prediction toy_prediction() {
  Prediction all;
  const ClassId classes[2][4] = {{2, 0, 1, 3}, {3, 1, 0, 2}};
  const float probabilities[2][4] = {{0.4f, 0.3f, 0.2f, 0.1f}, {0.5f, 0.3f, 0.125f, 0.075f}};
  all.classes = Matrix<ClassId>(2, 4);
  all.probabilities = Matrix<float>(2, 4);
  all.scores = Matrix<float>(2, 4);
  for (Index i = 0; i < 2; ++i) {
    for (Index k = 0; k < 4; ++k) {
      all.classes(i, k) = classes[i][k];
      all.probabilities(i, k) = probabilities[i][k];
      all.scores(i, k) = static_cast<float>(-k);
    }
  }
  return all;
}

TEST(Grouped, SumsProbabilities) {
  const ClassGroups groups{{"a", "b", "c"}, {0, 0, 1, 2}};
  const Prediction p = grouped(toy_prediction(), groups, 2);
  EXPECT_EQ(p.classes(0, 0), 0);  // 0.3 + 0.2
  EXPECT_FLOAT_EQ(p.probabilities(0, 0), 0.5f);
  EXPECT_FLOAT_EQ(p.scores(0, 0), -1.0f);
  EXPECT_EQ(p.classes(0, 1), 1);
  EXPECT_EQ(p.classes(1, 0), 2);
  EXPECT_EQ(p.classes(1, 1), 0);
  EXPECT_FLOAT_EQ(p.probabilities(1, 1), 0.425f);
  EXPECT_TRUE(std::isnan(p.margins[0]));
  EXPECT_TRUE(p.distances.empty());
}

TEST(Grouped, RefusesMoreGroupsThanThereAre) {
  const ClassGroups groups{{"a", "b", "c"}, {0, 0, 1, 2}};
  expect_error(ErrorKind::kInvalidArgument, {"top_k of 1 to 3", "got 4"}, [&] {
    (void)grouped(toy_prediction(), groups, 4);
  });
  Prediction none = toy_prediction();
  none.probabilities = {};
  expect_error(ErrorKind::kInvalidArgument, {"expected probabilities"}, [&] {
    (void)grouped(none, groups, 1);
  });
}

}  // namespace
}  // namespace dem
