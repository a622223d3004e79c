#include "learn/dem/network_settings.h"

#include "base/enum_names.h"

namespace dem {
namespace {

constexpr EnumName<SpaceKind> kSpaceKinds[] = {{SpaceKind::kPlain, "plain"},
                                               {SpaceKind::kWhitened, "whitened"}};

}  // namespace

std::string_view to_string(SpaceKind space) noexcept {
  return name_of(kSpaceKinds, space);
}

SpaceKind space_kind_from_string(std::string_view name) {
  return value_of(kSpaceKinds, name, "space");
}

}  // namespace dem
