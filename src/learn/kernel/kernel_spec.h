// Kernels that a setting can name, before any data.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "dem/model/kernel_map.h"

namespace dem {

// Sharper, and a class as far away as the median is out of reach: its prototype would be zero;
// flatter, and all classes are alike.
inline constexpr double kLeastSharpness = 1e-3;
inline constexpr double kMostSharpness = 30.0;

// Written as the kernel's name, or "gaussian-F" for exp(-F |u - u'|^2 / median), the median over
// pairs of support classes; plain "gaussian" has 2.
struct KernelSpec {
  KernelKind kind = KernelKind::kLinear;
  double sharpness = 2.0;  // F; of kGaussian alone

  KernelSpec() = default;
  KernelSpec(KernelKind of)  // NOLINT(google-explicit-constructor)
      : kind(of) {}
  KernelSpec(KernelKind of, double times) : kind(of), sharpness(times) {}
  auto operator<=>(const KernelSpec&) const = default;
};

[[nodiscard]] std::string to_string(const KernelSpec& spec);
// Nothing for another text.
[[nodiscard]] std::optional<KernelSpec> kernel_spec_in(const std::string& text);
inline constexpr const char* kKernelSpecs =
    "linear, centred, quartic, gaussian or gaussian-NUMBER (0.001 to 30)";

}  // namespace dem
