// Descriptions of classes out of the words of their names, from files of word vectors.
#pragma once

#include <string>
#include <vector>

#include "dem/linalg/matrix.h"

namespace dem {

struct NameVectorOptions {
  // Text with a word and its numbers a line (GloVe, word2vec's text form, fastText's .vec), the
  // most frequent words first, as these are; "-" is standard input. Read once, in order, in a few
  // MiB of memory.
  std::string vectors = "";
  // Weights of words: smoothing / (smoothing + p), where p is the share that a word of this rank
  // has of a text by Zipf's law, 1 / (rank * sum of all 1 / rank): "of" counts less than "panda"
  // (Arora et al., ICLR 2017, section 3, with ranks for counts). 0: all words count alike.
  double smoothing = 1e-3;
};

// What the vector of a class was made of.
struct NameVectors {
  Matrix<float> rows;                             // [n, dim]; zero where no word was found
  std::vector<std::vector<std::string>> found;    // [n]: words and phrases, as the file has them
  std::vector<std::vector<std::string>> missing;  // [n]: words that it has not
};

// The weighted mean of the vectors of the words of each name. Words are what stands between
// blanks, `_`, `-`, `+`, `.`, `,`, `;`, `/`, `(` and `)`; a part of numbers alone ("001.") is none.
// Two or more words that the file has as one ("grizzly_bear", "grizzly-bear", "grizzly bear") are
// taken as one, longest first. A word is looked up as it is, then in lower case. Words with other
// letters than ASCII are looked up as they are. Throws Error{kIo}, Error{kFormat} with the line
// where the file is not as said above, and for a name that is there twice.
//
//   NameVectors made = name_vectors({"grizzly+bear", "polar+bear"}, {.vectors = "glove.txt"});
[[nodiscard]] NameVectors name_vectors(const std::vector<std::string>& names,
                                       const NameVectorOptions& options);

}  // namespace dem
