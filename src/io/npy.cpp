// NumPy's .npy, versions 1 to 3 (NEP 1 and numpy.lib.format): the signature, a version, the length
// of a header (16 bits in version 1, else 32), a Python dictionary with the keys descr,
// fortran_order and shape, then the numbers.
#include <filesystem>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/formats.h"
#include "io/npy_header.h"
#include "io/npy_text.h"
#include "io/stored_array.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

class NpyFile : public ArrayFile {
 public:
  explicit NpyFile(const std::string& path) : ArrayFile(path, FileFormat::kNpy), file_(path) {
    MemorySource source(file_.bytes(), path);
    header_ = read_npy_header(source);
    data_ = file_.bytes().last(source.left());
    arrays_.push_back({std::filesystem::path(path).stem().string(),
                       header_.type.element,
                       header_.shape,
                       header_.type.note});
    check_npy_size(header_, data_.size(), place(path, arrays_.front().name));
  }

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override {
    check_matrix_request(*this, info, row_axis, out);
    static_cast<void>(open_rows(info, row_axis)->read(out));
  }

  std::unique_ptr<RowReader> open_rows(const ArrayInfo& info, int row_axis) override {
    check_rows_request(*this, info, row_axis);
    StoredRowsOptions options = stored_rows_options(info, row_axis, header_.fortran_order);
    options.offset = static_cast<std::size_t>(data_.data() - file_.bytes().data());
    options.swap_bytes = header_.type.swap_bytes;
    return open_stored_rows(file_.file(), options);
  }

  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override {
    return read_stored_integers(stored(), *this, info);
  }

  std::vector<std::string> read_strings(const ArrayInfo& info) override {
    if (info.type != ElementType::kText || !is_list(info)) {
      throw Error(
          ErrorKind::kFormat,
          concat(place(path_, info.name), ": expected a list of strings, got ", to_string(info)));
    }
    return read_npy_text(data_, header_.type);
  }

 private:
  [[nodiscard]] StoredArray stored() const {
    return {data_, header_.fortran_order, header_.type.swap_bytes};
  }

  MappedFile file_;
  NpyHeader header_;
  std::span<const std::byte> data_;
};

}  // namespace

std::unique_ptr<ArrayFile> open_npy(const std::string& path) {
  return std::make_unique<NpyFile>(path);
}

}  // namespace dem
