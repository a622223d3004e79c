// Lines of a file of word vectors, from a stream.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/sequential_file.h"
#include "dem/base/types.h"

namespace dem {

// Steps through lines `word number number ...`, a count line ("400000 300") at the start left out.
// Words may hold blanks: the numbers are the last dim() fields. Not thread-safe.
class WordLines {
 public:
  // Throws Error{kIo}, and Error{kFormat} where the first line is no word with numbers.
  explicit WordLines(const std::string& path);

  [[nodiscard]] Index dim() const { return dim_; }
  // The next line; false at the end. Throws Error{kFormat} naming the line where it has fewer
  // fields, and at the end where there were other words than the line of counts says.
  [[nodiscard]] bool next();
  // Until the next call of next().
  [[nodiscard]] std::string_view word() const { return word_; }
  // The numbers of this line. Throws Error{kFormat} naming line and field for what is no finite
  // number.
  void read(std::vector<double>& numbers) const;
  [[nodiscard]] Index line() const { return line_; }

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] bool next_line();
  [[noreturn]] void refuse(const std::string& expected, const std::string& got) const;

  SequentialFile file_;
  std::string buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is not yet read in buffer_
  bool at_end_ = false;
  bool holds_line_ = false;  // the first line, looked at already
  std::string_view text_, word_, numbers_;
  Index dim_ = 0;
  Index line_ = 0;
  Index words_ = 0;       // so far
  Index announced_ = -1;  // words, by the line of counts; -1: there is none
};

}  // namespace dem
