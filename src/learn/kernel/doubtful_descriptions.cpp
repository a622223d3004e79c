#include "learn/kernel/doubtful_descriptions.h"

#include <algorithm>
#include <string>

#include "base/at.h"
#include "base/text.h"
#include "data/distinct_rows.h"
#include "dem/base/log.h"

namespace dem {
namespace {

void warn(std::string_view recipe,
          const ClassTable& classes,
          Index count,
          std::string_view what,
          const std::string& first) {
  if (count == 0) return;
  log(LogLevel::kWarning,
      concat("recipe ",
             recipe,
             ": ",
             count,
             " of ",
             classes.size(),
             " classes ",
             count == 1 ? "has " : "have ",
             what,
             " (first: ",
             first,
             ")"));
}

}  // namespace

void warn_of_doubtful_descriptions(std::string_view recipe,
                                   const ClassTable& classes,
                                   MatrixView<const double> unit_rows) {
  const Matrix<float>& descriptions = classes.embeddings[0];
  const DistinctRows directions = find_distinct_directions(unit_rows);
  Index zeros = 0;
  Index repeated = 0;
  std::string first_zero, first_repeated;
  for (Index c = 0; c < unit_rows.rows(); ++c) {
    const std::span<const double> row = unit_rows.row(c);
    if (std::all_of(row.begin(), row.end(), [](double value) { return value == 0.0; })) {
      if (zeros++ == 0) first_zero = classes.names[at(c)];
      continue;
    }
    const Index first = directions.first[at(directions.group_of[at(c)])];
    const auto other = descriptions.row(first);
    if (std::equal(other.begin(), other.end(), descriptions.row(c).begin())) continue;
    if (repeated++ > 0) continue;
    first_repeated = concat(classes.names[at(c)], " = ", classes.names[at(first)]);
  }
  warn(recipe,
       classes,
       zeros,
       "a description of zeros, which says nothing of an unseen class",
       first_zero);
  warn(recipe,
       classes,
       repeated,
       "another class's description but for its length, which is not looked at",
       first_repeated);
}

}  // namespace dem
