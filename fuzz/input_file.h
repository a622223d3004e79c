// What the fuzz targets share: bytes as a file, and reading all of it.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
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

// Reads every array in every way that its type allows. Those of more than 16 MiB as float32 are
// passed over: whoever reads one has made a matrix for it.
inline void read_arrays(ArrayFile& file) {
  constexpr Index kMost = Index{4} << 20;
  const auto attempt = [](const std::function<void()>& body) {
    try {
      body();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInternal) throw;
    }
  };
  for (const ArrayInfo& info : file.arrays()) {
    Index count = 1;
    for (const Index extent : info.shape)
      count = extent > 0 && count > kMost / extent ? kMost + 1 : count * extent;
    if (count > kMost) continue;
    if (info.type == ElementType::kText) {
      attempt([&] { (void)file.read_strings(info); });
    } else if (info.shape.size() == 2) {
      attempt([&] { (void)read_matrix(file, info, 0); });
      attempt([&] { (void)read_matrix(file, info, 1); });
    }
    attempt([&] { (void)file.read_integers(info); });
  }
}

}  // namespace dem::fuzz
