#include "io/npy_rows.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/convert.h"
#include "io/npy_header.h"

namespace dem {
namespace {

constexpr Index kNpyPieceBytes = Index{4} << 20;
constexpr std::size_t kLongestNpyHeader = std::size_t{1} << 20;

class NpyRows : public RowReader {
 public:
  NpyRows(std::unique_ptr<SequentialFile> file, std::string start, const NpyHeader& header)
      : RowReader(header.shape[0], header.shape[1]),
        file_(std::move(file)),
        start_(std::move(start)),
        type_(header.type) {
    if (rows() == 0) require_end();
  }

 private:
  Index next(MatrixView<float> out) override {
    const auto size = static_cast<Index>(type_.item_size);
    const Index row_bytes = cols() * size;
    const Index most = std::max<Index>(1, kNpyPieceBytes / std::max<Index>(1, row_bytes));
    for (Index first = 0; first < out.rows(); first += most) {
      const Index count = std::min(most, out.rows() - first);
      buffer_.resize(static_cast<std::size_t>(count * row_bytes));
      fill(position() + first);
      convert_matrix(type_.element,
                     buffer_.data(),
                     row_bytes,
                     size,
                     type_.swap_bytes,
                     out.row_block(first, count));
    }
    if (position() + out.rows() == rows()) require_end();
    return out.rows();
  }

  void fill(Index first_row) {
    const std::size_t kept = std::min(start_.size(), buffer_.size());
    std::copy_n(reinterpret_cast<const std::byte*>(start_.data()), kept, buffer_.data());
    start_.erase(0, kept);
    const std::size_t got = kept + file_->read(std::span(buffer_).subspan(kept));
    if (got == buffer_.size()) return;
    const std::size_t row_bytes = static_cast<std::size_t>(cols()) * type_.item_size;
    throw Error(ErrorKind::kFormat,
                concat(file_->name(),
                       ": data end early: expected ",
                       rows(),
                       " rows as the header says, got ",
                       first_row + static_cast<Index>(got / row_bytes)));
  }

  void require_end() {
    std::byte extra;
    if (start_.empty() && file_->read({&extra, 1}) == 0) return;
    throw Error(ErrorKind::kFormat,
                concat(file_->name(), ": expected the end after ", rows(), " rows, got more data"));
  }

  std::unique_ptr<SequentialFile> file_;
  std::string start_;  // read before, not used yet
  NpyType type_;
  std::vector<std::byte> buffer_;
};

// Moves the next n bytes out of `start` and the file.
std::string take(SequentialFile& file, std::string& start, std::size_t n) {
  std::string taken = start.substr(0, n);
  start.erase(0, taken.size());
  const std::size_t had = taken.size();
  taken.resize(n);
  const std::size_t got = file.read(std::as_writable_bytes(std::span(taken).subspan(had)));
  if (had + got < n) {
    throw Error(ErrorKind::kFormat,
                concat(file.name(), ": expected a .npy header, got one that ends early"));
  }
  return taken;
}

NpyHeader read_header(SequentialFile& file, std::string& start) {
  const auto byte = [](const std::string& text, std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(text[i]));
  };
  const std::size_t major = byte(take(file, start, 8), 6);
  if (major < 1 || major > 3) {
    throw Error(ErrorKind::kUnsupported,
                concat(file.name(), ": expected .npy version 1, 2 or 3, got ", major));
  }
  const std::string digits = take(file, start, major == 1 ? 2 : 4);
  std::size_t length = 0;
  for (std::size_t i = digits.size(); i-- > 0;) length = length << 8 | byte(digits, i);
  if (length > kLongestNpyHeader) {
    throw Error(ErrorKind::kFormat,
                concat(file.name(),
                       ": expected a .npy header of at most ",
                       kLongestNpyHeader,
                       " bytes, got ",
                       length));
  }
  return parse_npy_header(take(file, start, length), file.name() + ": .npy header");
}

}  // namespace

std::unique_ptr<RowReader> open_npy_stream(std::unique_ptr<SequentialFile> file,
                                           std::string start) {
  const NpyHeader header = read_header(*file, start);
  const ArrayInfo info{"array", header.type.element, header.shape, header.type.note};
  if (info.shape.size() != 2 || element_size(info.type) == 0) {
    throw Error(info.shape.size() != 2 ? ErrorKind::kShapeMismatch : ErrorKind::kFormat,
                concat(file->name(), ": expected a matrix of numbers, got ", to_string(info)));
  }
  (void)element_count(info.shape, file->name());
  if (header.fortran_order && info.shape[0] > 1 && info.shape[1] > 1) {
    throw Error(ErrorKind::kUnsupported,
                concat(file->name(),
                       ": expected an array in C order, got Fortran order, which cannot be read "
                       "from a stream; give it as a file"));
  }
  return std::make_unique<NpyRows>(std::move(file), std::move(start), header);
}

}  // namespace dem
