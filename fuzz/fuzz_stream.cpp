// Features in CSV or .npy that come through a pipe, against the reader of whole arrays.
#include <fcntl.h>

#include <cmath>
#include <vector>

#include "dem/io/feature_stream.h"
#include "input_file.h"

namespace {

using dem::Index;
using dem::fuzz::require;

// The bytes as the whole content of a pipe. An input has at most 32 KiB, a pipe holds 64.
class Pipe {
 public:
  Pipe(const std::uint8_t* data, std::size_t size) {
    if (::pipe2(ends_, O_NONBLOCK) != 0) std::abort();
    fits_ = ::write(ends_[1], data, size) == static_cast<::ssize_t>(size);
    ::close(ends_[1]);
  }
  ~Pipe() { ::close(ends_[0]); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] bool fits() const { return fits_; }
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(ends_[0]); }

 private:
  int ends_[2];
  bool fits_ = false;
};

// All values, row after row; nothing where the file is refused.
std::optional<std::vector<float>> read_all(const std::string& path, Index block_rows) {
  constexpr Index kMostColumns = Index{1} << 20;
  std::vector<float> values;
  const bool read = dem::fuzz::attempt([&] {
    dem::FeatureStream stream(path, {.samples = dem::SampleAxis::kAuto});
    if (stream.cols() > kMostColumns || stream.rows() > kMostColumns) return;  // the caller's room
    dem::Matrix<float> block(block_rows, stream.cols());
    for (Index got = block_rows; got == block_rows && stream.cols() > 0;) {
      got = stream.read(block);
      values.insert(values.end(), block.data(), block.data() + got * stream.cols());
    }
  });
  for (const float value : values) require(std::isfinite(value), "finite features");
  return read ? std::optional(values) : std::nullopt;
}

// The array of a file with one, read at once; nothing where it is refused or has another layout.
std::optional<std::vector<float>> read_whole(const std::string& path) {
  std::vector<float> values;
  const bool read = dem::fuzz::attempt([&] {
    const auto file = dem::ArrayFile::open(path);
    const dem::ArrayInfo& info = file->arrays().at(0);
    const dem::Matrix<float> matrix = dem::read_matrix(*file, info, 0);
    values.assign(matrix.data(), matrix.data() + matrix.size());
  });
  return read ? std::optional(values) : std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [&](const std::string& path) {
    const Pipe pipe(data, size);
    if (!pipe.fits()) return;
    const auto streamed = read_all(pipe.path(), 2);
    const dem::fuzz::NamedInput csv(path, ".csv");
    const auto from_file = read_whole(csv.path());
    if (streamed && from_file) require(*streamed == *from_file, "the same features from a pipe");
    (void)read_all(path, 2);
  });
}
