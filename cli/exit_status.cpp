#include "exit_status.h"

namespace dem::cli {

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

}  // namespace dem::cli
