#include "data/missing_in_original.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "data/missing_entries.h"
#include "dem/base/log.h"

namespace dem {
namespace {

using Entry = std::pair<Index, Index>;  // class, attribute

// Where a mark is seen in what was made of the table: below all known entries of the attribute.
std::vector<Entry> carried_marks(MatrixView<const float> original,
                                 MatrixView<const float> attributes) {
  std::vector<Entry> carried;
  for (Index d = 0; d < original.cols(); ++d) {
    float lowest = std::numeric_limits<float>::infinity();
    for (Index c = 0; c < original.rows(); ++c) {
      if (original(c, d) != kMissingMark) lowest = std::min(lowest, attributes(c, d));
    }
    for (Index c = 0; c < original.rows(); ++c) {
      if (original(c, d) == kMissingMark && attributes(c, d) < lowest) carried.emplace_back(c, d);
    }
  }
  return carried;
}

}  // namespace

Index mark_missing_in_original(MatrixView<const float> original,
                               const std::string& where,
                               MissingDescriptions missing,
                               Matrix<float>& attributes) {
  if (original.rows() != attributes.rows() || original.cols() != attributes.cols()) return 0;
  const MissingEntries entries = missing_entries_of(original);
  if (!entries.has_marks()) return 0;
  const std::vector<Entry> carried = carried_marks(original, attributes);
  if (carried.empty()) return 0;
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
