#include "data/layouts.h"

namespace dem {

std::span<const LayoutEntry> layout_table() {
  // A line a layout.
  static const LayoutEntry kLayouts[] = {
      dem_layout(),
      gbu_layout(),
      table_layout(),
  };
  return kLayouts;
}

}  // namespace dem
