#include "io/npy_writer.h"

#include <bit>

#include "base/atomic_file.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

const char* npy_descr(ElementType type) {
  switch (type) {
    case ElementType::kBool:
      return "|b1";
    case ElementType::kUint8:
      return "|u1";
    case ElementType::kInt8:
      return "|i1";
    case ElementType::kUint16:
      return "<u2";
    case ElementType::kInt16:
      return "<i2";
    case ElementType::kUint32:
      return "<u4";
    case ElementType::kInt32:
      return "<i4";
    case ElementType::kUint64:
      return "<u8";
    case ElementType::kInt64:
      return "<i8";
    case ElementType::kFloat16:
      return "<f2";
    case ElementType::kFloat32:
      return "<f4";
    case ElementType::kFloat64:
      return "<f8";
    case ElementType::kBfloat16:
    case ElementType::kText:
    case ElementType::kOther:
      break;
  }
  return nullptr;
}

}  // namespace

std::string npy_preamble(ElementType type, std::span<const Index> shape, const std::string& where) {
  constexpr std::size_t kPrefix = 10;
  const char* descr = npy_descr(type);
  if (descr == nullptr) {
    throw Error(ErrorKind::kUnsupported,
                concat(where, ": expected a type that numpy has, got ", to_string(type)));
  }
  const char* comma = shape.size() == 1 ? "," : "";  // a tuple of one in Python: "(3,)"
  std::string header = concat(
      "{'descr': '", descr, "', 'fortran_order': False, 'shape': (", join(shape), comma, "), }");
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header.push_back('\n');
  if (header.size() > 0xffff) {
    throw Error(ErrorKind::kUnsupported,
                concat(where, ": expected at most 32 dimensions, got ", shape.size()));
  }
  std::string preamble = "\x93NUMPY\x01";
  preamble.push_back('\0');
  preamble.push_back(static_cast<char>(header.size() & 0xff));
  preamble.push_back(static_cast<char>(header.size() >> 8));
  return preamble + header;
}

void write_npy(const std::string& path, MatrixView<const float> values) {
  AtomicFile file(path);
  const Index shape[] = {values.rows(), values.cols()};
  file.write(npy_preamble(ElementType::kFloat32, shape, path));
  for (Index i = 0; i < values.rows(); ++i) file.write(values.row(i));
  file.commit();
}

void write_npy(const std::string& path, std::span<const std::int64_t> values) {
  AtomicFile file(path);
  const Index shape[] = {static_cast<Index>(values.size())};
  file.write(npy_preamble(ElementType::kInt64, shape, path));
  file.write(values);
  file.commit();
}

}  // namespace dem
