// dem words: a semantic space out of word vectors, for classes that have names.

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "common.h"
#include "dem/dem.h"
#include "output_file.h"

namespace dem::cli {
namespace {

struct WordsCommand {
  OutputOptions output;
  NameVectorOptions vectors;
  std::string classes;
  std::string file;
};

std::string quoted_names(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
    if (i > 0) text += ", ";
    text.append(1, '"').append(names[i]).append(1, '"');
  }
  return names.size() > kMost ? text + ", ..." : text;
}

void refuse_classes_without_words(const std::vector<std::string>& names, const NameVectors& made) {
  std::vector<std::string> without;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (made.found[i].empty()) without.push_back(names[i]);
  }
  if (without.empty()) return;
  throw Error(ErrorKind::kFormat,
              "--vectors: expected a vector for a word of each class, got none for " +
                  quoted_names(without) +
                  ": name them by words that the file has (--classes may be any list of names)");
}

nlohmann::ordered_json words_json(const std::vector<std::string>& names, const NameVectors& made) {
  auto list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    list.push_back({{"class", names[i]}, {"words", made.found[i]}, {"missing", made.missing[i]}});
  }
  return list;
}

std::string words_text(const std::vector<std::string>& names, const NameVectors& made) {
  std::string text;
  Index classes = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (made.missing[i].empty()) continue;
    ++classes;
    text += names[i] + ": no vector for " + quoted_names(made.missing[i]) + "; made of " +
            quoted_names(made.found[i]) + '\n';
  }
  return text + std::to_string(names.size()) + " classes, " + std::to_string(made.rows.cols()) +
         " dimensions; words are missing of " + std::to_string(classes) + '\n';
}

int run_words(const WordsCommand& command) {
  apply(command.output);
  require_output_file("--output", command.file);
  const std::vector<std::string> names = read_class_names(command.classes);
  const NameVectors made = name_vectors(names, command.vectors);
  refuse_classes_without_words(names, made);
  write_class_rows(command.file, names, made.rows);
  if (command.output.json) {
    const nlohmann::ordered_json json{{"file", command.file},
                                      {"dimensions", made.rows.cols()},
                                      {"classes", words_json(names, made)}};
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  } else {
    std::cout << words_text(names, made) << command.file << '\n';
  }
  return 0;
}

}  // namespace

void add_words(CLI::App& program, Command& command_to_run) {
  auto command = std::make_shared<WordsCommand>();
  CLI::App* app = program.add_subcommand(
      "words", "Make a description of each class from the words of its name and word vectors");
  app->add_option("--vectors",
                  command->vectors.vectors,
                  "Text, a word and its numbers a line: GloVe, word2vec, fastText's .vec; - is "
                  "standard input")
      ->required()
      ->type_name("FILE");
  app->add_option("--classes", command->classes, "The names: a table of classes, or a name a line")
      ->required()
      ->type_name("FILE");
  app->add_option("--smoothing",
                  command->vectors.smoothing,
                  "How much less frequent words count, a / (a + their share of a text); 0: all "
                  "words alike")
      ->capture_default_str();
  app->add_option("-o,--output", command->file, "File to write: .csv, a row a class, names first")
      ->required()
      ->check(some_name());
  add_output_options(*app, command->output);
  app->footer(
      "Example:\n"
      "  dem words --vectors glove.6B.300d.txt --classes classes.csv -o space_words.csv\n"
      "  dem train --data-path data --dataset MINE --space words=space_words.csv --save-ckpt "
      "model");
  app->callback(
      [command, &command_to_run] { command_to_run = [command] { return run_words(*command); }; });
}

}  // namespace dem::cli
