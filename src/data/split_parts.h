// What a split file says, whatever its format: parts by class, or by sample.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/table_labels.h"

namespace dem {

enum class ClassPart : std::uint8_t { kNone, kSeen, kUnseen };

// Parts of samples, as files name them.
inline constexpr std::array<std::string_view, 5> kRowParts = {
    "trainval", "train", "val", "test_seen", "test_unseen"};

struct SplitParts {
  std::string path;
  std::vector<ClassPart> classes;                         // [num_classes]; empty: by sample
  std::array<std::vector<Index>, kRowParts.size()> rows;  // of the labels, 0-based
};

// Samples of a table by number and, where they have names, by name.
class TableRows {
 public:
  explicit TableRows(const TableLabels& labels);

  [[nodiscard]] Index size() const { return size_; }
  [[nodiscard]] bool have_names() const { return !rows_.empty(); }
  // None for a sample that has a label and no features. Throws Error{kFormat} beginning with
  // `where` for one that is not there.
  [[nodiscard]] std::optional<Index> row(const std::string& sample, const std::string& where) const;
  // Throws Error{kFormat} beginning with `where` for a split that goes by position where labels and
  // features have their samples in different orders.
  void require_in_order(const std::string& where) const;

 private:
  const TableLabels& labels_;
  Index size_ = 0;
  std::unordered_map<std::string_view, Index> rows_;
};

// Throws Error{kFormat} beginning with `where`.
[[noreturn]] void refuse_split(const std::string& where,
                               std::string_view expected,
                               const std::string& got);

// Each reads one kind of file. Throws Error{kFormat} naming line, key or array.
[[nodiscard]] SplitParts read_split_text(const std::string& path,
                                         const TableClasses& classes,
                                         const TableRows& rows);
[[nodiscard]] SplitParts read_split_json(const std::string& path,
                                         const TableClasses& classes,
                                         const TableRows& rows);
[[nodiscard]] SplitParts read_split_arrays(const std::string& path, const TableRows& rows);

}  // namespace dem
