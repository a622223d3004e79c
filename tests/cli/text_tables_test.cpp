// Tables of text as people have them, in every command that takes them: what is read is the same,
// however it is written.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli_fixture.h"

namespace dem::test {
namespace {

// One table of numbers, written in many ways.
struct Table {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> names;

  // `name(i)` begins row i.
  template <typename Name>
  [[nodiscard]] std::string text(const std::string& delimiter, const Name& name) const {
    std::string out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out += name(i);
      for (std::size_t d = 0; d < rows[i].size(); ++d) {
        if (d > 0) out += delimiter;
        out += rows[i][d];
      }
      out += '\n';
    }
    return out;
  }
  [[nodiscard]] std::string plain(const std::string& delimiter = ",") const {
    return text(delimiter, [](std::size_t) { return std::string(); });
  }
  [[nodiscard]] std::string indexed() const {
    return text(",", [](std::size_t i) { return std::to_string(i) + ","; });
  }
  [[nodiscard]] std::string named(const std::string& delimiter) const {
    return text(delimiter, [&](std::size_t i) { return names[i] + delimiter; });
  }
  // "0,1,2" from `first`, each followed by `behind`.
  [[nodiscard]] std::string counted(int first = 0, const std::string& behind = "") const {
    std::string out;
    for (std::size_t d = 0; d < rows[0].size(); ++d) {
      if (d > 0) out += ",";
      out += std::to_string(static_cast<int>(d) + first);
      out += behind;
    }
    return out;
  }
};

std::string with_decimal_commas(std::string text) {
  std::replace(text.begin(), text.end(), ',', ';');
  std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

// Rows of quarters, none of them counting.
Table numbers(int rows, int columns) {
  Table table;
  for (int i = 0; i < rows; ++i) {
    std::vector<std::string>& row = table.rows.emplace_back();
    for (int d = 0; d < columns; ++d) {
      const int value = (i * 7 + d * 3) % 11;
      row.push_back(std::to_string(value / 4) + (value % 4 == 0   ? ".0"
                                                 : value % 4 == 1 ? ".25"
                                                 : value % 4 == 2 ? ".5"
                                                                  : ".75"));
    }
    table.names.push_back("new" + std::to_string(i));
  }
  return table;
}

class TextTables : public CliTest {
 protected:
  void make_model() const {
    make_data();
    const ProgramResult trained = dem(
        "train --data-path data --dataset AwA --train-mode att --save-ckpt model --epoch-size 2 "
        "--select last --quiet");
    ASSERT_EQ(trained.status, 0) << trained.err;
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void expect_refused(const std::string& arguments,
                      const std::initializer_list<std::string>& parts) const {
    const ProgramResult result = dem(arguments);
    EXPECT_EQ(result.status, 3) << arguments << "\n" << result.err << result.out;
    for (const std::string& part : parts) {
      EXPECT_NE(result.err.find(part), std::string::npos) << part << "\n" << result.err;
    }
  }
};

TEST_F(TextTables, PredictReadsFeaturesHoweverTheyAreWritten) {
  make_model();
  const Table table = numbers(5, 32);
  write("plain.csv", table.plain());
  const ProgramResult plain = dem("predict --model model --quiet --input plain.csv");
  ASSERT_EQ(plain.status, 0) << plain.err;
  ASSERT_EQ(lines_starting_with(plain.out, "4,"), 1) << plain.out;
  std::string trailing = table.plain();
  for (std::size_t at = 0; (at = trailing.find('\n', at)) != std::string::npos; at += 2) {
    trailing.insert(at, ",");
  }
  for (const std::string& text : {table.counted() + "\n" + table.plain(),
                                  table.counted(1) + "\n" + table.plain(),
                                  table.counted(0, ".0") + "\n" + table.plain(),
                                  "," + table.counted() + "\n" + table.indexed(),
                                  "Unnamed: 0," + table.counted() + "\n" + table.indexed(),
                                  "index," + table.counted() + "\n" + table.indexed(),
                                  "class," + table.counted() + "\n" + table.named(","),
                                  "# made by someone\n" + table.plain(),
                                  with_decimal_commas(table.plain()),
                                  table.plain(" "),
                                  "5 32\n" + table.named(" "),
                                  table.named("\t"),
                                  trailing}) {
    SCOPED_TRACE(text.substr(0, 60));
    write("x.csv", text);
    EXPECT_EQ(dem("predict --model model --quiet --input x.csv").out, plain.out);
    EXPECT_EQ(dem("predict --model model --quiet --input - < x.csv").out, plain.out);
  }
  write("x.csv", "0,1,2,3\n4,5,6,7\n");
  expect_refused("predict --model model --input x.csv", {"x.csv: line 1", "headings or a row"});
  write("x.csv", "\"1,234\",2\n3,4\n");
  expect_refused("predict --model model --input x.csv", {"line 1, column 1", "decimal or part"});
  write("x.csv", "class,embedding\nant,\"[1.5, 2.5]\"\n");
  expect_refused("predict --model model --input x.csv", {"x.csv"});
}

TEST_F(TextTables, AddedClassesAreReadHoweverTheyAreWritten) {
  make_model();
  const Table table = numbers(3, 12);
  write("new.csv", table.named(","));
  const std::string command =
      "predict --model model --quiet --input data/AwA_data/test_googlenet_bn.mat "
      "--add-classes new.csv --topk 3";
  const ProgramResult plain = dem(command);
  ASSERT_EQ(plain.status, 0) << plain.err;
  for (const std::string& text : {"class," + table.counted() + "\n" + table.named(","),
                                  "," + table.counted() + "\n" + table.named(","),
                                  table.named(" "),
                                  "3 12\n" + table.named(" "),
                                  with_decimal_commas(table.named(","))}) {
    write("new.csv", text);
    EXPECT_EQ(dem(command).out, plain.out) << text.substr(0, 60);
  }
  write("new.csv", table.plain());
  expect_refused(command, {"new.csv", "classes' names"});
  // Names in a list of their own, numbered as AwA's and CUB's are.
  for (const char* names :
       {"new0\nnew1\nnew2\n", "1\tnew0\n2\tnew1\n3\tnew2\n", "class\nnew0\nnew1\nnew2\n"}) {
    write("names.txt", names);
    EXPECT_EQ(dem(command + " --names names.txt").out, plain.out) << names;
  }
  write("names.txt", "4\tnew0\n1\tnew1\n3\tnew2\n");
  expect_refused(command + " --names names.txt", {"names.txt", "other numbers"});
}

TEST_F(TextTables, CandidatesAreFoundByTheirNames) {
  make_model();
  const std::string command =
      "predict --model model --input data/AwA_data/test_googlenet_bn.mat --candidates list.txt "
      "--output out.csv";
  write("list.txt", "train-1\ntrain-3\n");
  ASSERT_EQ(dem(command).status, 0);
  const std::string expected = read_file(folder_ / "out.csv");
  for (const char* text : {"class\ntrain-1\ntrain-3\n",
                           "1\ttrain-1\n2\ttrain-3\n",
                           "\xef\xbb\xbftrain-1\r\ntrain-3\r\n",
                           "Train 1\ntrain_3\n"}) {
    write("list.txt", text);
    const ProgramResult result = dem(command);
    ASSERT_EQ(result.status, 0) << text << result.err;
    EXPECT_EQ(read_file(folder_ / "out.csv"), expected) << text;
  }
  EXPECT_NE(dem(command).err.find("\"Train 1\" is taken for \"train-1\""), std::string::npos);
  write("list.txt", "train-1\ntrain 1\n");
  EXPECT_EQ(dem(command).status, 2);
}

TEST_F(TextTables, InspectSaysWhatItChecked) {
  const Table table = numbers(3, 12);
  const std::string facts[][2] = {
      {"," + table.counted() + "\n" + table.indexed(), "yes, numbers"},
      {"," + table.counted() + "\n" + table.indexed(), "first column, 0, 1, 2, ..."},
      {with_decimal_commas(table.named(",")), "semicolon"},
      {with_decimal_commas(table.named(",")), "decimals            comma"},
      {"3 12\n" + table.named(" "), "count line          3 rows"},
      {table.plain(" "), "rows x columns      3 x 12"},
      {"a,b\n1,NA\n,2\n", "missing cells       2"},
      {"a,b\n1,x\n", "\"x\" on line 2, column 2"}};
  for (const auto& [text, said] : facts) {
    write("x.csv", text);
    const ProgramResult result = dem("inspect x.csv");
    ASSERT_EQ(result.status, 0) << result.err;
    std::string out = result.out, wanted = said;
    for (std::string* s : {&out, &wanted}) {  // widths of columns are of no concern here
      s->erase(
          std::unique(s->begin(), s->end(), [](char a, char b) { return a == ' ' && b == ' '; }),
          s->end());
    }
    EXPECT_NE(out.find(wanted), std::string::npos) << said << "\n" << result.out;
  }
}

// Eight classes of ten images, and word vectors with their names in another order.
TEST_F(TextTables, TrainAndEvalFindWordVectorsByName) {
  std::filesystem::create_directories(folder_ / "T");
  const Table words = numbers(8, 6);
  std::string features, labels, classes, split, shuffled = "9 6\nother 9 9 9 9 9 9\n";
  for (std::size_t c = 0; c < 8; ++c) {
    const std::string name = "kind_" + std::to_string(c);
    classes += name + ",1." + std::to_string(c) + "\n";
    split += name + (c < 6 ? ",seen\n" : ",unseen\n");
    for (int i = 0; i < 10; ++i) {
      labels += name + "\n";
      for (int d = 0; d < 8; ++d) {
        features +=
            (d > 0 ? "," : "") + std::to_string((static_cast<int>(c) * 5 + d * 3 + i) % 13) + ".5";
      }
      features += "\n";
    }
    const std::size_t other = (c * 3 + 1) % 8;
    shuffled += "kind " + std::to_string(other);
    for (const std::string& value : words.rows[other]) shuffled += " " + value;
    shuffled += "\n";
  }
  write("T/features.csv", features);
  write("T/labels.csv", labels);
  write("T/classes.csv", classes);
  write("T/split.csv", split);
  write("plain.csv", words.plain());
  write("shuffled.txt", shuffled);
  const auto run_with = [&](const std::string& file) {
    const std::string data = " --data-path . --dataset T --word-vectors " + file;
    const ProgramResult trained =
        dem("train --train-mode word --recipe ridge --gamma none --save-ckpt " + file + ".model" +
            data);
    EXPECT_EQ(trained.status, 0) << trained.err;
    if (file == "shuffled.txt") {
      EXPECT_NE(trained.err.find("1 row of another class left out (\"other\")"), std::string::npos)
          << trained.err;
      EXPECT_NE(trained.err.find("without regard to case"), std::string::npos) << trained.err;
    }
    const ProgramResult evaluated =
        dem("eval --quiet --json --save-ckpt " + file + ".model" + data);
    EXPECT_EQ(evaluated.status, 0) << evaluated.err;
    const std::size_t at = evaluated.out.find("\"fingerprint\"");
    EXPECT_NE(at, std::string::npos) << evaluated.out;
    return evaluated.out.substr(std::min(at, evaluated.out.size()), 300);
  };
  EXPECT_EQ(run_with("shuffled.txt"), run_with("plain.csv"));
  write("shuffled.txt", "kind_0 2 2 3 4 5 6\nkind_1 2 2 3 4 5 7\n");
  expect_refused("train --train-mode word --data-path . --dataset T --word-vectors shuffled.txt",
                 {"shuffled.txt", "none for \"kind_2\", \"kind_3\", \"kind_4\" and 3 more"});
}

}  // namespace
}  // namespace dem::test
