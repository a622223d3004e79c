#include "io/safetensors.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/formats.h"
#include "io/safetensors_header.h"
#include "io/stored_array.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

constexpr std::size_t kPrefix = 8;
constexpr std::uint64_t kLongestHeader = 100'000'000;

// The header's length, checked against the file.
std::size_t header_length(std::span<const std::byte> bytes, const std::string& path) {
  std::uint64_t length = 0;
  for (std::size_t i = std::min(kPrefix, bytes.size()); i-- > 0;) {
    length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  }
  if (bytes.size() < kPrefix || length > kLongestHeader || length > bytes.size() - kPrefix) {
    throw Error(
        ErrorKind::kFormat,
        concat(
            path,
            ": safetensors header: expected a length of at most ",
            std::min<std::uint64_t>(kLongestHeader, bytes.size() - std::min(kPrefix, bytes.size())),
            " bytes, got ",
            bytes.size() < kPrefix ? "a file of " + std::to_string(bytes.size()) + " bytes"
                                   : std::to_string(length)));
  }
  return static_cast<std::size_t>(length);
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path)
    : ArrayFile(path, FileFormat::kSafetensors) {
  file_.emplace(path);
  parse(file_->bytes());
}

SafetensorsFile::SafetensorsFile(const std::string& name, std::span<const std::byte> bytes)
    : ArrayFile(name, FileFormat::kSafetensors) {
  parse(bytes);
}

void SafetensorsFile::parse(std::span<const std::byte> bytes) {
  const std::string& path = path_;
  const std::size_t length = header_length(bytes, path);
  const std::string header_name = path + ": safetensors header";
  const std::string_view json(reinterpret_cast<const char*>(bytes.data()) + kPrefix, length);
  if (!json.starts_with('{')) {
    throw Error(ErrorKind::kFormat, header_name + ": expected '{' at its start");
  }
  SafetensorsHeader header = parse_safetensors_header(json, header_name);
  buffer_ = bytes.subspan(kPrefix + length);
  metadata_ = std::move(header.metadata);
  for (SafetensorsHeader::Entry& entry : header.entries) {
    const std::string at = place(path, entry.name);
    const SafetensorsType& type = safetensors_type(entry.dtype, at);
    ranges_.push_back({entry.offsets[0], entry.offsets[1]});
    sizes_.push_back(type.size);
    arrays_.push_back(
        {std::move(entry.name), type.element, std::move(entry.shape), std::string(type.note)});
  }
  check_coverage();
  check_sizes();
}

// Sorted by their start, every tensor begins where the one before ends, the first at 0, and the
// last ends with the buffer.
void SafetensorsFile::check_coverage() const {
  std::vector<std::size_t> order(ranges_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(ranges_[a].begin, ranges_[a].end) <
           std::pair(ranges_[b].begin, ranges_[b].end);
  });
  std::uint64_t next = 0;
  for (const std::size_t i : order) {
    const Range& range = ranges_[i];
    if (range.begin != next || range.end < range.begin || range.end > buffer_.size()) {
      throw Error(ErrorKind::kFormat,
                  concat(place(path_, arrays_[i].name),
                         ": expected data_offsets from ",
                         next,
                         " to at most ",
                         buffer_.size(),
                         ", got [",
                         range.begin,
                         ", ",
                         range.end,
                         "]"));
    }
    next = range.end;
  }
  if (next != buffer_.size()) {
    throw Error(ErrorKind::kFormat,
                concat(path_,
                       ": expected ",
                       next,
                       " bytes of tensors as the header says, got ",
                       buffer_.size()));
  }
}

void SafetensorsFile::check_sizes() const {
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    const std::uint64_t got = ranges_[i].end - ranges_[i].begin;
    const std::string at = place(path_, arrays_[i].name);
    const std::uint64_t count = checked_element_count(arrays_[i].shape, got / sizes_[i], at);
    if (count * sizes_[i] == got) continue;
    throw Error(ErrorKind::kFormat,
                concat(at,
                       ": expected ",
                       count * sizes_[i],
                       " bytes for ",
                       to_string(arrays_[i]),
                       ", got ",
                       got));
  }
}

std::span<const std::byte> SafetensorsFile::bytes(const ArrayInfo& info) const {
  const Range& range = ranges_[array_index(*this, info)];
  return buffer_.subspan(static_cast<std::size_t>(range.begin),
                         static_cast<std::size_t>(range.end - range.begin));
}

void SafetensorsFile::read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) {
  check_matrix_request(*this, info, row_axis, out);
  static_cast<void>(open_rows(info, row_axis)->read(out));
}

std::unique_ptr<RowReader> SafetensorsFile::open_rows(const ArrayInfo& info, int row_axis) {
  check_rows_request(*this, info, row_axis);
  if (!file_) {
    throw Error(ErrorKind::kUnsupported,
                concat(place(path_, info.name), ": rows are read from files, not from memory"));
  }
  StoredRowsOptions options = stored_rows_options(info, row_axis, false);
  options.offset = static_cast<std::size_t>(bytes(info).data() - file_->bytes().data());
  return open_stored_rows(file_->file(), options);
}

std::vector<std::int64_t> SafetensorsFile::read_integers(const ArrayInfo& info) {
  return read_stored_integers({bytes(info)}, *this, info);
}

std::vector<std::string> SafetensorsFile::read_strings(const ArrayInfo& info) {
  throw Error(ErrorKind::kFormat,
              concat(place(path_, info.name), ": expected text, got ", to_string(info)));
}

std::unique_ptr<ArrayFile> open_safetensors(const std::string& path) {
  return std::make_unique<SafetensorsFile>(path);
}

}  // namespace dem
