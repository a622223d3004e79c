#include "io/mat_output.h"

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/mat5_element.h"

namespace dem {
namespace {

std::string tag_bytes(std::uint32_t type, std::uint32_t size) {
  std::string tag(8, '\0');
  std::memcpy(tag.data(), &type, 4);
  std::memcpy(tag.data() + 4, &size, 4);
  return tag;
}

}  // namespace

MatOutput::MatOutput(const std::string& path, bool compressed)
    : path_(path), file_(path), compressed_(compressed), buffer_(std::size_t{1} << 18) {
  out_.open(file_.temporary_path(), std::ios::binary | std::ios::in | std::ios::out);
  if (!out_) fail();
  // The fastest level: features have noise in most of their bits, which no level makes smaller.
  if (compressed_ && deflateInit(&stream_, Z_BEST_SPEED) != Z_OK) {
    throw Error(ErrorKind::kInternal, "zlib cannot start to deflate");
  }
}

MatOutput::~MatOutput() {
  if (compressed_) deflateEnd(&stream_);
}

void MatOutput::fail() const {
  throw Error(ErrorKind::kIo, concat(path_, ": cannot be written: ", std::strerror(errno)));
}

void MatOutput::write(std::string_view bytes) {
  if (!out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) fail();
}

void MatOutput::begin_array(std::uint32_t bytes) {
  element_start_ = out_.tellp();
  const std::string tag = tag_bytes(mat5::kMiMatrix, bytes);
  if (!compressed_) return write(tag);
  write(tag_bytes(mat5::kMiCompressed, 0));
  deflateReset(&stream_);
  put(tag.data(), tag.size());
}

void MatOutput::put(const void* bytes, std::size_t size) {
  if (compressed_) {
    deflate_some(bytes, size, Z_NO_FLUSH);
  } else {
    write({static_cast<const char*>(bytes), size});
  }
}

void MatOutput::deflate_some(const void* bytes, std::size_t size, int flush) {
  stream_.next_in = static_cast<Bytef*>(const_cast<void*>(bytes));
  stream_.avail_in = static_cast<uInt>(size);
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    deflate(&stream_, flush);
    write({buffer_.data(), buffer_.size() - stream_.avail_out});
  } while (stream_.avail_out == 0);
}

void MatOutput::end_array() {
  if (!compressed_) return;
  deflate_some(nullptr, 0, Z_FINISH);
  const std::streampos end = out_.tellp();
  const auto size = static_cast<std::uint32_t>(end - element_start_ - std::streamoff{8});
  out_.seekp(element_start_);
  write(tag_bytes(mat5::kMiCompressed, size));
  out_.seekp(end);
  if (!out_) fail();
}

void MatOutput::commit() {
  out_.close();
  if (!out_) fail();
  file_.commit();
}

}  // namespace dem
