// Kernel ridge regression of class means on descriptions, all ridges from one decomposition.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "dem/linalg/matrix.h"
#include "learn/kernel/kernel_spec.h"

namespace dem {

// The kernel as it is for these support classes: centre and scale are theirs alone.
[[nodiscard]] Kernel fitted_kernel(const KernelSpec& spec, MatrixView<const double> support);

// Of C support classes with unit rows u_c and targets M [C, d], K_ss = U diag(e) U' their kernel:
//   f(u) = k(u, support) A M,  A = (K_ss + ridge)^-1
// A kernel that is a product of few features, k(u, u') = g(u) . g(u') with g of a < C numbers, has
// a eigenvalues that are not zero, and these come from the [a, a] matrix of sums over classes:
// with G = g(support) [C, a] and G'G p = e p, the eigenvector of K_ss is G p / sqrt(e), and
// k(u, support) times it g(u) . p sqrt(e). Nothing of size [C, C] is made then. With r vectors,
//   A = U' (e + ridge)^-1 U + (I - U'U) / ridge,   U [r, C]
// and k(u, support) has no part in I - U'U. Leaving class c out changes its prediction to m_c - (A
// M)_c / A_cc, so that the residual of class c predicted from all others is (A M)_c / A_cc: no
// system is solved twice (Allen's PRESS).
class KernelRegression {
 public:
  // support [C, a] unit rows, means [C, d]; both outlive it.
  KernelRegression(const KernelSpec& spec,
                   MatrixView<const double> support,
                   MatrixView<const double> means);

  [[nodiscard]] const Kernel& kernel() const { return kernel_; }
  [[nodiscard]] Index num_classes() const { return means_.rows(); }
  // k(rows, support) U' [n, r]: rows in the basis in which every ridge is a diagonal.
  [[nodiscard]] Matrix<double> in_basis(MatrixView<const double> rows) const;
  // U M [r, d].
  [[nodiscard]] const Matrix<double>& targets() const { return targets_; }
  // 1 / (e + ridge), [r].
  [[nodiscard]] std::vector<double> shrinkage(double ridge) const;

  struct LeftOut {
    Matrix<double> residuals;       // [C, d], of each class predicted from the others
    std::vector<double> variances;  // [C], 1 / A_cc
  };
  [[nodiscard]] LeftOut leave_one_out(double ridge) const;
  // Of what k(u, support) is multiplied with: U' (e + ridge)^-1 times rows [r, q] in the basis.
  [[nodiscard]] Matrix<double> coefficients(double ridge, MatrixView<const double> rows) const;
  // U' diag(1 / sqrt(e + ridge)) [C, r]: |k(u, support) root|^2 = k A k'.
  [[nodiscard]] Matrix<double> root(double ridge) const;

 private:
  Kernel kernel_;
  MatrixView<const double> support_;
  MatrixView<const double> means_;
  void decompose();
  void decompose_features(Matrix<double> features);
  [[nodiscard]] Index rank() const { return vectors_.rows(); }
  // Whether there are directions of eigenvalue zero beside the vectors.
  [[nodiscard]] bool has_rest() const { return rank() < num_classes(); }

  std::vector<double> values_;  // e [r], at least 0
  Matrix<double> vectors_;      // U [r, C], a row an eigenvector
  Matrix<double> targets_;
  Matrix<double> to_basis_;  // [a, r] p sqrt(e), a column each; empty: by k(rows, support)
};

}  // namespace dem
