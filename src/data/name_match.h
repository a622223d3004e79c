// Names of one list found in another, where people may have written them a little otherwise.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dem/base/types.h"

namespace dem {

// Looks for names to the letter; else, since one source says grizzly+bear and another one
// Grizzly bear, without regard to case and to which of blank, _, - and + stands between words.
//
//   NameFinder finder(names);
//   const auto found = finder.find("grizzly bear");  // found->place in names
class NameFinder {
 public:
  // The list outlives the finder.
  explicit NameFinder(std::span<const std::string> names);

  struct Found {
    Index place = 0;     // of the first such name
    bool exact = false;  // to the letter
    Index count = 0;     // names like it, 1 where it is the only one
  };
  [[nodiscard]] std::optional<Found> find(const std::string& name) const;

 private:
  struct Places {
    Index first = 0;
    Index count = 0;
  };
  std::unordered_map<std::string_view, Places> exact_;
  std::unordered_map<std::string, Places> folded_;
};

// The row of each class among the names beside the rows. Rows of other names are left out, and
// names that are not the same to the letter taken; the log says so of both.
//
//   path     the file with `given`, for messages
//   whose    where the classes' names come from, for messages
//   returns  [classes.size()], places in `given`
//
// Throws Error{kFormat} listing classes that no row is of, and for a class that several rows, or a
// row that several classes may be of.
[[nodiscard]] std::vector<Index> match_names(const std::string& path,
                                             std::span<const std::string> given,
                                             std::span<const std::string> classes,
                                             const std::string& whose);

// `"a", "b", "c" and 4 more`: the first three.
[[nodiscard]] std::string first_few(std::span<const std::string> names);

}  // namespace dem
