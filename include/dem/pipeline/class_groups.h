// Groups of classes (genera, product lines), whose probabilities are the sums of their classes'.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dem/model/class_table.h"
#include "dem/search/predictor.h"

namespace dem {

struct ClassGroups {
  std::vector<std::string> names;  // distinct, in the order in which classes name them
  std::vector<Index> of_class;     // [num_classes]: the place of a class's group in names

  [[nodiscard]] bool empty() const { return names.empty(); }
};

// From text with two columns, a class and its group, with or without headings. Lines of other
// classes are left out, with a line of the log. Throws Error{kIo}, and Error{kFormat} where a class
// has no group or two, or an empty name.
[[nodiscard]] ClassGroups read_class_groups(const std::string& path, const ClassTable& classes);

// Groups in place of classes: `classes` are places in groups.names, probabilities the sums of those
// of the candidates in each group, best first (of equal ones the one that comes first in names);
// scores are those of the best class of each; distances and margins are left out.
//   all    of all candidates, with probabilities
//   top_k  of the groups; at most as many as the candidates are in
// Throws Error{kInvalidArgument} for probabilities that are not there and another top_k.
[[nodiscard]] Prediction grouped(const Prediction& all, const ClassGroups& groups, Index top_k);

// How many groups some classes are in.
[[nodiscard]] Index num_groups_of(const ClassGroups& groups, std::span<const ClassId> classes);

}  // namespace dem
