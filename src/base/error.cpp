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

}  // namespace dem
