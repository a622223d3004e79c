// Reading a dataset of the published size and checking it, reading one array of each format, and
// what bounds both: a bare pass over the same files, and zlib over the same deflated stream.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>

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

// Arrays:

struct ArrayCase {
  const char* name;
  const char* file;  // under Options::data; made by bench/compare_load.py
  const char* what;
  int row_axis;
};

constexpr ArrayCase kArrays[] = {
    {"load/npy-f64", "arrays/x.npy", "float64 in .npy to float32", 0},
    {"load/npy-f32", "arrays/x32.npy", "float32 in .npy", 0},
    {"load/safetensors-f64", "arrays/x.safetensors", "float64 in safetensors to float32", 0},
    {"load/mat5-deflated", "arrays/x.mat", "float64 in compressed .mat v5, a sample a column", 1},
    {"load/mat5-deflated-rows", "arrays/x_rows.mat", "the same, a sample a row", 0},
    {"load/mat73", "arrays/x73.mat", "float64 in .mat v7.3, chunks of some columns", 0},
    {"load/hdf5-gzip", "arrays/x.h5", "float64 in HDF5, h5py's chunks with gzip", 0},
    {"load/hdf5-shuffle", "arrays/x_shuffle.h5", "the same with its byte shuffle", 0},
};

Prepared prepare_array(const ArrayCase& c, const Options& options) {
  const std::string path = options.data + "/" + c.file;
  const auto read = [path, axis = c.row_axis] {
    const auto file = ArrayFile::open(path);
    return read_matrix(*file, file->arrays().front(), axis).rows();
  };
  return {[read] { static_cast<void>(read()); }, static_cast<double>(read()), 0.0};
}

// Floors:

void read_all(const std::string& path, int threads) {
  constexpr std::size_t kBlock = std::size_t{256} << 10;
  const auto size = static_cast<std::size_t>(std::filesystem::file_size(path));
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("cannot read " + path);
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    std::vector<char> buffer(kBlock);
    for (std::size_t at = next.fetch_add(kBlock); at < size; at = next.fetch_add(kBlock)) {
      if (::pread(descriptor, buffer.data(), kBlock, static_cast<::off_t>(at)) < 0) return;
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  ::close(descriptor);
}

std::vector<std::string> files_below(const std::string& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) files.push_back(entry.path().string());
  }
  return files;
}

// Reading a file, or all of a folder, without keeping it.
Prepared prepare_pass(const std::string& path) {
  const std::vector<std::string> files = files_below(path);
  return {[files] {
            for (const std::string& file : files) read_all(file, num_threads());
          },
          1.0,
          0.0};
}

// Named after the workload that it bounds.
Workload floor_of(const std::string& name, const std::string& path) {
  return {"floor/" + name.substr(name.find('/') + 1),
          "a bare pass over the files of " + name,
          "passes",
          [path](const Options&) { return prepare_pass(path); }};
}

}  // namespace

std::vector<Workload> load_workloads(const Options& given) {
  std::vector<Workload> workloads;
  for (const LoadCase& c : kCases) {
    if (c.made_elsewhere && !std::filesystem::exists(given.data + "/" + c.folder)) continue;
    workloads.push_back(
        {c.name, c.what, "images", [c](const Options& options) { return prepare(c, options); }});
  }
  for (const ArrayCase& c : kArrays) {
    if (!std::filesystem::exists(given.data + "/" + c.file)) continue;
    workloads.push_back(
        {c.name, c.what, "images", [c](const Options& o) { return prepare_array(c, o); }});
  }
  if (given.data.empty()) return workloads;
  const std::vector<Workload> loads = workloads;  // floors come behind all of them
  for (const Workload& load : loads) {
    const auto has_name = [&](const auto& c) { return c.name == load.name; };
    const auto* folder = std::find_if(std::begin(kCases), std::end(kCases), has_name);
    const auto* array = std::find_if(std::begin(kArrays), std::end(kArrays), has_name);
    const std::string path =
        given.data + "/" + (folder != std::end(kCases) ? folder->folder : array->file);
    if (std::filesystem::exists(path)) workloads.push_back(floor_of(load.name, path));
  }
  return workloads;
}

}  // namespace dem::bench
