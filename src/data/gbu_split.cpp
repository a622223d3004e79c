#include "data/gbu_split.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

enum class Part : std::uint8_t { kNone, kTrainval, kTestSeen, kTestUnseen };

std::string base_hint(const NumberList& list, Index count, int index_base) {
  const auto [low, high] = std::minmax_element(list.values.begin(), list.values.end());
  if (index_base == 1 && *low == 0 && *high < count) {
    return ": the lists look 0-based (index base 0)";
  }
  if (index_base == 0 && *low >= 1 && *high == count) {
    return ": the lists look 1-based (index base 1)";
  }
  return "";
}

// Marks the rows of one part; keeps the first of equal entries.
std::vector<Index> claim_rows(const NumberList& list,
                              int index_base,
                              Part part,
                              std::vector<Part>& parts,
                              const std::array<const NumberList*, 4>& lists) {
  std::vector<Index> kept;
  Index overlap = 0;
  Index first_overlap = 0;
  Part other = Part::kNone;
  std::size_t repeated = 0;
  for (const Index row : to_positions(list, static_cast<Index>(parts.size()), index_base, "rows")) {
    Part& owner = parts[static_cast<std::size_t>(row)];
    if (owner == Part::kNone) {
      owner = part;
      kept.push_back(row);
    } else if (owner == part) {
      ++repeated;
    } else if (overlap++ == 0) {
      first_overlap = row;
      other = owner;
    }
  }
  if (overlap > 0) {
    throw Error(ErrorKind::kFormat,
                concat(list.where,
                       ": expected no row that is in another part of the split, got ",
                       overlap,
                       ", first ",
                       first_overlap + index_base,
                       " (also in ",
                       lists[static_cast<std::size_t>(other)]->where,
                       ")"));
  }
  if (repeated > 0) {
    log(LogLevel::kWarning,
        concat(list.where, ": entries that repeat an earlier one and count once: ", repeated));
  }
  return kept;
}

// The rows of train_loc or val_loc that are training rows. As often published, train_loc and
// val_loc together also hold the rows of test_seen_loc: tuning on those would leak test images.
std::vector<Index> keep_training_rows(const std::optional<NumberList>& list,
                                      int index_base,
                                      const std::vector<Part>& parts) {
  if (!list) return {};
  std::vector<Index> kept;
  std::vector<bool> taken(parts.size());
  std::size_t test_rows = 0;
  std::size_t outside = 0;
  for (const Index row :
       to_positions(*list, static_cast<Index>(parts.size()), index_base, "rows")) {
    const auto position = static_cast<std::size_t>(row);
    if (parts[position] == Part::kTrainval) {
      if (!taken[position]) kept.push_back(row);
      taken[position] = true;
      continue;
    }
    ++(parts[position] == Part::kNone ? outside : test_rows);
  }
  if (test_rows + outside > 0) {
    log(LogLevel::kWarning,
        concat(list->where,
               ": ",
               test_rows + outside,
               " of ",
               list->values.size(),
               " rows are not in trainval (",
               test_rows,
               " are test rows) and are left out"));
  }
  return kept;
}

std::vector<bool> classes_of(const std::vector<Index>& rows,
                             std::span<const ClassId> labels,
                             std::size_t num_classes) {
  std::vector<bool> classes(num_classes);
  for (const Index row : rows) {
    classes[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])] = true;
  }
  return classes;
}

// Throws unless every row's class is (or is not) in `trained`.
void require_trained(const NumberList& list,
                     const std::vector<Index>& rows,
                     std::span<const ClassId> labels,
                     std::span<const std::string> class_names,
                     const std::vector<bool>& trained,
                     bool expected) {
  for (const Index row : rows) {
    const auto label = static_cast<std::size_t>(labels[static_cast<std::size_t>(row)]);
    if (trained[label] == expected) continue;
    throw Error(ErrorKind::kFormat,
                concat(list.where,
                       ": expected classes ",
                       expected ? "with" : "without",
                       " training rows, got class ",
                       label + 1,
                       " (counted from 1), ",
                       class_names[label],
                       ", with ",
                       expected ? "none" : "some"));
  }
}

}  // namespace

std::vector<Index> to_positions(const NumberList& list,
                                Index count,
                                int index_base,
                                std::string_view what) {
  std::vector<Index> positions;
  positions.reserve(list.values.size());
  for (const std::int64_t value : list.values) {
    const Index position = value - index_base;
    if (position >= 0 && position < count) {
      positions.push_back(position);
      continue;
    }
    throw Error(ErrorKind::kFormat,
                concat(list.where,
                       ": expected ",
                       what,
                       " ",
                       index_base,
                       " .. ",
                       count - 1 + index_base,
                       ", got ",
                       value,
                       " at position ",
                       positions.size(),
                       " (counted from 0)",
                       base_hint(list, count, index_base)));
  }
  return positions;
}

Split make_split(const RawSplit& raw, Index num_rows, int index_base) {
  std::vector<Part> parts(static_cast<std::size_t>(num_rows), Part::kNone);
  const std::array<const NumberList*, 4> lists = {
      nullptr, &raw.trainval, raw.test_seen ? &*raw.test_seen : nullptr, &raw.test_unseen};
  Split split;
  split.trainval = claim_rows(raw.trainval, index_base, Part::kTrainval, parts, lists);
  if (raw.test_seen) {
    split.test_seen = claim_rows(*raw.test_seen, index_base, Part::kTestSeen, parts, lists);
  }
  split.test_unseen = claim_rows(raw.test_unseen, index_base, Part::kTestUnseen, parts, lists);
  split.train = keep_training_rows(raw.train, index_base, parts);
  split.val = keep_training_rows(raw.val, index_base, parts);
  return split;
}

void check_split_classes(const RawSplit& raw,
                         std::span<const ClassId> labels,
                         std::span<const std::string> class_names,
                         Split& split) {
  const std::size_t num_classes = class_names.size();
  const std::vector<bool> trained = classes_of(split.trainval, labels, num_classes);
  if (raw.test_seen) {
    require_trained(*raw.test_seen, split.test_seen, labels, class_names, trained, true);
  }
  require_trained(raw.test_unseen, split.test_unseen, labels, class_names, trained, false);

  const std::vector<bool> train = classes_of(split.train, labels, num_classes);
  const auto shared = std::count_if(split.val.begin(), split.val.end(), [&](Index row) {
    return train[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
  });
  if (shared == 0) return;
  log(LogLevel::kWarning,
      concat(raw.val->where,
             ": ",
             shared,
             " rows are of classes that train has too: both lists are left out, since "
             "validation needs classes of its own"));
  split.train.clear();
  split.val.clear();
}

}  // namespace dem
