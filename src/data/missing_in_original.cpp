#include "data/missing_in_original.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "dem/base/log.h"

namespace dem {

std::vector<TableEntry> marks_carried_over(MatrixView<const float> original,
                                           MatrixView<const float> attributes) {
  if (original.rows() != attributes.rows() || original.cols() != attributes.cols()) return {};
  if (!missing_entries_of(original).has_marks()) return {};
  std::vector<TableEntry> carried;
  for (Index d = 0; d < original.cols(); ++d) {
    float lowest = std::numeric_limits<float>::infinity();
    for (Index c = 0; c < original.rows(); ++c) {
      if (original(c, d) != kMissingMark) lowest = std::min(lowest, attributes(c, d));
    }
    for (Index c = 0; c < original.rows(); ++c) {
      if (original(c, d) == kMissingMark && attributes(c, d) < lowest) carried.push_back({c, d});
    }
  }
  return carried;
}

Index mark_missing_in_original(MatrixView<const float> original,
                               const std::string& where,
                               MissingDescriptions missing,
                               Matrix<float>& attributes) {
  const std::vector<TableEntry> carried = marks_carried_over(original, attributes);
  if (carried.empty()) return 0;
  const MissingEntries entries = missing_entries_of(original);
  const NamedTable table{where, {}};
  if (missing == MissingDescriptions::kAuto) refuse_doubt(table, entries);
  if (missing == MissingDescriptions::kRefuse) {
    refuse_entries(table, entries, static_cast<Index>(carried.size()));
  }
  const bool stay = missing == MissingDescriptions::kKeep || missing == MissingDescriptions::kNan;
  log(stay ? LogLevel::kWarning : LogLevel::kInfo,
      concat(where,
             ": ",
             entries.marks,
             " entries of -1 mark missing attributes; ",
             carried.size(),
             " entries of the normalised attributes come from them and are ",
             stay ? "used as they are" : "missing, too"));
  if (stay) return static_cast<Index>(carried.size());
  for (const auto& [c, d] : carried) attributes(c, d) = std::numeric_limits<float>::quiet_NaN();
  return 0;
}

}  // namespace dem
