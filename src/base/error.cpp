#include "dem/base/error.h"

namespace dem {

std::string_view to_string(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return "invalid argument";
    case ErrorKind::kShapeMismatch:
      return "shape mismatch";
    case ErrorKind::kIo:
      return "input/output";
    case ErrorKind::kFormat:
      return "format";
    case ErrorKind::kNumerical:
      return "numerical";
    case ErrorKind::kComm:
      return "communication";
    case ErrorKind::kUnsupported:
      return "unsupported";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "unknown";
}

int exit_status(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnsupported:
      return 2;
    case ErrorKind::kShapeMismatch:
    case ErrorKind::kIo:
    case ErrorKind::kFormat:
      return 3;
    case ErrorKind::kNumerical:
      return 4;
    case ErrorKind::kComm:
    case ErrorKind::kInternal:
      return 1;
  }
  return 1;
}

}  // namespace dem
