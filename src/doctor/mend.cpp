#include "dem/doctor/mend.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/new_folder.h"
#include "base/stop.h"
#include "base/text.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "doctor/examine.h"
#include "doctor/mended_files.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

// Each id once.
void add_id(const std::string& id, std::vector<std::string>& ids) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

// The copy as it will be read.
DatasetOptions options_of_copy(const Specimen& specimen,
                               const std::string& data_path,
                               const MendReport& report) {
  DatasetOptions options = specimen.options;
  options.data_path = data_path;
  if (options.layout == "gbu") options.index_base = report.index_base;
  return options;
}

// By what is found in the copy: a mend may be of a part of what was found.
void tell_what_is_gone(const Diagnosis& before, const Diagnosis& after, MendReport& report) {
  for (const Finding& finding : before.findings) {
    if (finding.mendable && after.find(finding.id) == nullptr) add_id(finding.id, report.done);
  }
  for (const Finding& finding : after.findings) {
    if (finding.severity != Severity::kNote) add_id(finding.id, report.left);
  }
}

void count_files(MendReport& report) {
  for (const auto& entry : fs::directory_iterator(report.folder)) {
    report.files.push_back(entry.path().string());
    report.bytes += entry.file_size();
  }
  std::sort(report.files.begin(), report.files.end());
}

MendReport write_copy(const Specimen& specimen,
                      const Diagnosis& before,
                      const std::string& output,
                      const DoctorOptions& doctor) {
  MendReport report;
  const NewFolder folder(output, folder_name(specimen.folder));
  before.layout == "gbu" ? write_mended_gbu(specimen, folder.partial(), report)
                         : write_mended_table(specimen, folder.partial(), report);
  const DatasetOptions copy = options_of_copy(specimen, folder.data_path(), report);
  tell_what_is_gone(before, diagnosis_of(examine(copy, specimen.should_stop), doctor), report);
  stop_if_asked(specimen.should_stop);
  folder.commit();
  report.folder = folder.final_path();
  count_files(report);
  return report;
}

}  // namespace

void require_mendable(const DatasetOptions& data, const std::string& output) {
  const std::string& layout = data.layout;
  if (layout != "gbu" && layout != "table") {
    throw Error(ErrorKind::kUnsupported,
                concat("mended copy: expected layout gbu or table, got ",
                       layout,
                       ", of which nothing can be mended safely"));
  }
  if (layout == "table" && (!data.features_file.empty() || !data.labels_file.empty() ||
                            !data.classes_file.empty() || !data.split_file.empty())) {
    throw Error(ErrorKind::kUnsupported,
                "mended copy: expected data in a folder, got files that are named one by one");
  }
  require_new_or_empty("mended copy", output);
}

MendReport mend_dataset(const DatasetOptions& data,
                        const Diagnosis& diagnosis,
                        const std::string& output,
                        const MendOptions& options) {
  DatasetOptions found = data;
  found.layout = diagnosis.layout;
  require_mendable(found, output);
  try {
    return write_copy(examine(data, options.should_stop), diagnosis, output, options.doctor);
  } catch (const Stopped&) {
    MendReport nothing;
    nothing.stopped = true;
    return nothing;
  }
}

}  // namespace dem
