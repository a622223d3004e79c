#include "io/sparse_npz.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/convert.h"
#include "io/sparse.h"
#include "io/stored_rows.h"

namespace dem {
namespace {

class SparseNpzFile : public ArrayFile {
 public:
  explicit SparseNpzFile(std::unique_ptr<NpzFile> file)
      : ArrayFile(file->path(), FileFormat::kNpz), parts_(std::move(file)) {
    ArrayInfo info{std::filesystem::path(path_).stem().string(), ElementType::kOther, {}, ""};
    info.shape = parts_->read_integers(parts_->require("shape"));
    const auto formats = parts_->read_strings(parts_->require("format"));
    const std::string format = formats.size() == 1 ? formats[0] : "";
    by_row_ = format == "csr";
    std::error_code ignored;
    if (format != "csr" && format != "csc") {
      info.note = concat("sparse, in scipy's format ", format, "; save it as .tocsr()");
    } else if (info.shape.size() != 2 || std::min(info.shape[0], info.shape[1]) < 0 ||
               !is_plausible_dense(
                   info.shape[0], info.shape[1], std::filesystem::file_size(path_, ignored))) {
      info.note = "sparse, of more elements than are read as dense";
    } else {
      info.type = parts_->require("data").type;
      info.note = kSparseNote;
    }
    arrays_.push_back(std::move(info));
  }

  void read_matrix(const ArrayInfo& info, int row_axis, MatrixView<float> out) override {
    check_matrix_request(*this, info, row_axis, out);
    fill_dense(read(), by_row_ ? 1 - row_axis : row_axis, out);
  }

  std::vector<std::int64_t> read_integers(const ArrayInfo& info) override {
    (void)checked_vector_length(*this, info);
    return dense_integers(read(), place(path_, info.name));
  }

  std::vector<std::string> read_strings(const ArrayInfo& info) override {
    check_text_request(*this, info);
    return {};
  }

 private:
  // Of a matrix in compressed rows its transpose.
  [[nodiscard]] SparseColumns read() {
    const ArrayInfo& info = arrays_[0];
    SparseColumns sparse;
    sparse.rows = info.shape[by_row_ ? 1 : 0];
    sparse.cols = info.shape[by_row_ ? 0 : 1];
    sparse.pointers = parts_->read_integers(parts_->require("indptr"));
    sparse.indices = parts_->read_integers(parts_->require("indices"));
    const ArrayInfo& data = parts_->require("data");
    if (data.shape.size() != 1) {
      throw Error(ErrorKind::kFormat,
                  concat(place(path_, "data"), ": expected a list, got ", to_string(data)));
    }
    if (data.shape[0] > 0) {
      sparse.values.resize(at(data.shape[0]));
      Matrix<float> row = Matrix<float>::uninitialised(1, data.shape[0]);
      static_cast<void>(parts_->open_rows(data, 0)->read(row));
      std::copy(row.row(0).begin(), row.row(0).end(), sparse.values.begin());
    }
    check_sparse(sparse, place(path_, info.name));
    return sparse;
  }

  std::unique_ptr<NpzFile> parts_;
  bool by_row_ = false;
};

}  // namespace

bool is_sparse_npz(const NpzFile& file) {
  constexpr std::array kCompressed = {"indices", "indptr", "format", "shape", "data"};
  constexpr std::array kPlaces = {"row", "col", "format", "shape", "data"};
  const auto has_all = [&](const auto& names) {
    return std::all_of(
        names.begin(), names.end(), [&](const char* name) { return file.find(name) != nullptr; });
  };
  if (file.arrays().size() != kCompressed.size()) return false;
  return (has_all(kCompressed) || has_all(kPlaces)) &&
         file.find("format")->type == ElementType::kText &&
         element_size(file.find("shape")->type) > 0;
}

std::unique_ptr<ArrayFile> open_sparse_npz(std::unique_ptr<NpzFile> file) {
  return std::make_unique<SparseNpzFile>(std::move(file));
}

}  // namespace dem
