#include "dem/imports/import_table.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <unordered_set>

#include "base/at.h"
#include "base/new_folder.h"
#include "base/stop.h"
#include "base/text.h"
#include "base/writable_folder.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "dem/base/version.h"
#include "dem/data/split_fingerprint.h"
#include "imports/import_kinds.h"
#include "imports/table_writer.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

// Images of no class have no place in a table.
bool is_kept(const Dataset& dataset, Index row) {
  return dataset.labels[at(row)] >= 0;
}

// features.npy, made while a dataset is read.
class FeatureCopy {
 public:
  explicit FeatureCopy(std::string path) : path_(std::move(path)) {}

  void add(const Dataset& dataset, Index first, MatrixView<const float> rows) {
    if (!file_) {
      const auto kept = std::count_if(
          dataset.labels.begin(), dataset.labels.end(), [](ClassId c) { return c >= 0; });
      file_.emplace(path_, kept, rows.cols());
    }
    for (Index i = 0; i < rows.rows(); ++i) {
      if (is_kept(dataset, first + i)) file_->add(rows.row(i));
    }
  }
  void commit() { file_->commit(); }

 private:
  std::string path_;
  std::optional<NpyRows> file_;
};

void renumber(const std::vector<Index>& places, std::vector<Index>& rows) {
  for (Index& row : rows) row = places[at(row)];
}

// Takes images of no class away; they are in no part of the split. Returns how many.
Index leave_out_unlabelled(Dataset& dataset) {
  std::vector<Index> places;
  Index kept = 0;
  for (Index row = 0; row < dataset.num_rows(); ++row) {
    places.push_back(is_kept(dataset, row) ? kept++ : -1);
  }
  const Index left_out = dataset.num_rows() - kept;
  if (left_out == 0) return 0;
  Split& split = dataset.split;
  for (auto* rows :
       {&split.trainval, &split.train, &split.val, &split.test_seen, &split.test_unseen}) {
    renumber(places, *rows);
  }
  std::vector<std::string> samples;
  for (std::size_t row = 0; row < dataset.samples.size(); ++row) {
    if (places[row] >= 0) samples.push_back(std::move(dataset.samples[row]));
  }
  dataset.samples = std::move(samples);
  std::erase(dataset.labels, ClassId{-1});
  log(LogLevel::kWarning, concat(dataset.name, ": images of no class are left out: ", left_out));
  return left_out;
}

std::string about(const ImportOptions& options, const ImportEntry& entry, const Dataset& dataset) {
  return nlohmann::ordered_json{{"dem", version()},
                                {"imported_from", folder_name(options.source)},
                                {"kind", entry.kind.name},
                                {"split_fingerprint", split_fingerprint(dataset)}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void describe(const Dataset& dataset, ImportSummary& summary) {
  summary.images = dataset.num_rows();
  summary.feature_dim = dataset.feature_dim();
  summary.classes = dataset.classes.size();
  for (std::size_t i = 0; i < dataset.classes.spaces.size(); ++i) {
    summary.spaces.push_back(
        concat(dataset.classes.spaces[i], ' ', dataset.classes.embeddings[i].cols()));
  }
  const auto size = [](const auto& list) { return static_cast<Index>(list.size()); };
  summary.trainval = size(dataset.split.trainval);
  summary.test_seen = size(dataset.split.test_seen);
  summary.test_unseen = size(dataset.split.test_unseen);
  summary.seen_classes = size(dataset.seen_classes);
  summary.unseen_classes = size(dataset.unseen_classes);
  summary.split_fingerprint = split_fingerprint(dataset);
}

// Files that are gone by then are told of as what they were made of.
Error in_words_of_source(const Error& error,
                         const std::string& scratch,
                         const ImportOptions& options) {
  std::string text = error.what();
  const bool is_written = error.kind() == ErrorKind::kIo;
  const std::string from = scratch + "/",
                    to = is_written ? options.output + "/" : options.source + " as ";
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return {error.kind(), text};
}

// Names that are not one an image, all different, say nothing.
void take_samples(std::vector<std::string> samples, Dataset& dataset) {
  if (samples.empty() || !dataset.samples.empty()) return;
  const std::unordered_set<std::string_view> distinct(samples.begin(), samples.end());
  if (std::ssize(samples) == dataset.num_rows() && distinct.size() == samples.size()) {
    dataset.samples = std::move(samples);
    return;
  }
  log(LogLevel::kWarning,
      concat(dataset.name,
             ": names of images are left out: there are ",
             samples.size(),
             ", ",
             distinct.size(),
             " of them different, for ",
             dataset.num_rows(),
             " images"));
}

// Whether load_dataset will read features that a translation has just made as the table has them.
bool is_ready(const DatasetOptions& data, const std::string& scratch) {
  return data.features_file == scratch + "/features.npy" &&
         data.missing_features == MissingFeatures::kRefuse;
}

ImportSummary write_import(const ImportOptions& options,
                           const ImportEntry& entry,
                           const NewFolder& folder,
                           const std::string& scratch) {
  make_folder(scratch);
  Translated translated = entry.translate(options, scratch);
  DatasetOptions& data = translated.data;
  const std::string path = folder.partial() + "/features.npy";
  const bool ready = is_ready(data, scratch);
  FeatureCopy features(path);
  data.on_features = [&](const Dataset& dataset, Index first, MatrixView<const float> rows) {
    stop_if_asked(options.should_stop);
    if (!ready) features.add(dataset, first, rows);
  };
  Dataset dataset = load_dataset(data);
  ready ? fs::rename(data.features_file, path) : features.commit();
  take_samples(std::move(translated.samples), dataset);
  ImportSummary summary;
  summary.left_out = leave_out_unlabelled(dataset);
  write_table_files(dataset, folder.partial(), about(options, entry, dataset));
  describe(dataset, summary);
  return summary;
}

}  // namespace

ImportSummary import_table(const ImportOptions& options) {
  require_new_or_empty("output", options.output);
  const ImportEntry& entry = import_entry(options);
  const NewFolder folder(parent_folder(options.output), folder_name(options.output));
  const std::string scratch = folder.data_path() + "/scratch";
  ImportSummary summary;
  try {
    summary = write_import(options, entry, folder, scratch);
  } catch (const Stopped&) {
    return summary;
  } catch (const Error& error) {
    throw in_words_of_source(error, scratch, options);
  }
  for (const std::string& file : files_of(folder.partial())) {
    summary.files.push_back(fs::path(file).filename().string());
  }
  folder.commit();
  summary.kind = entry.kind.name;
  summary.folder = options.output;
  summary.finished = true;
  return summary;
}

}  // namespace dem
