// What the files of layout gbu say, each on its own: one that is broken does not hide the others.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "data/gbu_axes.h"
#include "data/gbu_rows.h"
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

std::array<std::optional<NumberList>*, kParts.size()> in_order(SplitLists& lists) {
  return {&lists.trainval, &lists.train, &lists.val, &lists.test_seen, &lists.test_unseen};
}

void take_lists(SplitLists& lists, int base, Index num_rows, Specimen& specimen) {
  const auto ordered = in_order(lists);
  for (std::size_t part = 0; part < ordered.size(); ++part) {
    if (!*ordered[part]) continue;
    specimen.lists[part] = listed_rows(**ordered[part], base, num_rows);
  }
  if (!lists.trainval && lists.train) {  // as load_dataset has it
    ListedRows& trainval = specimen.list(Part::kTrainval);
    trainval = specimen.list(Part::kTrain);
    const std::vector<Index>& val = specimen.list(Part::kVal).rows;
    trainval.rows.insert(trainval.rows.end(), val.begin(), val.end());
    trainval = listed_rows({trainval.where, trainval.rows}, 0, num_rows);
    trainval.given = false;
  }
}

// n, or what the lists name at most where there are no labels.
Index count_rows(const SplitLists& lists, const Specimen& specimen) {
  if (specimen.num_rows() > 0) return specimen.num_rows();
  std::int64_t most = 0;
  for (const NumberList* list : lists.given()) {
    for (const std::int64_t value : list->values) most = std::max(most, value + 1);
  }
  return most;
}

// Where numbers fit neither base the lists are read as asked for.
void read_lists(GbuFolder& folder, const std::vector<std::int64_t>& labels, Specimen& specimen) {
  SplitLists lists = read_split_lists(folder);
  const Index num_rows = count_rows(lists, specimen);
  const int expected = specimen.options.index_base.value_or(1);
  std::optional<int> found;
  attempt([&] { found = base_of_lists(lists, labels); });
  const int base = found.value_or(expected);
  take_lists(lists, base, num_rows, specimen);
  specimen.lists_base = base;
  const auto given = lists.given();
  const auto numbered = std::find_if(given.begin(), given.end(), [&](const NumberList* list) {
    return !is_row_mask(*list, num_rows);
  });
  if (base != expected && numbered != given.end()) {
    specimen.other_base.push_back({(*numbered)->where, base});
  }
}

void take_labels(const RowLabels& labels, Specimen& specimen) {
  const int expected = specimen.options.index_base.value_or(1);
  const Index num_classes = specimen.num_classes();
  std::vector<bool> used(labels.values.size());
  for (const Part part : {Part::kTrainval, Part::kTestSeen, Part::kTestUnseen}) {
    for (const Index row : specimen.list(part).rows) {
      if (row < std::ssize(used)) used[at(row)] = true;
    }
  }
  const bool are_numbers = labels.kind == RowLabels::Kind::kNumbers;
  const int base = base_of_labels(labels, num_classes, used).value_or(expected);
  specimen.labels.clear();
  for (const std::int64_t value : labels.values) {
    const bool known = value >= base && value < num_classes + base;
    specimen.labels.push_back(known ? static_cast<ClassId>(value - base) : -1);
  }
  specimen.labels_base = are_numbers ? base : 1;
  if (are_numbers && base != expected) specimen.other_base.push_back({labels.where, base});
}

void read_rows(GbuFolder& folder, Specimen& specimen) {
  RowLabels labels;
  attempt([&] {
    GbuFolder with_labels(specimen.folder, specimen.options);
    GbuClassCount count;
    count.count = specimen.num_classes();
    if (specimen.has_class_names) count.names = specimen.class_names;
    labels = read_gbu_labels(with_labels, count, {});
    specimen.labels_where = labels.where;
    specimen.labels.assign(labels.values.size(), -1);
  });
  attempt([&] { read_lists(folder, labels.values, specimen); });
  if (!labels.values.empty()) take_labels(labels, specimen);
}

// 0 where the folder does not tell.
Index count_classes(GbuFolder& folder, const Specimen& specimen) {
  Index count = specimen.dataset ? specimen.dataset->classes.size() : 0;
  if (count > 0) return count;
  attempt([&] { count = count_gbu_classes(folder, specimen.options.description_axis).count; });
  return count;
}

// As the file has it where nothing tells which axis is that of the classes.
DescriptionTable read_table(GbuFolder& folder, const ArrayRef& array, const Specimen& specimen) {
  int axis = is_of_matlab(*array.file) ? matlab_axis(*array.file) : 0;
  attempt([&] {
    axis = class_axis(array,
                      specimen.options.description_axis,
                      folder.look_for("att"),
                      count_classes(folder, specimen));
  });
  return {"attribute", array.where(), read_matrix(*array.file, *array.info, axis), {}};
}

void read_attributes(GbuFolder& folder, Specimen& specimen) {
  std::vector<std::string> names;
  if (const ArrayRef array = folder.find({"attribute_names"})) {
    attempt([&] { names = array.file->read_strings(*array.info); });
  }
  const auto read = [&](const char* name) -> std::optional<DescriptionTable> {
    const ArrayRef array = folder.find({name});
    if (!array || element_size(array.info->type) == 0) return std::nullopt;
    DescriptionTable table = read_table(folder, array, specimen);
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
      specimen.class_names.push_back(concat("class ", c + specimen.options.index_base.value_or(1)));
    }
  }
}

void read_image_files(const DatasetOptions& options, Specimen& specimen) {
  // GbuFolder looks for all but features and labels in the split's files.
  GbuFolder folder(specimen.folder, options);
  ArrayFile& file = *folder.features().file;
  const ArrayInfo* info = find_named(file, "image_files").info;
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
    GbuFolder folder(specimen.folder, specimen.options.split_file);
    if (specimen.options.train_mode != TrainMode::kWord) {
      attempt([&] { read_attributes(folder, specimen); });
    }
    attempt([&] { read_names(folder, specimen); });
    read_rows(folder, specimen);
  });
  for (DescriptionTable& table : others) {
    if (table.space != "attribute") specimen.tables.push_back(std::move(table));
  }
  attempt([&] { read_image_files(specimen.options, specimen); });
}

void scan_gbu_features(Specimen& specimen) {
  constexpr Index kBlockBytes = Index{8} << 20;
  attempt([&] {
    GbuFolder folder(specimen.folder, specimen.options);
    const ArrayRef array = folder.features();
    const int axis = sample_axis(array, specimen.num_rows());
    const Extents extents = checked_extents(array, axis, {}, "an image a row");
    std::vector<bool> trained(at(extents.rows));
    for (const Index row : specimen.list(Part::kTrainval).rows) {
      if (row < extents.rows) trained[at(row)] = true;
    }
    FeatureScan scan(
        extents.rows, extents.cols, specimen.labels, std::move(trained), specimen.num_classes());
    const Index block_rows = std::clamp<Index>(
        kBlockBytes / (extents.cols * static_cast<Index>(sizeof(float))), 1, extents.rows);
    Matrix<float> block = Matrix<float>::uninitialised(block_rows, extents.cols);
    const auto reader = array.file->open_rows(*array.info, axis);
    while (const Index count = reader->read(block)) {
      stop_if_asked(specimen.should_stop);
      scan.add_any(block.view().row_block(0, count));
    }
    specimen.features = scan.finish();
  });
}

}  // namespace dem
