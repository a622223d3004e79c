#include "io/npy_writer.h"

#include <bit>

#include "base/atomic_file.h"
#include "base/text.h"

namespace dem {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

}  // namespace

// Signature, version 1.0, header length, header; padded so that the numbers start at a multiple of
// 64 bytes, as numpy pads it.
std::string npy_preamble(const char* descr, const std::string& shape) {
  constexpr std::size_t kPrefix = 10;
  std::string header =
      concat("{'descr': '", descr, "', 'fortran_order': False, 'shape': (", shape, "), }");
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header.push_back('\n');
  std::string preamble = "\x93NUMPY\x01";
  preamble.push_back('\0');
  preamble.push_back(static_cast<char>(header.size() & 0xff));
  preamble.push_back(static_cast<char>(header.size() >> 8));
  return preamble + header;
}

void write_npy(const std::string& path, MatrixView<const float> values) {
  AtomicFile file(path);
  file.write(npy_preamble("<f4", concat(values.rows(), ", ", values.cols())));
  for (Index i = 0; i < values.rows(); ++i) file.write(values.row(i));
  file.commit();
}

void write_npy(const std::string& path, std::span<const std::int64_t> values) {
  AtomicFile file(path);
  file.write(npy_preamble("<i8", concat(values.size(), ",")));
  file.write(values);
  file.commit();
}

}  // namespace dem
