// What the command line says of layout gbu: which split file, which attributes, which way round.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli_fixture.h"

namespace dem::test {
namespace {

namespace fs = std::filesystem;

class GbuOptions : public CliTest {
 protected:
  void SetUp() override { make_data("--layout gbu --dataset TOY"); }
  [[nodiscard]] ProgramResult train(const std::string& options) const {
    return dem("train --data-path data --dataset TOY --save-ckpt out --recipe ridge " + options);
  }
  [[nodiscard]] ProgramResult eval(const std::string& options = "") const {
    return dem("eval --data-path data --dataset TOY --save-ckpt out " + options);
  }
  static void expect_in(const std::string& text, const std::string& words) {
    EXPECT_NE(text.find(words), std::string::npos) << words << " in:\n" << text;
  }
};

TEST_F(GbuOptions, AttributesAreChosenWhateverTheRecipeAndTheModelKnowsThem) {
  const ProgramResult original = train("--attributes original");
  ASSERT_EQ(original.status, 0) << original.err;
  expect_in(original.err, "attributes are original_att; att is there, too");
  expect_in(read_file(folder_ / "out/summary.json"), "\"attributes\": \"original\"");
  const ProgramResult same = eval();
  ASSERT_EQ(same.status, 0) << same.err;
  expect_in(same.err, "attributes are original_att; att is there, too");
  const ProgramResult other = eval("--attributes normalised");
  EXPECT_EQ(other.status, 2);
  expect_in(other.err, "--attributes: expected original, which the model was trained with");

  const ProgramResult normalised = train("--attributes normalised");
  ASSERT_EQ(normalised.status, 0) << normalised.err;
  expect_in(read_file(folder_ / "out/summary.json"), "\"attributes\": \"normalised\"");
  expect_in(eval().err, "attributes are att; original_att is there, too");
  EXPECT_EQ(train("--attributes raw").status, 2);
  ASSERT_EQ(dem("synth --output data --dataset AwA --num-train-images 100 --num-test-images 40 "
                "--num-seen-classes 6 --num-unseen-classes 4 --attribute-dim 10 --feature-dim 16")
                .status,
            0);
  const ProgramResult none = dem("train --data-path data --dataset AwA --attributes original");
  EXPECT_EQ(none.status, 2);
  expect_in(none.err, "--attributes: is for layout gbu, and dataset AwA has layout dem");
}

TEST_F(GbuOptions, SplitNamesAFileAndErrorsNameTheOption) {
  fs::rename(folder_ / "data/TOY/att_splits.mat", folder_ / "data/TOY/a_splits.mat");
  ASSERT_EQ(train("").status, 0);
  fs::copy_file(folder_ / "data/TOY/a_splits.mat", folder_ / "data/TOY/b_splits.mat");
  const ProgramResult doubtful = train("");
  EXPECT_NE(doubtful.status, 0);
  expect_in(doubtful.err, "a_splits.mat, b_splits.mat): choose one with --split");
  const ProgramResult chosen = train("--split b_splits.mat");
  ASSERT_EQ(chosen.status, 0) << chosen.err;
  expect_in(read_file(folder_ / "out/summary.json"), "b_splits.mat");
  const ProgramResult none = train("--split c_splits.mat");
  EXPECT_NE(none.status, 0);
  expect_in(none.err, "--split: expected a file in");
}

TEST_F(GbuOptions, DescriptionsMayLieInRows) {
  // Not as many attributes as classes, which tables that lie either way would fit.
  const ProgramResult made =
      dem("synth --output other --layout gbu --dataset TOY --num-train-images 200 "
          "--num-test-images 50 --num-seen-classes 8 --num-unseen-classes 4 --attribute-dim 10 "
          "--feature-dim 16");
  ASSERT_EQ(made.status, 0) << made.err;
  fs::remove_all(folder_ / "data");
  fs::rename(folder_ / "other", folder_ / "data");
  const ProgramResult rows = train("--descriptions rows");
  EXPECT_EQ(rows.status, 3);
  expect_in(rows.err, "looks transposed");
  EXPECT_EQ(train("--descriptions columns").status, 0);
  EXPECT_EQ(train("--descriptions across").status, 2);
}

}  // namespace
}  // namespace dem::test
