// What the fuzz targets share: bytes as a file, and reading all of it.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "dem/io/array_file.h"

namespace dem::fuzz {

// The bytes as a file in memory, which readers open by its path and map.
class InputFile {
 public:
  InputFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("input", 0)) {
    if (descriptor_ < 0) std::abort();
    while (size > 0) {
      const ::ssize_t written = ::write(descriptor_, data, size);
      if (written <= 0) std::abort();
      data += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  ~InputFile() { ::close(descriptor_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// The same file under a name with this ending, for readers that go by it.
class NamedInput {
 public:
  NamedInput(const std::string& path, const std::string& ending)
      : link_(std::filesystem::temp_directory_path() /
              ("dem_fuzz_" + std::to_string(::getpid()) + ending)) {
    std::filesystem::remove(link_);
    std::filesystem::create_symlink(path, link_);
  }
  ~NamedInput() {
    std::error_code ignored;
    std::filesystem::remove(link_, ignored);
  }
  NamedInput(const NamedInput&) = delete;
  NamedInput& operator=(const NamedInput&) = delete;

  [[nodiscard]] std::string path() const { return link_.string(); }

 private:
  std::filesystem::path link_;
};

// Ends the run where a reader contradicts another one.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "expected: %s\n", what);
  std::abort();
}

// Whether the body was through; it may refuse its file, but an internal error is passed on.
inline bool attempt(const std::function<void()>& body) {
  try {
    body();
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInternal) throw;
    return false;
  }
}

// Runs a reader on the bytes. It may refuse them with an Error that blames the file; an internal
// error, any other exception and whatever the sanitizers see is a finding.
inline int check(const std::uint8_t* data,
                 std::size_t size,
                 const std::function<void(const std::string&)>& read) {
  set_num_threads(1);
  const InputFile file(data, size);
  try {
    read(file.path());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInternal) {
      std::fprintf(stderr, "internal error: %s\n", error.what());
      std::abort();
    }
  }
  return 0;
}

// Equal bits: NaN too.
inline bool same_bits(MatrixView<const float> a, MatrixView<const float> b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.rows(); ++i) {
    if (a.cols() > 0 && std::memcmp(a.row(i).data(), b.row(i).data(), a.row(i).size_bytes()) != 0) {
      return false;
    }
  }
  return true;
}

// A matrix at once and a block of rows at a time: both are refused, or both give the same.
inline void read_both_ways(ArrayFile& file, const ArrayInfo& info, int row_axis) {
  std::optional<Matrix<float>> whole;
  attempt([&] { whole = read_matrix(file, info, row_axis); });
  const bool read = attempt([&] {
    const auto reader = file.open_rows(info, row_axis);
    Matrix<float> rows(reader->rows(), reader->cols());
    constexpr Index kBlock = 3;
    for (Index first = 0; first < rows.rows(); first += kBlock) {
      const Index count = std::min(kBlock, rows.rows() - first);
      require(reader->read(rows.view().row_block(first, count)) == count, "as many rows as said");
    }
    Matrix<float> behind(1, rows.cols());
    require(reader->read(behind) == 0, "no rows behind the last");
    if (whole) require(same_bits(*whole, rows), "rows in blocks as in one piece");
  });
  require(read == whole.has_value(), "rows in blocks where they are read in one piece, only there");
}

// Reads every array in every way that its type allows. Those of more than 16 MiB as float32 are
// passed over: whoever reads one has made a matrix for it. So are as many rows of no columns.
inline void read_arrays(ArrayFile& file) {
  constexpr Index kMost = Index{4} << 20;
  for (const ArrayInfo& info : file.arrays()) {
    Index count = 1;
    for (const Index extent : info.shape)
      count = extent > 1 && count > kMost / extent ? kMost + 1 : count * std::max(extent, Index{1});
    if (count > kMost) continue;
    if (info.type == ElementType::kText) {
      attempt([&] { (void)file.read_strings(info); });
    } else if (info.shape.size() == 2) {
      read_both_ways(file, info, 0);
      read_both_ways(file, info, 1);
    }
    attempt([&] { (void)file.read_integers(info); });
  }
}

}  // namespace dem::fuzz
