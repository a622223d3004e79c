#include "doctor/specimen.h"

#include <algorithm>
#include <utility>

#include "base/at.h"
#include "base/enum_names.h"
#include "base/text.h"

namespace dem {
namespace {

constexpr EnumName<Part> kPartNames[] = {{Part::kTrainval, "trainval"},
                                         {Part::kTrain, "train"},
                                         {Part::kVal, "val"},
                                         {Part::kTestSeen, "test_seen"},
                                         {Part::kTestUnseen, "test_unseen"}};

ListedRows masked_rows(const NumberList& mask) {
  ListedRows list{.given = true, .where = mask.where, .is_mask = true};
  for (std::size_t row = 0; row < mask.values.size(); ++row) {
    if (mask.values[row] == 1) list.rows.push_back(static_cast<Index>(row));
  }
  return list;
}

const std::vector<Index>& rows_of(const Split& split, Part part) {
  switch (part) {
    case Part::kTrain:
      return split.train;
    case Part::kVal:
      return split.val;
    case Part::kTestSeen:
      return split.test_seen;
    case Part::kTestUnseen:
      return split.test_unseen;
    case Part::kTrainval:
      break;
  }
  return split.trainval;
}

}  // namespace

std::string_view to_string(Part part) noexcept {
  return name_of(kPartNames, part);
}

ListedRows listed_rows(const NumberList& numbers, int base, Index num_rows) {
  if (is_row_mask(numbers, num_rows)) return masked_rows(numbers);
  ListedRows list{.given = true, .where = numbers.where};
  for (const std::int64_t value : numbers.values) {
    const Index row = value - base;
    (row >= 0 && row < num_rows ? list.rows : list.outside)
        .push_back(row >= 0 && row < num_rows ? row : value);
  }
  std::sort(list.rows.begin(), list.rows.end());
  std::vector<Index> once;
  for (const Index row : list.rows) {
    if (once.empty() || once.back() != row) {
      once.push_back(row);
    } else if (list.repeated.empty() || list.repeated.back() != row) {
      list.repeated.push_back(row);
    }
  }
  list.rows = std::move(once);
  return list;
}

std::vector<Index> Specimen::rows_a_class(Part part) const {
  std::vector<Index> counts(class_names.size());
  for (const Index row : list(part).rows) {
    const ClassId label = row < num_rows() ? labels[at(row)] : -1;
    if (label >= 0) ++counts[at(label)];
  }
  return counts;
}

void take_from_dataset(Specimen& specimen) {
  const Dataset& dataset = *specimen.dataset;
  specimen.class_names = dataset.classes.names;
  specimen.labels = dataset.labels;
  specimen.labels_where = specimen.folder;
  for (const Part part : kParts) {
    const std::vector<Index>& rows = rows_of(dataset.split, part);
    if (rows.empty()) continue;
    specimen.list(part) =
        listed_rows({concat(specimen.folder, ": ", to_string(part)), rows}, 0, dataset.num_rows());
  }
  const ClassTable& classes = dataset.classes;
  for (std::size_t s = 0; s < classes.spaces.size(); ++s) {
    const bool named = s < classes.dimension_names.size();
    specimen.tables.push_back({classes.spaces[s],
                               specimen.folder,
                               classes.embeddings[s].clone(),
                               named ? classes.dimension_names[s] : std::vector<std::string>()});
  }
}

}  // namespace dem
