#include "io/byte_source.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

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
  if (buffer_.size() < n) buffer_.resize(n);
  const std::span<std::byte> taken(buffer_.data(), n);
  file_.read(offset_, taken);
  offset_ += n;
  if (offset_ < end_) file_.will_need(offset_, std::min(n, end_ - offset_));  // 0 bytes mean all
  return taken;
}

InflateSource::InflateSource(std::span<const std::byte> compressed,
                             std::string where,
                             Framing framing)
    : ByteSource(std::move(where), std::numeric_limits<std::size_t>::max()), rest_(compressed) {
  const int window_bits = framing == Framing::kZlib ? MAX_WBITS : -MAX_WBITS;
  if (inflateInit2(&stream_, window_bits) != Z_OK) {
    throw Error(ErrorKind::kInternal, "zlib cannot start to inflate");
  }
}

InflateSource::~InflateSource() {
  inflateEnd(&stream_);
}

void InflateSource::feed() {
  // zlib counts in 32 bits and does not write to its input.
  const std::size_t part = std::min(rest_.size(), std::size_t{1} << 30);
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(rest_.data()));
  stream_.avail_in = static_cast<uInt>(part);
  rest_ = rest_.subspan(part);
}

std::size_t InflateSource::inflate_some(std::byte* to, std::size_t n) {
  constexpr std::size_t kMost = std::size_t{1} << 30;
  std::size_t done = 0;
  while (done < n && !ended_) {
    if (stream_.avail_in == 0) {
      if (rest_.empty()) fail("compressed data end early");
      feed();
    }
    const std::size_t room = std::min(n - done, kMost);
    stream_.next_out = reinterpret_cast<Bytef*>(to + done);
    stream_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    done += room - stream_.avail_out;
    if (status == Z_STREAM_END) {
      ended_ = true;
    } else if (status == Z_MEM_ERROR) {
      throw std::bad_alloc();
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      fail(concat("compressed data are broken: ",
                  stream_.msg != nullptr ? stream_.msg : "no zlib stream"));
    }
  }
  return done;
}

std::span<const std::byte> InflateSource::next(std::size_t n) {
  if (buffer_.size() < n) buffer_.resize(n);
  const std::size_t got = inflate_some(buffer_.data(), n);
  if (got < n) fail(concat("compressed data end early: expected ", n, " more bytes, got ", got));
  return {buffer_.data(), n};
}

void InflateSource::finish() {
  // Asking for one byte more makes zlib read on to the checksum.
  std::byte extra;
  if (inflate_some(&extra, 1) != 0) fail("compressed data go on after their array");
}

}  // namespace dem
