#include "dem/data/name_vectors.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/at.h"
#include "base/text.h"
#include "data/word_lines.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr std::size_t kLongestPhrase = 5;  // words

using Words = std::vector<std::string>;

bool is_between_words(char c) {
  return std::string_view(" \t_-+.,;/()").find(c) != std::string_view::npos;
}

bool is_digits(const std::string& word) {
  return word.find_first_not_of("0123456789") == std::string::npos;
}

Words words_of(const std::string& name) {
  Words words;
  std::string word;
  for (const char c : name + ' ') {
    if (!is_between_words(c)) {
      word += c;
      continue;
    }
    if (!word.empty() && !is_digits(word)) words.push_back(word);
    word.clear();
  }
  return words;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string joined(const Words& words, std::size_t first, std::size_t count, char by) {
  std::string text = words[first];
  for (std::size_t i = 1; i < count; ++i) text.append(1, by).append(words[first + i]);
  return text;
}

// The spellings under which a file may have some words, the one to take first before others.
Words spellings(const Words& words, std::size_t first, std::size_t count) {
  Words forms;
  for (const char by : {'_', '-', ' '}) {
    const std::string form = joined(words, first, count, by);
    forms.push_back(form);
    forms.push_back(lower_case(form));
    if (count == 1) break;
  }
  return forms;
}

struct Entry {
  Index rank = 0;  // from 1 on; 0: not found yet
  std::vector<double> numbers;
};

// What a file has of the spellings that somebody looks for.
struct Vocabulary {
  std::unordered_map<std::string, Entry> entries;
  Index num_words = 0;
  Index dim = 0;

  [[nodiscard]] const Entry* find(const std::string& spelling) const {
    const auto found = entries.find(spelling);
    return found == entries.end() || found->second.rank == 0 ? nullptr : &found->second;
  }
};

void look_for(const Words& words, Vocabulary& vocabulary) {
  for (std::size_t first = 0; first < words.size(); ++first) {
    const std::size_t most = std::min(kLongestPhrase, words.size() - first);
    for (std::size_t count = 1; count <= most; ++count) {
      for (const std::string& form : spellings(words, first, count)) vocabulary.entries[form];
    }
  }
}

// Of a word that is there twice the first, more frequent one counts.
void read_vectors(const std::string& path, Vocabulary& vocabulary) {
  WordLines lines(path);
  vocabulary.dim = lines.dim();
  std::string key;
  while (lines.next()) {
    ++vocabulary.num_words;
    key.assign(lines.word());
    const auto found = vocabulary.entries.find(key);
    if (found == vocabulary.entries.end() || found->second.rank != 0) continue;
    found->second.rank = vocabulary.num_words;
    lines.read(found->second.numbers);
  }
}

// The words of a name as the file has them: the longest phrase from each place on.
struct Taken {
  std::vector<const Entry*> entries;
  Words found, missing;
};

Taken take_words(const Words& words, const Vocabulary& vocabulary) {
  Taken taken;
  for (std::size_t first = 0; first < words.size();) {
    std::size_t count = std::min(kLongestPhrase, words.size() - first);
    const std::size_t before = taken.entries.size();
    for (; count > 0 && taken.entries.size() == before; --count) {
      for (const std::string& form : spellings(words, first, count)) {
        const Entry* entry = vocabulary.find(form);
        if (entry == nullptr) continue;
        taken.entries.push_back(entry);
        taken.found.push_back(form);
        first += count;
        break;
      }
    }
    if (taken.entries.size() == before) taken.missing.push_back(words[first++]);
  }
  return taken;
}

double harmonic_number(Index n) {
  double sum = 0.0;
  for (Index rank = n; rank > 0; --rank) sum += 1.0 / static_cast<double>(rank);
  return sum;
}

void mean_of(const Taken& taken, double smoothing, double harmonic, std::span<float> out) {
  std::vector<double> sum(out.size());
  double total = 0.0;
  for (const Entry* entry : taken.entries) {
    const double share = 1.0 / (static_cast<double>(entry->rank) * harmonic);
    const double weight = smoothing == 0.0 ? 1.0 : smoothing / (smoothing + share);
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += weight * entry->numbers[d];
    total += weight;
  }
  if (total == 0.0) return;
  for (std::size_t d = 0; d < sum.size(); ++d) out[d] = static_cast<float>(sum[d] / total);
}

}  // namespace

NameVectors name_vectors(const std::vector<std::string>& names, const NameVectorOptions& options) {
  if (!(options.smoothing >= 0.0) || std::isinf(options.smoothing)) {
    throw Error(ErrorKind::kInvalidArgument,
                "smoothing: expected a finite number of at least 0, got " +
                    std::to_string(options.smoothing));
  }
  Vocabulary vocabulary;
  std::vector<Words> words;
  std::unordered_set<std::string_view> known;
  for (const std::string& name : names) {
    if (!known.insert(name).second) {
      throw Error(ErrorKind::kFormat,
                  concat("names of classes: expected each once, got \"", name, "\" twice"));
    }
    words.push_back(words_of(name));
    look_for(words.back(), vocabulary);
  }
  read_vectors(options.vectors, vocabulary);
  const double harmonic = harmonic_number(vocabulary.num_words);
  NameVectors made;
  made.rows = Matrix<float>(static_cast<Index>(names.size()), vocabulary.dim);
  for (std::size_t i = 0; i < names.size(); ++i) {
    Taken taken = take_words(words[i], vocabulary);
    mean_of(taken, options.smoothing, harmonic, made.rows.row(static_cast<Index>(i)));
    made.found.push_back(std::move(taken.found));
    made.missing.push_back(std::move(taken.missing));
  }
  return made;
}

}  // namespace dem
