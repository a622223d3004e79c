// Folders of an ensemble's members while these train in steps: members/1, members/2, ... of the
// model folder.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "dem/comm/communicator.h"

namespace dem {

// Of a member, counted from 0.
[[nodiscard]] std::string member_folder(const std::string& output, std::size_t member);

class MemberFolders {
 public:
  // `output`: the model folder, known to the root of the group alone; empty there: none.
  MemberFolders(std::string output, Communicator& group)
      : output_(std::move(output)), group_(group) {}

  // Removes those of an earlier run, and nothing else. All ranks call it. Throws Error{kIo}.
  void clear() const;
  // Whether a member has a state to go on from. All ranks call it and get the same.
  [[nodiscard]] bool has_state(std::size_t member) const;

 private:
  std::string output_;
  Communicator& group_;
};

}  // namespace dem
