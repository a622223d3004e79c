#include <bit>
#include <unordered_set>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/npy_writer.h"
#include "io/npz.h"

namespace dem {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as memory has them");

void check_names(std::span<const RawTensor> tensors, const std::string& path) {
  constexpr std::size_t kLongest = 0xffff - 4;  // ".npy" follows
  std::unordered_set<std::string_view> names;
  std::vector<char32_t> codes;
  for (const RawTensor& tensor : tensors) {
    const auto refuse = [&](const char* expected, const char* got) {
      throw Error(
          ErrorKind::kInvalidArgument,
          concat(place(path, tensor.name.substr(0, 200)), ": expected ", expected, ", got ", got));
    };
    if (!names.insert(tensor.name).second) refuse("a name of its own", "it twice");
    if (tensor.name.size() > kLongest) refuse("a name of at most 65531 bytes", "a longer one");
    if (!decode_utf8(std::as_bytes(std::span(tensor.name)), codes)) {
      refuse("a name in UTF-8", "other bytes");
    }
  }
}

}  // namespace

void write_npz(const std::string& path, std::span<const RawTensor> tensors) {
  check_names(tensors, path);
  AtomicFile file(path);
  ZipWriter archive(file);
  for (const RawTensor& tensor : tensors) {
    const std::string where = place(path, tensor.name);
    const std::string preamble = npy_preamble(tensor.type, tensor.shape, where);
    check_tensor_bytes(tensor, where);
    archive.add(tensor.name + ".npy", std::as_bytes(std::span(preamble)), tensor.bytes);
  }
  archive.finish();
  file.commit();
}

}  // namespace dem
