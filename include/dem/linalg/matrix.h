// The one matrix of dem: row-major, one sample or class a row.
//
// Matrix<T> owns its memory (64-byte aligned, move-only); MatrixView<T> is a pointer with a shape
// and is passed by value. MATLAB's column-major [feature_dim, n] has the same bytes as our
// row-major [n, feature_dim].
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "dem/base/types.h"

namespace dem {

// A window on row-major numbers owned by somebody else. Copying copies the window, not the data.
template <typename T>
class MatrixView {
 public:
  constexpr MatrixView() = default;
  constexpr MatrixView(T* data, Index rows, Index cols) : MatrixView(data, rows, cols, cols) {}
  // `stride` is the distance in elements between the starts of two rows, at least `cols`.
  constexpr MatrixView(T* data, Index rows, Index cols, Index stride)
      : data_(data), rows_(rows), cols_(cols), stride_(stride) {}
  // A view of mutable data is a view of constant data.
  constexpr operator MatrixView<const T>() const  // NOLINT(google-explicit-constructor)
      requires(!std::is_const_v<T>) {
    return {data_, rows_, cols_, stride_};
  }

  [[nodiscard]] constexpr T* data() const { return data_; }
  [[nodiscard]] constexpr Index rows() const { return rows_; }
  [[nodiscard]] constexpr Index cols() const { return cols_; }
  [[nodiscard]] constexpr Index stride() const { return stride_; }
  [[nodiscard]] constexpr bool empty() const { return rows_ == 0 || cols_ == 0; }
  [[nodiscard]] constexpr T& operator()(Index row, Index col) const {
    return data_[row * stride_ + col];
  }
  [[nodiscard]] constexpr std::span<T> row(Index row) const {
    return {data_ + row * stride_, static_cast<std::size_t>(cols_)};
  }
  // Rows first .. first + count - 1; the caller keeps within the matrix.
  [[nodiscard]] constexpr MatrixView row_block(Index first, Index count) const {
    return {data_ + first * stride_, count, cols_, stride_};
  }

 private:
  T* data_ = nullptr;
  Index rows_ = 0;
  Index cols_ = 0;
  Index stride_ = 0;
};

// Bytes for rows x cols elements of `element_size`; throws Error{kInvalidArgument} where a size is
// negative or the product does not fit.
[[nodiscard]] std::size_t checked_bytes(Index rows, Index cols, std::size_t element_size);

// Owns rows x cols numbers, zero at first unless made by uninitialised().
template <typename T>
class Matrix {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Matrix() = default;
  Matrix(Index rows, Index cols) : Matrix(uninitialised(rows, cols)) {
    for (Index i = 0; i < size(); ++i) data_[i] = T{};
  }
  // For a matrix that is filled at once: skips the pass that writes zeros.
  [[nodiscard]] static Matrix uninitialised(Index rows, Index cols) {
    Matrix m;
    const std::size_t bytes = checked_bytes(rows, cols, sizeof(T));
    m.data_.reset(static_cast<T*>(::operator new (bytes, std::align_val_t{kAlignment})));
    m.rows_ = rows;
    m.cols_ = cols;
    return m;
  }
  Matrix(Matrix&& other) noexcept { swap(other); }
  Matrix& operator=(Matrix&& other) noexcept {
    Matrix taken(std::move(other));
    swap(taken);
    return *this;
  }
  Matrix(const Matrix&) = delete;
  Matrix& operator=(const Matrix&) = delete;
  ~Matrix() = default;

  [[nodiscard]] Matrix clone() const {
    Matrix m = uninitialised(rows_, cols_);
    for (Index i = 0; i < size(); ++i) m.data_[i] = data_[i];
    return m;
  }

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index cols() const { return cols_; }
  [[nodiscard]] Index size() const { return rows_ * cols_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] T* data() { return data_.get(); }
  [[nodiscard]] const T* data() const { return data_.get(); }
  [[nodiscard]] T& operator()(Index row, Index col) { return data_[row * cols_ + col]; }
  [[nodiscard]] const T& operator()(Index row, Index col) const { return data_[row * cols_ + col]; }
  [[nodiscard]] std::span<T> row(Index row) { return view().row(row); }
  [[nodiscard]] std::span<const T> row(Index row) const { return view().row(row); }
  [[nodiscard]] MatrixView<T> view() { return {data_.get(), rows_, cols_}; }
  [[nodiscard]] MatrixView<const T> view() const { return {data_.get(), rows_, cols_}; }
  operator MatrixView<T>() { return view(); }              // NOLINT(google-explicit-constructor)
  operator MatrixView<const T>() const { return view(); }  // NOLINT(google-explicit-constructor)

 private:
  static constexpr std::size_t kAlignment = 64;
  struct Free {
    void operator()(T* p) const noexcept { ::operator delete (p, std::align_val_t{kAlignment}); }
  };
  void swap(Matrix& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(rows_, other.rows_);
    std::swap(cols_, other.cols_);
  }

  std::unique_ptr<T[], Free> data_;
  Index rows_ = 0;
  Index cols_ = 0;
};

}  // namespace dem
