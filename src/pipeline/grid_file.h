// OUT/grid.jsonl: the points of a grid that have been judged, a JSON object a line.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "dem/pipeline/judged_point.h"

namespace dem {

class GridFile {
 public:
  // An empty path keeps nothing. Without `resumes` an existing file is emptied at the first add().
  // Lines that are not whole, the machine stopped while the last was written, are left out. Throws
  // Error{kFormat} naming a whole line that is no point, and Error{kIo}.
  GridFile(std::string path, bool resumes);

  // The point that was judged under this fingerprint.
  [[nodiscard]] std::optional<JudgedPoint> find(const std::string& fingerprint) const;
  // Writes a line at once. Throws Error{kIo}.
  void add(const std::string& fingerprint, const JudgedPoint& point);

 private:
  std::string path_;
  std::string text_;  // of the file that add() begins with
  bool is_open_ = false;
  std::map<std::string, JudgedPoint> points_;
};

}  // namespace dem
