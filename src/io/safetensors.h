// safetensors: a JSON header with names, types, shapes and offsets, then the tensors' bytes.
//
// The reader holds a file to all that the format promises: header length at most 100,000,000, keys
// once each, __metadata__ of strings only, offsets that cover the buffer without holes or overlap,
// and as many bytes as type and shape ask for. What it hands out are windows on the mapped file.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/mapped_file.h"
#include "dem/io/array_file.h"
#include "dem/io/raw_tensor.h"

namespace dem {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

class SafetensorsFile : public ArrayFile {
 public:
  // Throws Error{kIo} or Error{kFormat}. arrays() is in the order of the header.
  explicit SafetensorsFile(const std::string& path);
  // The same of a file's bytes in memory, which `name` stands for in messages and which outlive
  // this. Its arrays are given by bytes() and read_integers() alone.
  SafetensorsFile(const std::string& name, std::span<const std::byte> bytes);

  // __metadata__ in file order; empty where there is none.
  [[nodiscard]] const TextPairs& metadata() const { return metadata_; }
  // The bytes of one of arrays(): little-endian, row-major, not necessarily aligned. They live as
  // long as this object.
  [[nodiscard]] std::span<const std::byte> bytes(const ArrayInfo& info) const;

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override;
  std::unique_ptr<RowReader> open_rows(const ArrayInfo& info, int row_axis) override;
  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override;
  std::vector<std::string> read_strings(const ArrayInfo& info) override;

 private:
  struct Range {
    std::uint64_t begin, end;  // within the buffer
  };
  void parse(std::span<const std::byte> bytes);
  void check_sizes() const;
  void check_coverage() const;

  std::optional<MappedFile> file_;  // none in memory
  std::span<const std::byte> buffer_;
  std::vector<Range> ranges_;       // of arrays()
  std::vector<std::size_t> sizes_;  // bytes of an element of arrays()
  TextPairs metadata_;
};

// In which order tensors are written.
enum class TensorOrder {
  kByName,   // as the format's reference implementation has it
  kAsGiven,  // the header's; the buffer's within an element size
};

// Writes atomically. The same content gives the same bytes: metadata by key, the header padded with
// blanks to a multiple of 8, and in the buffer larger elements before smaller ones, which aligns
// all. Throws Error{kIo}, and Error{kInvalidArgument} for a name twice, a name "__metadata__", text
// that is not UTF-8, or bytes that do not fit the shape.
void write_safetensors(const std::string& path,
                       std::vector<RawTensor> tensors,
                       const std::map<std::string, std::string>& metadata,
                       TensorOrder order = TensorOrder::kByName);

// The bytes that write_safetensors would write; `name` is for messages.
[[nodiscard]] std::string safetensors_bytes(const std::string& name,
                                            std::vector<RawTensor> tensors,
                                            const std::map<std::string, std::string>& metadata);

}  // namespace dem
