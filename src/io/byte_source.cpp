#include "io/byte_source.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/checksum.h"
#include "io/zlib_data.h"

namespace dem {

void ByteSource::fail(const std::string& what) const {
  throw Error(ErrorKind::kFormat, concat(where_, ": ", what));
}

std::span<const std::byte> ByteSource::take(std::size_t n) {
  if (n > left()) fail(concat("data end early: expected ", n, " more bytes, got ", left()));
  position_ += n;
  return next(n);
}

void ByteSource::skip(std::size_t n) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  for (; n > kPiece; n -= kPiece) static_cast<void>(take(kPiece));
  static_cast<void>(take(n));
}

std::size_t ByteSource::enter(std::size_t n) {
  if (n > left()) {
    fail(concat("an element claims ", n, " bytes where only ", left(), " are left"));
  }
  const std::size_t outer = limit_;
  limit_ = position_ + n;
  return outer;
}

void MemorySource::finish() {
  if (!rest_.empty()) fail(concat("expected the end of the data, got ", rest_.size(), " bytes"));
}

std::span<const std::byte> MemorySource::next(std::size_t n) {
  const auto taken = rest_.first(n);
  rest_ = rest_.subspan(n);
  return taken;
}

void FileSource::finish() {
  if (offset_ != end_) fail(concat("expected the end of the data, got ", end_ - offset_, " bytes"));
}

std::span<const std::byte> FileSource::next(std::size_t n) {
  current_ = 1 - current_;
  std::vector<std::byte>& buffer = buffers_[current_];
  if (buffer.size() < n) buffer.resize(n);
  const std::span<std::byte> taken(buffer.data(), n);
  file_.read(offset_, taken);
  offset_ += n;
  if (offset_ < end_) file_.will_need(offset_, std::min(n, end_ - offset_));  // 0 bytes mean all
  return taken;
}

InflateSource::InflateSource(std::span<const std::byte> compressed,
                             std::string where,
                             Framing framing)
    : ByteSource(std::move(where), std::numeric_limits<std::size_t>::max()),
      compressed_(compressed),
      framing_(framing) {}

void InflateSource::start() {
  if (framing_ == Framing::kZlib) {
    require_none(zlib_header_problem(compressed_));
    compressed_ = compressed_.subspan(kZlibHeaderBytes);
  }
  inflater_ = std::make_unique<Inflater>(compressed_);
}

void InflateSource::require_none(const char* problem) const {
  if (problem != nullptr) fail(concat("compressed data are broken: ", problem));
}

std::span<const std::byte> InflateSource::inflate_some(std::size_t n) {
  if (inflater_ == nullptr) start();
  current_ = 1 - current_;
  std::vector<std::byte>& buffer = buffers_[current_];
  if (buffer.size() < n) buffer.resize(n);
  const std::span<const std::byte> got(buffer.data(), inflater_->inflate(buffer.data(), n));
  if (framing_ == Framing::kZlib) checksum_ = adler32_of(got, checksum_);
  if (got.size() == n) return got;
  require_none(inflater_->problem());
  if (!inflater_->ended()) fail("compressed data end early");
  if (framing_ == Framing::kZlib) require_none(zlib_checksum_problem(inflater_->rest(), checksum_));
  return got;
}

std::span<const std::byte> InflateSource::next(std::size_t n) {
  const auto got = inflate_some(n);
  if (got.size() < n) {
    fail(concat("compressed data end early: expected ", n, " more bytes, got ", got.size()));
  }
  return got;
}

void InflateSource::finish() {
  // Asking for one byte more makes it read on to the checksum.
  if (!inflate_some(1).empty()) fail("compressed data go on after their array");
}

}  // namespace dem
