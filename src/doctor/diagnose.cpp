#include "dem/doctor/diagnose.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "data/layouts.h"
#include "dem/base/error.h"
#include "dem/data/split_fingerprint.h"
#include "doctor/checks.h"
#include "doctor/examine.h"
#include "doctor/near_duplicates.h"

namespace dem {
namespace {

constexpr Index kFewDimensions = 8;  // in fewer, rows come close by chance

std::string folder_of(const DatasetOptions& options) {
  for (const LayoutEntry& layout : layout_table()) {
    if (layout.name == options.layout) return layout.find(options).value_or(options.data_path);
  }
  return options.data_path;
}

// Loads with features going through a scan; throws as load_dataset does.
void load_through_scan(DatasetOptions options, Specimen& specimen) {
  std::optional<FeatureScan> scan;
  options.on_features = [&](const Dataset& dataset, Index first_row, MatrixView<const float> rows) {
    stop_if_asked(specimen.should_stop);
    if (first_row == 0) {
      std::vector<bool> trained(dataset.labels.size());
      for (const Index row : dataset.split.trainval) trained[at(row)] = true;
      scan.emplace(dataset.num_rows(),
                   dataset.feature_dim(),
                   dataset.labels,
                   std::move(trained),
                   dataset.classes.size());
    }
    scan->add(rows);
  };
  specimen.dataset = load_dataset(options);
  specimen.loaded_with = std::move(options);
  if (scan) specimen.features = scan->finish();
}

// Where load_dataset refuses, with what is missing taken all the same.
void load_leniently(DatasetOptions options, Specimen& specimen) {
  options.missing_features = MissingFeatures::kZero;
  options.missing_descriptions = MissingDescriptions::kMean;
  try {
    load_through_scan(std::move(options), specimen);
  } catch (const Error&) {  // the first refusal is the one to tell of
    specimen.dataset.reset();
    specimen.features = {};
  }
}

void read_files(Specimen& specimen) {
  if (specimen.dataset) take_from_dataset(specimen);
  if (specimen.options.layout == "gbu") {
    read_gbu_specimen(specimen);
    const bool zeroed = specimen.dataset && specimen.dataset->zeroed_features.values > 0;
    if (!specimen.dataset || zeroed) scan_gbu_features(specimen);
  } else if (specimen.options.layout == "table") {
    read_table_specimen(specimen);
  }
}

void look_for_near_duplicates(const Specimen& specimen, double share, Findings& findings) {
  constexpr std::size_t kMostCompared = 1000;
  const FeatureFacts& facts = specimen.features;
  if (share == 0.0 || !specimen.loaded_with || !facts.complete || facts.dim < kFewDimensions)
    return;
  const std::vector<Index>& trained = specimen.list(Part::kTrainval).rows;
  const double radius = share * median_distance(facts, in_either(trained, test_rows(specimen)));
  if (radius == 0.0) return;
  std::vector<RowPair> pairs = standing_out(
      facts, trained, near_pairs(facts, trained, test_rows_without_copy(specimen), radius), share);
  if (pairs.empty()) return;
  const bool at_least = pairs.size() > kMostCompared;
  pairs.resize(std::min(pairs.size(), kMostCompared));
  PairRows rows(std::move(pairs), facts.dim);
  DatasetOptions options = *specimen.loaded_with;
  options.on_features = [&](const Dataset&, Index first_row, MatrixView<const float> block) {
    stop_if_asked(specimen.should_stop);
    rows.add(first_row, block);
  };
  static_cast<void>(load_dataset(options));
  add_near_duplicates(specimen, rows.confirmed(radius, share, facts.deviation), at_least, findings);
}

Index classes_with_rows(const Specimen& specimen, Part part) {
  const std::vector<Index> counts = specimen.rows_a_class(part);
  return std::count_if(counts.begin(), counts.end(), [](Index count) { return count > 0; });
}

Diagnosis summary_of(const Specimen& specimen) {
  Diagnosis diagnosis;
  diagnosis.dataset = specimen.options.name;
  diagnosis.layout = specimen.options.layout;
  diagnosis.num_rows = std::max(specimen.num_rows(), specimen.features.num_rows);
  diagnosis.feature_dim = specimen.features.dim;
  diagnosis.num_training_rows = std::ssize(specimen.list(Part::kTrainval).rows);
  diagnosis.num_test_seen_rows = std::ssize(specimen.list(Part::kTestSeen).rows);
  diagnosis.num_test_unseen_rows = std::ssize(specimen.list(Part::kTestUnseen).rows);
  diagnosis.num_seen_classes = classes_with_rows(specimen, Part::kTrainval);
  diagnosis.num_unseen_classes = classes_with_rows(specimen, Part::kTestUnseen);
  if (!specimen.refusal) {
    diagnosis.num_seen_classes = std::ssize(specimen.dataset->seen_classes);
    diagnosis.num_unseen_classes = std::ssize(specimen.dataset->unseen_classes);
    diagnosis.fingerprint = specimen.dataset->fingerprint;
    diagnosis.split_fingerprint = split_fingerprint(*specimen.dataset);
  }
  return diagnosis;
}

}  // namespace

Specimen examine(const DatasetOptions& data, ShouldStop should_stop) {
  Specimen specimen;
  specimen.should_stop = std::move(should_stop);
  specimen.options = data;
  specimen.options.layout = detect_layout(data);
  specimen.options.shard = {};
  specimen.options.on_features = {};
  specimen.folder = folder_of(specimen.options);
  try {
    load_through_scan(specimen.options, specimen);
  } catch (const Error& error) {
    const bool of_the_data =
        error.kind() != ErrorKind::kInvalidArgument && error.kind() != ErrorKind::kInternal;
    if (!of_the_data) throw;
    specimen.refusal = {error.kind(), error.what()};
    load_leniently(specimen.options, specimen);
  }
  read_files(specimen);
  return specimen;
}

void DoctorOptions::validate() const {
  if (near_duplicates >= 0.0 && near_duplicates < 1.0) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("near_duplicates: expected 0 or more and less than 1, got ", near_duplicates));
}

Diagnosis diagnosis_of(const Specimen& specimen, const DoctorOptions& options) {
  options.validate();
  Diagnosis diagnosis = summary_of(specimen);
  for (const Check check : check_table()) check(specimen, diagnosis.findings);
  look_for_near_duplicates(specimen, options.near_duplicates, diagnosis.findings);
  std::stable_sort(diagnosis.findings.begin(),
                   diagnosis.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return diagnosis;
}

Diagnosis diagnose(const DatasetOptions& data, const DoctorOptions& options) {
  options.validate();
  return diagnosis_of(examine(data), options);
}

}  // namespace dem
