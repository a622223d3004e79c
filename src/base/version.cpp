#include "dem/base/version.h"

namespace dem {

std::string_view version() noexcept {
  return DEM_VERSION;
}

}  // namespace dem
