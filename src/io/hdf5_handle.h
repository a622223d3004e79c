// The HDF5 C library with owners for its identifiers and exceptions for its error codes.
// The library has one lock for all threads; dem calls it from one thread at a time.
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

namespace dem::hdf5 {

// While it lives the library keeps its error messages to itself instead of printing them.
class QuietErrors {
 public:
  QuietErrors();
  ~QuietErrors();
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

// Throws Error{kFormat}: "WHERE: WHAT: the library's own account of its last failure".
[[noreturn]] void fail(const std::string& where, const std::string& what);

// `result` unless it is negative, which throws as fail does.
template <typename T>
T checked(T result, const std::string& where, const char* what) {
  if (result < 0) fail(where, what);
  return result;
}

// Owns one identifier.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  // Throws as fail does where `id` is negative.
  Handle(hid_t id, Close close, const std::string& where, const char* what)
      : id_(checked(id, where, what)), close_(close) {}
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(std::exchange(other.close_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(); }

  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)
  // Closes now; negative where the library fails to (a file that cannot be written, say).
  herr_t reset() {
    const hid_t id = std::exchange(id_, -1);
    return id >= 0 ? close_(id) : 0;
  }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace dem::hdf5
