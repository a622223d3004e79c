// The one exception class of dem. Every public function that can fail throws Error, and the kind
// tells a caller what sort of failure it is.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace dem {

// A closed list: a program can map every kind to what it does then, as the command line does to
// exit statuses.
enum class ErrorKind {
  kInvalidArgument,  // the caller asked for something that makes no sense
  kShapeMismatch,    // two arrays whose shapes must agree do not
  kIo,               // a file cannot be opened, read, written or renamed
  kFormat,           // a file was read and its content is not what its format promises
  kNumerical,        // NaN or infinity where a number is needed
  kComm,             // communication between processes failed
  kUnsupported,      // understood, but not in this build or not in this version
  kInternal,         // a broken invariant: a defect of dem
};

inline constexpr ErrorKind kAllErrorKinds[] = {
    ErrorKind::kInvalidArgument,
    ErrorKind::kShapeMismatch,
    ErrorKind::kIo,
    ErrorKind::kFormat,
    ErrorKind::kNumerical,
    ErrorKind::kComm,
    ErrorKind::kUnsupported,
    ErrorKind::kInternal,
};

// The kind's name, "shape mismatch" for kShapeMismatch.
[[nodiscard]] std::string_view to_string(ErrorKind kind) noexcept;

// Messages read "what is wrong: expected E, got G (array, file)".
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace dem
