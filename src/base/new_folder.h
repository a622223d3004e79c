// A folder that appears whole or not at all.
#pragma once

#include <string>

namespace dem {

// Files are made in a folder of another name beside it, which is renamed once all are there.
// Without commit() nothing stays, and what a process that was ended left there goes at the next
// start.
class NewFolder {
 public:
  // OUTPUT/NAME is to be made, OUTPUT as well where it is not there. Throws Error{kIo}.
  NewFolder(std::string output, const std::string& name);
  ~NewFolder();
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  // Where the files are made: DATA_PATH/NAME.
  [[nodiscard]] const std::string& partial() const { return partial_; }
  // What lies there beside partial() goes with it.
  [[nodiscard]] const std::string& data_path() const { return data_path_; }
  [[nodiscard]] const std::string& final_path() const { return final_; }
  // Throws Error{kIo} where it cannot be renamed, as onto a folder that holds something.
  void commit() const;

 private:
  std::string output_, final_, data_path_, partial_;
  bool is_new_ = false;
};

}  // namespace dem
