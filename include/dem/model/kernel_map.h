// Prototypes by kernel regression from the descriptions of classes that had images.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/linalg/matrix.h"
#include "dem/model/class_input.h"
#include "dem/model/prototypes.h"

namespace dem {

// How alike two descriptions are, by their unit rows u = a / |a| (a zero row stays zero), G = u.u'.
enum class KernelKind {
  kLinear,    // G
  kCentred,   // (u - centre).(u' - centre) * scale
  kQuartic,   // ((1 + G) / 2)^4
  kGaussian,  // exp(-scale * |u - u'|^2)
};
[[nodiscard]] std::string_view to_string(KernelKind kind) noexcept;  // "linear", "centred", ...
// Throws Error{kInvalidArgument} for another name.
[[nodiscard]] KernelKind kernel_kind_from_string(std::string_view name);

struct Kernel {
  KernelKind kind = KernelKind::kLinear;
  std::vector<double> centre = {};  // [embedding_dim] for kCentred, else empty
  double scale = 1.0;               // for kCentred and kGaussian, above 0

  // [n, m] of unit rows [n, dim] and [m, dim], in double; and of each of the rows with itself.
  [[nodiscard]] Matrix<double> between(MatrixView<const double> rows,
                                       MatrixView<const double> others) const;
  [[nodiscard]] std::vector<double> with_itself(MatrixView<const double> rows) const;
  // Whether k(u, u') = g(u) . g(u') with g as long as u: linear and centred. Then g of the rows
  // [n, dim].
  [[nodiscard]] bool is_product() const noexcept;
  [[nodiscard]] Matrix<double> factors(MatrixView<const double> rows) const;
};

// The term of a model's score that counts against hubs: prototypes near to many seen classes are
// near to many images too.
struct HubTerm {
  float weight = 0.0f;  // eta, above 0
  Index nearest = 1;    // h, of 1 .. S
  Matrix<float> seen;   // [S, q] unit rows: the seen classes' means as prototypes are
};

// The predictive Gaussian of a class in coordinates z [q] with variance 1 within classes:
//   G(z) = sum_j ( z_j mean_j / var_j - z_j^2 / (2 var_j) - mean_j^2 / (2 var_j) )
// with, for a predicted class of description u,
//   v_j   = max(k(u, u) + ridge - sum_k (k(u, support) root)_k^2 share_kj, 1e-9) / unit_variance
//   var_j = 1 + strength v_j^exponent residual_j
// A part `log_determinant` of sum_j log(var_j) / 2 is taken off: with 1 it is the logarithm of the
// density, but for what no class changes.
struct GaussianTerm {
  float weight = 0.0f;  // of G in the score, above 0
  double ridge = 0.0;
  double unit_variance = 1.0;
  double strength = 0.0;
  double exponent = 1.0;
  Matrix<float> root;            // [S, r], r of 1 .. S: the rank of the kernel
  std::vector<float> residual;   // [q], at least 0
  Matrix<float> coefficients;    // [S, q]: mean = k(u, support) coefficients
  Matrix<float> own_mean;        // [S, q] of the support classes themselves
  Matrix<float> own_variance;    // [S, q], above 0
  Matrix<float> share = {};      // [r, q], at least 0; empty: 1 each, and v is the same for all j
  double log_determinant = 0.0;  // 0 or above
};

// Of a class with description a, u its unit row:
//   f = k(u, support) coefficients                       [q]; a support class: its row of `own`
//   p = f basis                                          [d]
// and the score of features (y, z, z^2), y of unit length, is the dot product with
//   ( p / |p| , w mean / var , -w / (2 var) )            the last two only with a Gaussian term
// plus the offset  -eta b - w sum_j ( mean_j^2 / var_j + t log(var_j) ) / 2, t its log_determinant,
// b the mean of the h largest cosines of f to the rows of hub.seen (a support class's own row left
// out; fewer where fewer are left). Without unit_prototypes p stays as long as it is, to be
// compared by distance. Where d is 0 the score is the Gaussian term alone, which has the means:
// `coefficients` and `own` are empty, and there is no hub term.
// A class is a support class where it has the name and the unit row of one (to 1e-6 an element).
struct KernelMap {
  ClassInput input;
  Kernel kernel;
  std::vector<std::string> names;  // [S] of the support classes
  Matrix<float> support;           // [S, input.dim] their unit rows
  Matrix<float> coefficients;      // [S, q], or empty
  Matrix<float> own;               // [S, q], or empty
  Matrix<float> basis;             // [q, d], orthogonal rows are not required; |f| = |f basis|
  std::optional<HubTerm> hub = {};
  std::optional<GaussianTerm> gaussian = {};
  bool unit_prototypes = true;

  [[nodiscard]] KernelMap clone() const;
  // d, or d + 2 q with a Gaussian term.
  [[nodiscard]] Index prototype_dim() const;
  // Prototypes of classes from their descriptions [n, input.dim] and names [n], with offsets where
  // there is a hub or a Gaussian term; scales never.
  [[nodiscard]] Prototypes prototypes(MatrixView<const float> descriptions,
                                      std::span<const std::string> class_names) const;
};

}  // namespace dem
