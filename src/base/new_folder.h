// A folder that appears whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dem {

// Throws Error{kInvalidArgument}, beginning with `what`, where `output` is neither missing nor an
// empty folder. What a process that was killed left of a NewFolder there does not count.
void require_new_or_empty(const std::string& what, const std::string& output);

// Files are made in a folder of a name that nothing has, which is renamed once all are there.
// Without commit() nothing stays, folders made for it included.
class NewFolder {
 public:
  // OUTPUT/NAME is to be made, OUTPUT as well where it is not there. Throws Error{kIo}.
  NewFolder(const std::string& output, const std::string& name);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  // Where the files are made: DATA_PATH/NAME.
  [[nodiscard]] const std::string& partial() const { return partial_; }
  // OUTPUT/.NAME.partial.XXXXXX; what lies there beside partial() goes with it.
  [[nodiscard]] const std::string& data_path() const { return data_path_; }
  [[nodiscard]] const std::string& final_path() const { return final_; }
  // Throws Error{kIo} where it cannot be renamed, as onto a folder that holds something.
  void commit() const;

 private:
  std::vector<std::filesystem::path> made_;  // for it, outermost first
  std::string final_, data_path_, partial_;
};

}  // namespace dem
