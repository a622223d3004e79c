#include "data/row_lists.h"

#include <algorithm>
#include <set>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// Those of the lists that hold numbers of rows.
std::vector<const NumberList*> numbered(const SplitLists& lists, Index num_rows) {
  std::vector<const NumberList*> kept;
  for (const NumberList* list : lists.given()) {
    if (!list->values.empty() && !is_row_mask(*list, num_rows)) kept.push_back(list);
  }
  return kept;
}

bool has(const NumberList& list, std::int64_t value) {
  return std::find(list.values.begin(), list.values.end(), value) != list.values.end();
}

// The first of the lists that has the value; null where none has.
const NumberList* first_with(const std::vector<const NumberList*>& lists, std::int64_t value) {
  const auto found = std::find_if(
      lists.begin(), lists.end(), [&](const NumberList* list) { return has(*list, value); });
  return found == lists.end() ? nullptr : *found;
}

bool all_within(const std::vector<const NumberList*>& lists, std::int64_t low, std::int64_t high) {
  return std::all_of(lists.begin(), lists.end(), [&](const NumberList* list) {
    return std::all_of(list->values.begin(), list->values.end(), [&](std::int64_t value) {
      return value >= low && value <= high;
    });
  });
}

// The labels of a list's rows.
std::set<std::int64_t> labels_of(const std::optional<NumberList>& list,
                                 std::span<const std::int64_t> labels,
                                 int base) {
  std::set<std::int64_t> found;
  if (!list) return found;
  for (const Index row : rows_of(*list, std::ssize(labels), base)) found.insert(labels[at(row)]);
  return found;
}

// Whether classes are on one side of the split each where lists count from `base`.
bool agrees_with_classes(const SplitLists& lists, std::span<const std::int64_t> labels, int base) {
  std::set<std::int64_t> trained = labels_of(lists.trainval, labels, base);
  if (!lists.trainval) {
    trained = labels_of(lists.train, labels, base);
    trained.merge(labels_of(lists.val, labels, base));
  }
  const auto is_trained = [&](std::int64_t label) { return trained.contains(label); };
  const std::set<std::int64_t> unseen = labels_of(lists.test_unseen, labels, base);
  const std::set<std::int64_t> seen = labels_of(lists.test_seen, labels, base);
  return std::none_of(unseen.begin(), unseen.end(), is_trained) &&
         std::all_of(seen.begin(), seen.end(), is_trained);
}

// Whether one of the lists decides it by range; throws where they disagree.
std::optional<int> base_by_range(const std::vector<const NumberList*>& lists, Index num_rows) {
  const NumberList* from_zero = first_with(lists, 0);
  const NumberList* from_one = first_with(lists, num_rows);
  if (from_zero != nullptr && from_one != nullptr) {
    throw Error(ErrorKind::kFormat,
                concat(from_zero->where,
                       ": expected row lists that count from one number, got a 0 here and ",
                       num_rows,
                       ", which is the last of ",
                       num_rows,
                       " rows counted from 1, in ",
                       from_one->where));
  }
  if (from_zero != nullptr) return 0;
  if (from_one != nullptr) return 1;
  return std::nullopt;
}

[[noreturn]] void refuse_doubt_of_base(const std::vector<const NumberList*>& lists,
                                       Index num_rows) {
  std::int64_t low = lists[0]->values[0];
  std::int64_t high = low;
  for (const NumberList* list : lists) {
    const auto [lowest, highest] = std::minmax_element(list->values.begin(), list->values.end());
    low = std::min(low, *lowest);
    high = std::max(high, *highest);
  }
  throw Error(ErrorKind::kFormat,
              concat(lists[0]->where,
                     ": expected to be told what row numbers count from (index base 0 or index "
                     "base 1), got numbers ",
                     low,
                     " .. ",
                     high,
                     " of ",
                     num_rows,
                     " rows, which may be either"));
}

}  // namespace

std::vector<const NumberList*> SplitLists::given() const {
  std::vector<const NumberList*> lists;
  for (const auto* list : {&trainval, &train, &val, &test_seen, &test_unseen}) {
    if (*list) lists.push_back(&**list);
  }
  return lists;
}

bool is_row_mask(const NumberList& list, Index num_rows) {
  const bool as_long = std::ssize(list.values) == num_rows;
  if (list.is_logical) {
    if (as_long) return true;
    throw Error(ErrorKind::kShapeMismatch,
                concat(list.where,
                       ": expected a mask of ",
                       num_rows,
                       " entries, an entry a row, got ",
                       list.values.size()));
  }
  const auto is_flag = [](std::int64_t v) { return v == 0 || v == 1; };
  return as_long && num_rows > 2 && std::all_of(list.values.begin(), list.values.end(), is_flag);
}

std::optional<int> base_of_lists(const SplitLists& lists, std::span<const std::int64_t> labels) {
  const Index num_rows = std::ssize(labels);
  const auto of_numbers = numbered(lists, num_rows);
  if (const auto base = base_by_range(of_numbers, num_rows)) return base;
  if (!all_within(of_numbers, 1, num_rows - 1)) return std::nullopt;
  const bool as_one = agrees_with_classes(lists, labels, 1);
  if (as_one == agrees_with_classes(lists, labels, 0)) return std::nullopt;
  return as_one ? 1 : 0;
}

int settle_base_of_lists(const SplitLists& lists,
                         std::span<const std::int64_t> labels,
                         std::optional<int> asked) {
  if (asked) return *asked;
  if (const auto base = base_of_lists(lists, labels)) return *base;
  const Index num_rows = std::ssize(labels);
  const auto of_numbers = numbered(lists, num_rows);
  // What is out of range is refused where it is read.
  if (of_numbers.empty() || !all_within(of_numbers, 1, num_rows - 1)) return 1;
  // Where either way has classes on both sides, neither is right, and the published way is told of.
  if (!agrees_with_classes(lists, labels, 1)) return 1;
  refuse_doubt_of_base(of_numbers, num_rows);
}

std::vector<Index> rows_of(const NumberList& list, Index num_rows, int index_base) {
  if (!is_row_mask(list, num_rows)) return to_positions(list, num_rows, index_base, "rows");
  std::vector<Index> rows;
  for (std::size_t row = 0; row < list.values.size(); ++row) {
    if (list.values[row] != 0) rows.push_back(static_cast<Index>(row));
  }
  return rows;
}

RawSplit to_raw_split(const SplitLists& lists, Index num_rows, int index_base) {
  const auto read = [&](const std::optional<NumberList>& list) -> std::optional<NumberList> {
    if (!list) return std::nullopt;
    NumberList rows{list->where, rows_of(*list, num_rows, index_base)};
    for (std::int64_t& row : rows.values) row += index_base;
    return rows;
  };
  RawSplit raw{{},
               read(lists.train),
               read(lists.val),
               read(lists.test_seen),
               read(lists.test_unseen).value_or(NumberList())};
  if (auto trainval = read(lists.trainval)) {
    raw.trainval = std::move(*trainval);
  } else {
    raw.trainval = *raw.train;
    if (raw.val) {
      raw.trainval.values.insert(
          raw.trainval.values.end(), raw.val->values.begin(), raw.val->values.end());
    } else {
      raw.train.reset();
    }
  }
  const auto require_rows = [](const NumberList& list, const char* what) {
    if (!list.values.empty()) return;
    throw Error(ErrorKind::kFormat,
                concat(list.where, ": expected at least one ", what, ", got none"));
  };
  require_rows(raw.trainval, "training row");
  require_rows(raw.test_unseen, "test row of an unseen class");
  return raw;
}

}  // namespace dem
