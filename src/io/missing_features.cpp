#include "dem/io/missing_features.h"

#include <atomic>
#include <cmath>

#include "base/enum_names.h"
#include "base/parallel.h"

namespace dem {
namespace {

constexpr EnumName<MissingFeatures> kMissingFeatures[] = {{MissingFeatures::kRefuse, "refuse"},
                                                          {MissingFeatures::kZero, "zero"}};

Index zero_row(std::span<float> row) {
  Index zeroed = 0;
  for (float& value : row) {
    if (std::isfinite(value)) continue;
    value = 0.0f;
    ++zeroed;
  }
  return zeroed;
}

}  // namespace

std::string_view to_string(MissingFeatures missing) noexcept {
  return name_of(kMissingFeatures, missing);
}

MissingFeatures missing_features_from_string(std::string_view name) {
  return value_of(kMissingFeatures, name, "missing features");
}

void zero_missing(MatrixView<float> features, ZeroedFeatures& zeroed) {
  constexpr Index kGrain = 256;
  std::atomic<Index> values{0};
  std::atomic<Index> rows{0};
  parallel_for(features.rows(), kGrain, [&](Index first, Index last) {
    for (Index row = first; row < last; ++row) {
      const Index here = zero_row(features.row(row));
      values += here;
      rows += here > 0 ? 1 : 0;
    }
  });
  zeroed.values += values;
  zeroed.rows += rows;
}

}  // namespace dem
