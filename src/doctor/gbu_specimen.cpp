// What the files of layout gbu say, each on its own: one that is broken does not hide the others.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "data/gbu_folder.h"
#include "doctor/specimen.h"

namespace dem {
namespace {

// load_dataset names what cannot be read.
template <typename Step>
void attempt(Step&& step) {
  try {
    step();
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch)
  }
}

using Lists = std::vector<const NumberList*>;

struct Range {
  std::int64_t low = 0, high = 0;
  bool empty = true;
};

Range range_of(const Lists& lists) {
  Range range;
  for (const NumberList* list : lists) {
    for (const std::int64_t value : list->values) {
      range.low = range.empty ? value : std::min(range.low, value);
      range.high = range.empty ? value : std::max(range.high, value);
      range.empty = false;
    }
  }
  return range;
}

bool fits(const Range& range, int base, Index count) {
  return range.empty || (range.low >= base && range.high < count + base);
}

// The base that numbers below `count` count from: the expected one where they fit it.
int base_of(const Lists& lists, int expected, Index count) {
  const Range range = range_of(lists);
  if (fits(range, expected, count) || !fits(range, 1 - expected, count)) return expected;
  return 1 - expected;
}

std::array<std::optional<NumberList>*, kParts.size()> in_order(SplitLists& lists) {
  return {&lists.trainval, &lists.train, &lists.val, &lists.test_seen, &lists.test_unseen};
}

void take_lists(SplitLists& lists, int base, Index num_rows, Specimen& specimen) {
  const auto ordered = in_order(lists);
  for (std::size_t part = 0; part < ordered.size(); ++part) {
    if (!*ordered[part]) continue;
    specimen.lists[part] =
        listed_rows((*ordered[part])->where, (*ordered[part])->values, base, num_rows);
  }
  if (!lists.trainval && lists.train) {  // as load_dataset has it
    ListedRows& trainval = specimen.list(Part::kTrainval);
    trainval = specimen.list(Part::kTrain);
    const std::vector<Index>& val = specimen.list(Part::kVal).rows;
    trainval.rows.insert(trainval.rows.end(), val.begin(), val.end());
    trainval = listed_rows(trainval.where, trainval.rows, 0, num_rows);
    trainval.given = false;
  }
}

// Rows of unseen classes with training rows, which there are none of in a split.
Index trained_unseen_rows(const Specimen& specimen) {
  const std::vector<Index> trained = specimen.rows_a_class(Part::kTrainval);
  const std::vector<Index>& rows = specimen.list(Part::kTestUnseen).rows;
  return std::count_if(rows.begin(), rows.end(), [&](Index row) {
    const ClassId label = row < specimen.num_rows() ? specimen.labels[at(row)] : -1;
    return label >= 0 && trained[at(label)] > 0;
  });
}

void read_labels(GbuFolder& folder, Specimen& specimen) {
  const int expected = specimen.options.index_base;
  const ArrayRef array = folder.labels();
  const NumberList labels{array.where(), array.file->read_integers(*array.info)};
  const int base = base_of({&labels}, expected, specimen.num_classes());
  specimen.labels_where = labels.where;
  for (const std::int64_t value : labels.values) {
    const bool known = value >= base && value < specimen.num_classes() + base;
    specimen.labels.push_back(known ? static_cast<ClassId>(value - base) : -1);
  }
  specimen.labels_base = base;
  if (base != expected) specimen.other_base.push_back({labels.where, base});
}

void read_lists(GbuFolder& folder, Specimen& specimen) {
  const int expected = specimen.options.index_base;
  SplitLists lists = read_split_lists(folder);
  const Index labelled = specimen.num_rows();
  Lists given;  // that say what they count from
  for (const auto* list : in_order(lists)) {
    if (*list && !is_row_mask((*list)->values, labelled)) given.push_back(&**list);
  }
  const Range range = range_of(given);
  const Index n = labelled == 0 ? range.high + 1 : labelled;
  int base = base_of(given, expected, n);
  take_lists(lists, base, n, specimen);
  // Lists that leave out the first and the last row fit both.
  if (base == expected && fits(range, 1 - base, n) && trained_unseen_rows(specimen) > 0) {
    take_lists(lists, 1 - base, n, specimen);
    if (trained_unseen_rows(specimen) == 0) {
      base = 1 - base;
    } else {
      take_lists(lists, base, n, specimen);
    }
  }
  specimen.lists_base = base;
  if (base != expected && !given.empty()) {
    specimen.other_base.push_back({given[0]->where, base});
  }
}

DescriptionTable read_table(const ArrayRef& array) {
  return {
      "attribute", array.where(), read_matrix(*array.file, *array.info, sample_axis(array)), {}};
}

void read_attributes(GbuFolder& folder, Specimen& specimen) {
  std::vector<std::string> names;
  if (const ArrayRef array = folder.find({"attribute_names"})) {
    attempt([&] { names = array.file->read_strings(*array.info); });
  }
  const auto read = [&](const char* name) -> std::optional<DescriptionTable> {
    const ArrayRef array = folder.find({name});
    if (!array || element_size(array.info->type) == 0) return std::nullopt;
    DescriptionTable table = read_table(array);
    if (table.values.cols() == std::ssize(names)) table.dimensions = names;
    return table;
  };
  if (auto table = read("att")) specimen.tables.push_back(std::move(*table));
  attempt([&] { specimen.original = read("original_att"); });
}

void read_names(GbuFolder& folder, Specimen& specimen) {
  const ArrayRef array = folder.find({"allclasses_names"});
  specimen.has_class_names = array && array.info->type == ElementType::kText;
  if (specimen.has_class_names) {
    specimen.class_names = array.file->read_strings(*array.info);
    return;
  }
  if (specimen.dataset) {
    specimen.class_names = specimen.dataset->classes.names;
  } else if (!specimen.tables.empty()) {
    for (Index c = 0; c < specimen.tables[0].values.rows(); ++c) {
      specimen.class_names.push_back(concat("class ", c + specimen.options.index_base));
    }
  }
}

void read_image_files(const DatasetOptions& options, Specimen& specimen) {
  // GbuFolder looks for all but features and labels in the split's files.
  GbuFolder folder(specimen.folder, options.features_file);
  const ArrayFile& file = *folder.features().file;
  const ArrayInfo* info = file.find("image_files");
  if (info == nullptr || info->type != ElementType::kText) return;
  specimen.image_files = folder.features().file->read_strings(*info);
  specimen.image_files_where = ArrayRef{folder.features().file, info}.where();
}

}  // namespace

void read_gbu_specimen(Specimen& specimen) {
  specimen.class_names.clear();
  specimen.labels.clear();
  specimen.lists = {};
  std::vector<DescriptionTable> others = std::move(specimen.tables);
  specimen.tables.clear();
  attempt([&] {
    GbuFolder folder(specimen.folder);
    if (specimen.options.train_mode != TrainMode::kWord) {
      attempt([&] { read_attributes(folder, specimen); });
    }
    attempt([&] { read_names(folder, specimen); });
    attempt([&] {
      GbuFolder with_labels(specimen.folder, specimen.options.features_file);
      read_labels(with_labels, specimen);
    });
    attempt([&] { read_lists(folder, specimen); });
  });
  for (DescriptionTable& table : others) {
    if (table.space != "attribute") specimen.tables.push_back(std::move(table));
  }
  attempt([&] { read_image_files(specimen.options, specimen); });
}

void scan_gbu_features(Specimen& specimen) {
  constexpr Index kBlockBytes = Index{8} << 20;
  attempt([&] {
    GbuFolder folder(specimen.folder, specimen.options.features_file);
    const ArrayRef array = folder.features();
    const Extents extents = checked_extents(array, sample_axis(array), {}, "an image a row");
    std::vector<bool> trained(at(extents.rows));
    for (const Index row : specimen.list(Part::kTrainval).rows) {
      if (row < extents.rows) trained[at(row)] = true;
    }
    FeatureScan scan(
        extents.rows, extents.cols, specimen.labels, std::move(trained), specimen.num_classes());
    const Index block_rows = std::clamp<Index>(
        kBlockBytes / (extents.cols * static_cast<Index>(sizeof(float))), 1, extents.rows);
    Matrix<float> block = Matrix<float>::uninitialised(block_rows, extents.cols);
    const auto reader = array.file->open_rows(*array.info, sample_axis(array));
    while (const Index count = reader->read(block)) {
      stop_if_asked(specimen.should_stop);
      scan.add_any(block.view().row_block(0, count));
    }
    specimen.features = scan.finish();
  });
}

}  // namespace dem
