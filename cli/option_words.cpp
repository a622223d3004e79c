#include "option_words.h"

namespace dem::cli {
namespace {

struct Word {
  std::string_view words, option;
};

// At the start of a message, with what is wrong behind.
constexpr Word kFieldWords[] = {{"descriptions: ", "--descriptions: "},
                                {"exchange: ", "--exchange: "},
                                {"feature scaling: ", "--feature-scaling: "},
                                {"features file: ", "--features: "},
                                {"gamma: ", "--gamma: "},
                                {"index base: ", "--index-base: "},
                                {"init_file: ", "--init: "},
                                {"kind of import: ", "--from: "},
                                {"labels or classes file: ", "--labels, --classes: "},
                                {"interval_step: ", "--interval-step: "},
                                {"max_seconds: ", "--max-seconds: "},
                                {"mended copy: ", "--fix: "},
                                {"metric: ", "--metric: "},
                                {"missing descriptions: ", "--missing-descriptions: "},
                                {"missing features: ", "--missing-features: "},
                                {"near_duplicates: ", "--near-duplicates: "},
                                {"group column: ", "--group-by: "},
                                {"groups: ", "--groups: "},
                                {"output: ", "--output: "},
                                {"resume: ", "--resume: "},
                                {"row_scaling: ", "--feature-scaling: "},
                                {"rows: ", "--rows: "},
                                {"sample_rows: ", "--sample-rows: "},
                                {"save_seconds: ", "--save-seconds: "},
                                {"selection: ", "--select: "},
                                {"semantic space: ", "--space: "},
                                {"split file: ", "--split: "},
                                {"solver method: ", "--solver-method: "},
                                {"solver: ", "--solver: "},
                                {"test seen: ", "--test-seen: "},
                                {"tolerance: ", "--tolerance: "},
                                {"train mode: ", "--train-mode: "},
                                {"unseen: ", "--unseen: "},
                                {"unseen classes: ", "--unseen: "},
                                {"val: ", "--val: "}};

// Advice anywhere in a message.
constexpr Word kAdviceWords[] = {
    {"missing features zero", "--missing-features zero"},
    {"missing descriptions mean", "--missing-descriptions mean"},
    {"missing descriptions nan", "--missing-descriptions nan"},
    {"missing descriptions keep", "--missing-descriptions keep"},
    {"choose a features file", "choose one with --features"},
    {"a features file", "a features file (--features)"},
    {"a labels file", "a labels file (--labels)"},
    {"a file of labels", "a file of labels (--labels)"},
    {"a file of classes", "a file of classes (--classes)"},
    {"a file of word vectors", "a file of word vectors (--word-vectors)"},
    {"a class column by name", "--class-column"},
    {"leave it out by name", "leave it out (--leave-out)"},
    {"leave such columns out by name", "leave such columns out (--leave-out)"},
    {"say which kind is meant", "say with --from which is meant"},
    {"choose a split file", "choose one with --split"},
    {"which another split file would choose", "which --split would choose"},
    {"descriptions in rows", "--descriptions rows"},
    {"descriptions in columns", "--descriptions columns"},
    {"index base 0", "--index-base 0"},
    {"index base 1", "--index-base 1"}};

}  // namespace

std::string with_option_words(std::string_view message) {
  std::string text(message);
  for (const auto& [words, option] : kFieldWords) {
    if (text.rfind(words, 0) == 0) text.replace(0, words.size(), option);
  }
  for (const auto& [words, option] : kAdviceWords) {
    for (auto at = text.find(words); at != std::string::npos;
         at = text.find(words, at + option.size())) {
      text.replace(at, words.size(), option);
    }
  }
  return text;
}

}  // namespace dem::cli
