// Class means as values of a Gaussian process over descriptions.
#pragma once

#include <vector>

#include "dem/linalg/matrix.h"
#include "learn/kernel/class_prototypes.h"

namespace dem {

// Along a direction j in which classes have variance l_j, and images of one class variance 1,
//   cov(mean_c, mean_c') = l_j G_cc',  G = a K + (1 - a) I
// K the kernel of descriptions, a how much these explain; the rest is each class's own. The mean of
// a class's n_c images is seen with noise 1 / n_c. With N = diag(n_c) and N^1/2 G N^1/2 =
// U diag(e) U',
//   (l_j G + N^-1)^-1 = N^1/2 U diag(1 / (l_j e + 1)) U' N^1/2
// for every direction at once, whatever the counts are.
class ClassProcess {
 public:
  // K [C, C] of the seen classes, their counts [C], a in (0, 1].
  ClassProcess(MatrixView<const double> kernel, double explained, std::vector<double> counts);

  [[nodiscard]] Index num_classes() const { return vectors_.rows(); }
  [[nodiscard]] double explained() const { return explained_; }
  // N^1/2 U [C, C]: k(u, support) times it is a description in the basis.
  [[nodiscard]] const Matrix<double>& root() const { return root_; }

 private:
  friend class ClassPosterior;

  double explained_;
  std::vector<double> counts_;
  std::vector<double> values_;  // e [C], at least 0
  Matrix<double> vectors_;      // U' [C, C], a row an eigenvector
  Matrix<double> root_;
};

// Given the means of the seen classes.
class ClassPosterior {
 public:
  // means [C, q] along q directions, of mean 0 over the classes; signal [q], l. The process
  // outlives it.
  ClassPosterior(const ClassProcess& process,
                 MatrixView<const double> means,
                 const std::vector<double>& signal);

  // The predictive Gaussians of images: mean of the class's mean, and 1 plus its variance.
  [[nodiscard]] Gaussians seen() const;
  // Of other classes: in_basis [u, C], k(u, support) root; alone [u], k(u, u).
  [[nodiscard]] Gaussians predicted(MatrixView<const double> in_basis,
                                    const std::vector<double>& alone) const;
  // Mean = k(u, support) coefficients, [C, q].
  [[nodiscard]] Matrix<double> coefficients() const;
  // a l_j / (l_j e_k + 1), [C, q]: a predicted variance is 1 + a l_j (k(u, u) + (1 - a) / a - sum_k
  // (k(u, support) root)_k^2 share_kj).
  [[nodiscard]] Matrix<double> share() const;

 private:
  const ClassProcess& process_;
  std::vector<double> signal_;
  Matrix<double> shrinkage_;  // l_j / (l_j e_k + 1), [C, q]
  Matrix<double> targets_;    // shrinkage times U' N^1/2 means, [C, q]
};

}  // namespace dem
