#include "dem/doctor/mend.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "base/writable_folder.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "doctor/examine.h"
#include "doctor/mended_files.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

// Files are made in a folder of another name, which is renamed once all are there.
class NewFolder {
 public:
  NewFolder(const std::string& output, const std::string& name)
      : final_(concat(output, "/", name)), partial_(concat(output, "/.", name, ".partial")) {
    std::error_code ignored;
    fs::remove_all(partial_, ignored);  // of one that was ended
    make_folder(partial_);
  }
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(partial_, ignored);
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;

  [[nodiscard]] const std::string& partial() const { return partial_; }
  [[nodiscard]] const std::string& final_path() const { return final_; }
  void commit() const {
    std::error_code error;
    fs::rename(partial_, final_, error);
    if (error) {
      throw Error(ErrorKind::kIo, concat(final_, ": cannot be written: ", error.message()));
    }
  }

 private:
  std::string final_, partial_;
};

// What a mend that was ended left there is no content.
bool holds_nothing(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return false;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name[0] != '.' || entry.path().extension() != ".partial") return false;
  }
  return true;
}

void require_new_output(const std::string& output) {
  std::error_code ignored;
  if (!fs::exists(output, ignored) || holds_nothing(output)) return;
  throw Error(ErrorKind::kInvalidArgument,
              concat("mended copy: expected a new or empty folder, got \"", output, "\""));
}

// Each id once.
void add_id(const std::string& id, std::vector<std::string>& ids) {
  if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
}

MendReport report_of(const Diagnosis& diagnosis) {
  // A refusal is of what another finding tells where that is an error.
  const bool mends_errors =
      std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [](const Finding& finding) {
        return finding.mendable && finding.severity == Severity::kError;
      });
  MendReport report;
  for (const Finding& finding : diagnosis.findings) {
    if (finding.mendable) {
      add_id(finding.id, report.done);
    } else if (finding.severity != Severity::kNote && !(mends_errors && finding.id == "refused")) {
      add_id(finding.id, report.left);
    }
  }
  return report;
}

void count_files(MendReport& report) {
  for (const auto& entry : fs::directory_iterator(report.folder)) {
    report.files.push_back(entry.path().string());
    report.bytes += entry.file_size();
  }
  std::sort(report.files.begin(), report.files.end());
}

}  // namespace

void require_mendable(const std::string& layout, const std::string& output) {
  if (layout != "gbu" && layout != "table") {
    throw Error(ErrorKind::kUnsupported,
                concat("mended copy: expected layout gbu or table, got ",
                       layout,
                       ", of which nothing can be mended safely"));
  }
  require_new_output(output);
}

MendReport mend_dataset(const DatasetOptions& data,
                        const Diagnosis& diagnosis,
                        const std::string& output) {
  require_mendable(diagnosis.layout, output);
  const Specimen specimen = examine(data);
  MendReport report = report_of(diagnosis);
  const NewFolder folder(output, folder_name(specimen.folder));
  if (diagnosis.layout == "gbu") {
    write_mended_gbu(specimen, folder.partial(), report);
  } else {
    write_mended_table(specimen, folder.partial());
  }
  folder.commit();
  report.folder = folder.final_path();
  count_files(report);
  return report;
}

}  // namespace dem
