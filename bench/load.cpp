// Reading a dataset of the published size and checking it.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "dem/dem.h"
#include "workload.h"

namespace dem::bench {
namespace {

struct LoadCase {
  const char* name;
  const char* layout;
  const char* dataset;
  const char* folder;  // under Options::data
  const char* what;
  Index feature_dim;
  bool made_elsewhere;  // by bench/compare.py: offered where its folder is in Options::data
};

constexpr LoadCase kCases[] = {
    {"load/awa-dem", "dem", "AwA", "dem", "AwA in layout dem, plain .mat files", 1024, false},
    {"load/awa2-gbu", "gbu", "AWA2", "gbu", "AWA2 in layout gbu, plain .mat files", 2048, false},
    {"load/awa2-gbu-deflated",
     "gbu",
     "AWA2",
     "gbu-deflated",
     "the same with compressed .mat files, as published",
     2048,
     true},
};

std::string make_temporary_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "dem_bench_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder: " + name);
  return name;
}

// A folder that goes when the last run is over, unless the user named it.
class Folder {
 public:
  explicit Folder(const std::string& named)
      : kept_(!named.empty()), path_(kept_ ? named : make_temporary_folder()) {}
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  bool kept_;
  std::string path_;
};

// Under another name until it is whole: a run that is stopped leaves nothing to be taken for data.
void write_folder(const LoadCase& c, const std::string& path) {
  const std::string partial = path + ".partial";
  std::filesystem::remove_all(partial);
  SyntheticOptions synthetic;
  synthetic.output = partial;
  synthetic.layout = c.layout;
  synthetic.name = c.dataset;
  synthetic.feature_dim = c.feature_dim;
  write_synthetic(synthetic);
  std::filesystem::rename(partial, path);
}

Prepared prepare(const LoadCase& c, const Options& options) {
  const auto folder = std::make_shared<Folder>(options.data);
  const std::string path = folder->path() + "/" + c.folder;
  if (!std::filesystem::exists(path)) write_folder(c, path);
  DatasetOptions dataset;
  dataset.data_path = path;
  dataset.name = c.dataset;
  const Index images = load_dataset(dataset).visual_features.rows();
  return {[dataset, folder] { static_cast<void>(load_dataset(dataset)); },
          static_cast<double>(images),
          0.0};
}

}  // namespace

std::vector<Workload> load_workloads(const Options& given) {
  std::vector<Workload> workloads;
  for (const LoadCase& c : kCases) {
    if (c.made_elsewhere && !std::filesystem::exists(given.data + "/" + c.folder)) continue;
    workloads.push_back(
        {c.name, c.what, "images", [c](const Options& options) { return prepare(c, options); }});
  }
  return workloads;
}

}  // namespace dem::bench
