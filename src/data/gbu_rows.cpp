#include "data/gbu_rows.h"

#include <algorithm>

#include "base/at.h"
#include "base/text.h"
#include "data/gbu_axes.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

std::optional<NumberList> read_list(GbuFolder& folder,
                                    std::initializer_list<std::string_view> names) {
  const ArrayRef array = folder.find(names);
  if (!array) return std::nullopt;
  return NumberList{array.where(),
                    array.file->read_integers(*array.info),
                    array.info->type == ElementType::kBool};
}

// A table read along the wrong axis has as many columns as there are classes; nothing else would
// tell where the classes have no names.
void check_orientation(const GbuClassCount& count, const RowLabels& labels) {
  const bool is_known = !count.names.empty() || count.is_told;
  if (is_known || labels.kind != RowLabels::Kind::kNumbers) return;
  const Index labelled = num_labelled_classes(labels);
  const std::vector<Index>& shape = count.table.info->shape;
  const Index other = shape[0] == count.count ? shape[1] : shape[0];
  if (labelled == count.count || labelled != other) return;
  throw Error(ErrorKind::kShapeMismatch,
              concat(count.table.where(),
                     ": attribute descriptions: expected ",
                     labelled,
                     " classes, as the labels have, got ",
                     count.count,
                     " of ",
                     other,
                     " dimensions: the matrix looks transposed"));
}

// "labels count from 0, rows of the lists from 1", where that is not as published.
void log_bases(const GbuFolder& folder,
               const RowLabels& labels,
               const GbuRows& rows,
               bool numbered) {
  const bool of_labels = labels.kind == RowLabels::Kind::kNumbers && rows.labels_base == 0;
  const bool of_lists = numbered && rows.lists_base == 0;
  if (!of_labels && !of_lists) return;
  const auto base = [](bool from_zero) { return from_zero ? 0 : 1; };
  std::vector<std::string> parts;
  if (labels.kind == RowLabels::Kind::kNumbers) {
    parts.push_back(concat("labels count from ", base(of_labels)));
  }
  if (numbered) parts.push_back(concat("rows in the lists count from ", base(of_lists)));
  log(LogLevel::kInfo, concat(folder.path(), ": ", join(parts)));
}

void log_masks(const GbuFolder& folder, const SplitLists& lists, Index num_rows) {
  std::vector<std::string> masks;
  for (const NumberList* list : lists.given()) {
    // "FILE: variable NAME"
    if (is_row_mask(*list, num_rows))
      masks.push_back(list->where.substr(list->where.rfind(' ') + 1));
  }
  if (masks.empty()) return;
  log(LogLevel::kInfo, concat(folder.path(), ": read as masks, an entry a row: ", join(masks)));
}

void log_kind(const RowLabels& labels) {
  if (labels.kind == RowLabels::Kind::kNumbers) return;
  const bool named = labels.kind == RowLabels::Kind::kNames;
  log(LogLevel::kInfo,
      concat(labels.where, ": read as ", named ? "names of classes" : "one-hot labels"));
}

void log_unlabelled(const RowLabels& labels, const std::vector<ClassId>& classes) {
  const auto none = std::count(classes.begin(), classes.end(), ClassId{-1});
  if (none == 0) return;
  log(LogLevel::kInfo,
      concat(labels.where,
             ": rows without a class: ",
             none,
             " of ",
             classes.size(),
             "; they are in no list that is trained or tested on"));
}

// How many samples there are where their axis is known before the labels are.
Index known_extent(const ArrayRef& features) {
  if (!features || features.info->shape.size() != 2 || !is_of_matlab(*features.file)) return 0;
  return features.info->shape[at(matlab_axis(*features.file))];
}

// Lists that cannot do without.
void require_lists(GbuFolder& folder, const SplitLists& lists) {
  if (!lists.trainval) static_cast<void>(folder.require({"trainval_loc", "train_loc"}));
  if (!lists.test_unseen) static_cast<void>(folder.require({"test_unseen_loc", "test_unseen"}));
}

}  // namespace

SplitLists read_split_lists(GbuFolder& folder) {
  return {.trainval = read_list(folder, {"trainval_loc"}),
          .train = read_list(folder, {"train_loc"}),
          .val = read_list(folder, {"val_loc"}),
          .test_seen = read_list(folder, {"test_seen_loc", "test_seen"}),
          .test_unseen = read_list(folder, {"test_unseen_loc", "test_unseen"})};
}

RowLabels read_gbu_labels(GbuFolder& folder, const GbuClassCount& count, const ArrayRef& features) {
  return read_row_labels(folder.labels(), count.names, count.count, known_extent(features));
}

std::vector<bool> used_rows(const RawSplit& split, Index num_rows, int index_base) {
  std::vector<bool> used(at(num_rows));
  const auto add = [&](const NumberList& list) {
    for (const Index row : to_positions(list, num_rows, index_base, "rows")) used[at(row)] = true;
  };
  add(split.trainval);
  if (split.test_seen) add(*split.test_seen);
  add(split.test_unseen);
  return used;
}

GbuRows read_gbu_rows(GbuFolder& folder,
                      const GbuClassCount& count,
                      const ArrayRef& features,
                      std::optional<int> index_base) {
  const RowLabels labels = read_gbu_labels(folder, count, features);
  check_orientation(count, labels);
  const Index num_rows = std::ssize(labels.values);
  // Lists of other rows would be read from the wrong number.
  if (features && features.info->shape.size() == 2) {
    static_cast<void>(checked_extents(
        features, sample_axis(features, num_rows), {num_rows, 0}, "one image per label"));
  }
  const SplitLists lists = read_split_lists(folder);
  require_lists(folder, lists);
  GbuRows rows;
  rows.lists_base = settle_base_of_lists(lists, labels.values, index_base);
  rows.split = to_raw_split(lists, num_rows, rows.lists_base);
  const std::vector<bool> used = used_rows(rows.split, num_rows, rows.lists_base);
  const int base = settle_base_of_labels(labels, count.count, used, index_base);
  rows.labels = to_classes(labels, count.count, base, used);
  rows.labels_base = labels.kind == RowLabels::Kind::kNumbers ? base : 1;
  const auto given = lists.given();
  const bool numbered = std::any_of(given.begin(), given.end(), [&](const NumberList* list) {
    return !is_row_mask(*list, num_rows);
  });
  log_bases(folder, labels, rows, numbered);
  log_masks(folder, lists, num_rows);
  log_kind(labels);
  log_unlabelled(labels, rows.labels);
  return rows;
}

}  // namespace dem
