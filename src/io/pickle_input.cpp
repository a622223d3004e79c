#include "io/pickle_input.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

void PickleInput::fail(const std::string& what) const {
  throw Error(ErrorKind::kFormat, concat(where_, ": byte ", opcode_at_, ": ", what));
}

void PickleInput::unsupported(const std::string& what) const {
  throw Error(ErrorKind::kUnsupported, concat(where_, ": byte ", opcode_at_, ": ", what));
}

unsigned char PickleInput::opcode() {
  opcode_at_ = next_;
  return static_cast<unsigned char>(unsigned_number(1));
}

std::span<const std::byte> PickleInput::take(std::uint64_t n) {
  if (n > left()) fail(concat("expected ", n, " bytes, got ", left(), ": cut short?"));
  const auto taken = bytes_.subspan(next_, static_cast<std::size_t>(n));
  next_ += taken.size();
  return taken;
}

std::uint64_t PickleInput::unsigned_number(std::size_t width) {
  std::uint64_t value = 0;
  const auto taken = take(width);
  for (std::size_t i = width; i-- > 0;) {
    value = value << 8 | std::to_integer<std::uint64_t>(taken[i]);
  }
  return value;
}

std::string_view PickleInput::line() {
  const auto rest = bytes_.subspan(next_, std::min(left(), kLongestPickledName + 1));
  const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
  if (end == rest.end()) fail("expected a name that ends with a line, got none");
  const auto length = static_cast<std::size_t>(end - rest.begin());
  const auto taken = take(length + 1);
  return {reinterpret_cast<const char*>(taken.data()), length};
}

}  // namespace dem
