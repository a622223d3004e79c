#include "dem/data/score_files.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/at.h"
#include "base/hash.h"
#include "base/text.h"
#include "data/array_access.h"
#include "dem/base/error.h"
#include "dem/data/class_file.h"
#include "dem/io/array_file.h"
#include "io/formats.h"

namespace dem {
namespace {

using Texts = std::vector<std::string>;

[[noreturn]] void refuse_score_file(const std::string& where,
                                    const std::string& expected,
                                    const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  return std::nullopt;
}

// A class a line, or an array of numbers or text.
Texts read_class_list(const std::string& path) {
  if (has_text_ending(path)) return read_name_list(path);
  const auto file = ArrayFile::open(path);
  if (file->arrays().size() == 1 && file->arrays().front().type == ElementType::kText) {
    return file->read_strings(file->arrays().front());
  }
  Texts numbers;
  for (const std::int64_t value : read_checked_integers(only_array(*file))) {
    numbers.push_back(std::to_string(value));
  }
  return numbers;
}

// The classes of a matrix of scores, by column and by name.
class ColumnClasses {
 public:
  explicit ColumnClasses(Texts names) : names_(std::move(names)) {
    for (std::size_t c = 0; c < names_.size(); ++c) {
      ids_.emplace(names_[c], static_cast<ClassId>(c));
      has_numbers_ = has_numbers_ || whole_number(names_[c]).has_value();
    }
  }

  [[nodiscard]] const Texts& names() const { return names_; }

  [[nodiscard]] ClassId id(const std::string& text, const std::string& where) const {
    if (const auto named = ids_.find(text); named != ids_.end()) return named->second;
    const auto count = static_cast<std::int64_t>(names_.size());
    const auto number = has_numbers_ ? std::nullopt : whole_number(text);
    if (number && *number >= 0 && *number < count) return static_cast<ClassId>(*number);
    refuse_score_file(
        where,
        concat(has_numbers_ ? "a class that the scores have a column of"
                            : "the name of a column, or its number, 0 .. ",
               has_numbers_ ? std::string() : std::to_string(count - 1)),
        concat('"', text, '"', number && *number == count ? ": are they counted from 1?" : ""));
  }

  // Distinct classes of a list, in its order.
  [[nodiscard]] std::vector<ClassId> ids(const std::string& path) const {
    std::vector<ClassId> found;
    std::vector<bool> known(names_.size());
    for (const std::string& text : read_class_list(path)) {
      const ClassId class_id = id(text, path);
      if (known[at(class_id)])
        refuse_score_file(path, "each class once", concat('"', text, "\" twice"));
      known[at(class_id)] = true;
      found.push_back(class_id);
    }
    if (found.empty()) refuse_score_file(path, "at least one class", "none");
    return found;
  }

 private:
  Texts names_;
  std::unordered_map<std::string, ClassId> ids_;
  bool has_numbers_ = false;
};

// Names of the columns, where there are some.
Texts column_names(ArrayFile& file, const std::string& names_file, Index num_columns) {
  Texts names;
  if (!names_file.empty()) {
    names = read_name_list(names_file);
  } else {
    const bool is_csv = file.format() == FileFormat::kCsv;
    for (const char* name : {is_csv ? "header" : "class_names", is_csv ? "header" : "names"}) {
      const ArrayInfo* info = file.find(name);
      if (info == nullptr || info->type != ElementType::kText) continue;
      names = file.read_strings(*info);
      break;
    }
    if (is_csv && static_cast<Index>(names.size()) == num_columns + 1) names.erase(names.begin());
  }
  if (names.empty()) {
    for (Index c = 0; c < num_columns; ++c) names.push_back(concat("class ", c));
  }
  if (static_cast<Index>(names.size()) != num_columns) {
    throw Error(ErrorKind::kShapeMismatch,
                concat(names_file.empty() ? file.path() : names_file,
                       ": expected ",
                       num_columns,
                       " names, a name a column of the scores, got ",
                       names.size()));
  }
  Texts sorted = names;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    refuse_score_file(names_file.empty() ? file.path() : names_file,
                      "each name once",
                      concat('"', *twice, "\" twice"));
  }
  return names;
}

void require_file(const std::string& path, const char* what) {
  if (!path.empty()) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("scores: expected a file of ", what, ", got none"));
}

// Where a class stands.
enum class Part : char { kNone, kSeen, kUnseen };

struct Parts {
  std::vector<ClassId> seen, unseen;

  // Throws Error{kFormat} for a class that is both.
  [[nodiscard]] std::vector<Part> of_classes(const ScoreOptions& options,
                                             const ColumnClasses& classes) const {
    std::vector<Part> parts(classes.names().size(), Part::kNone);
    for (const ClassId c : seen) parts[at(c)] = Part::kSeen;
    for (const ClassId c : unseen) {
      if (parts[at(c)] == Part::kSeen) {
        refuse_score_file(options.unseen_classes,
                          concat("classes that are not in ", options.seen_classes),
                          concat('"', classes.names()[at(c)], '"'));
      }
      parts[at(c)] = Part::kUnseen;
    }
    return parts;
  }
};

void take_labels(const std::string& path,
                 const ColumnClasses& classes,
                 const std::vector<Part>& parts,
                 Dataset& data) {
  const Texts labels = read_class_list(path);
  const Index num_rows = data.visual_features.rows();
  if (static_cast<Index>(labels.size()) != num_rows) {
    throw Error(
        ErrorKind::kShapeMismatch,
        concat(path, ": expected ", num_rows, " labels, one a row of scores, got ", labels.size()));
  }
  for (Index row = 0; row < num_rows; ++row) {
    const std::string where = concat(path, ": row ", row, " (counted from 0)");
    const ClassId label = classes.id(labels[at(row)], where);
    const Part part = parts[at(label)];
    if (part == Part::kNone) {
      refuse_score_file(where, "a class that is seen or unseen", concat('"', labels[at(row)], '"'));
    }
    data.labels.push_back(label);
    (part == Part::kSeen ? data.split.test_seen : data.split.test_unseen).push_back(row);
  }
}

// Of scores, labels and which classes are seen and unseen.
std::string fingerprint_of(const ScoredData& scored) {
  Fingerprint hash;
  const auto add = [&](const auto* values, std::size_t count) {
    hash.add(values, count * sizeof *values);
  };
  add(scored.scores.data(), static_cast<std::size_t>(scored.scores.size()));
  for (const std::vector<ClassId>* classes :
       {&scored.data.labels, &scored.data.seen_classes, &scored.data.unseen_classes}) {
    add(classes->data(), classes->size());
  }
  return hash.hex();
}

// The held-out ones are among the seen classes, and not all of them.
Parts validation_parts(const ScoreOptions& options, const ColumnClasses& classes) {
  const std::string& list = options.validation_unseen_classes;
  Parts parts{classes.ids(options.seen_classes), classes.ids(list)};
  for (const ClassId c : parts.unseen) {
    const auto found = std::find(parts.seen.begin(), parts.seen.end(), c);
    if (found == parts.seen.end()) {
      refuse_score_file(list,
                        concat("seen classes alone, those of ", options.seen_classes),
                        concat('"', classes.names()[at(c)], '"'));
    }
    parts.seen.erase(found);
  }
  if (parts.seen.empty()) refuse_score_file(list, "some of the seen classes", "all of them");
  return parts;
}

// Headings of numbers read as if they were scores.
void refuse_numbered_columns(const std::string& path, MatrixView<const float> scores) {
  if (scores.rows() == 0 || scores.cols() < 2) return;
  const std::span<const float> first = scores.row(0);
  if (first[0] != 0.0f && first[0] != 1.0f) return;
  for (std::size_t c = 1; c < first.size(); ++c) {
    if (first[c] != first[c - 1] + 1.0f) return;
  }
  refuse_score_file(
      path,
      "scores in the first row",
      concat(first[0], ", ", first[1], ", ...: are these numbers of columns? Take that line away"));
}

template <typename PartsOf>
ScoredData read(const ScoreFiles& files, const ScoreOptions& options, PartsOf&& parts_of) {
  const auto file = ArrayFile::open(files.scores);
  const ArrayRef array = only_array(*file);
  ScoredData out;
  out.scores = read_checked_matrix(array, 0, {}, "a row an image, a column a class");
  if (file->format() == FileFormat::kCsv) refuse_numbered_columns(files.scores, out.scores);
  if (options.distances) {
    for (Index i = 0; i < out.scores.size(); ++i) out.scores.data()[i] = -out.scores.data()[i];
  }
  const ColumnClasses classes(column_names(*file, options.class_names, out.scores.cols()));
  const Parts parts = parts_of(classes);
  const std::vector<Part> part_of = parts.of_classes(options, classes);
  Dataset& data = out.data;
  data.name = files.scores;
  data.layout = "scores";
  data.visual_features = Matrix<float>(out.scores.rows(), 0);
  data.classes.names = classes.names();
  for (const Part part : part_of) data.classes.seen.push_back(part == Part::kSeen);
  data.seen_classes = parts.seen;
  data.unseen_classes = parts.unseen;
  for (std::vector<ClassId>* list : {&data.seen_classes, &data.unseen_classes}) {
    std::sort(list->begin(), list->end());  // ties go to the lower column
  }
  take_labels(files.labels, classes, part_of, data);
  data.files = {files.scores, files.labels};
  data.fingerprint = fingerprint_of(out);
  return out;
}

}  // namespace

ScoredData read_scores(const ScoreOptions& options) {
  require_file(options.test.scores, "scores");
  require_file(options.test.labels, "labels");
  require_file(options.seen_classes, "seen classes");
  require_file(options.unseen_classes, "unseen classes");
  return read(options.test, options, [&](const ColumnClasses& classes) {
    return Parts{classes.ids(options.seen_classes), classes.ids(options.unseen_classes)};
  });
}

ScoredData read_validation_scores(const ScoreOptions& options) {
  require_file(options.validation.scores, "validation scores");
  require_file(options.validation.labels, "validation labels");
  require_file(options.validation_unseen_classes, "classes that are unseen in validation");
  return read(options.validation, options, [&](const ColumnClasses& classes) {
    return validation_parts(options, classes);
  });
}

}  // namespace dem
