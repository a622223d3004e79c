// ESZSL, an embarrassingly simple approach to zero-shot learning (Romera-Paredes and Torr, ICML
// 2015).
#pragma once

#include "learn/linear/ridge_inverse.h"
#include "learn/linear/seen_classes.h"

namespace dem {

// What stands for the class of an image in the matrix Y [num_images, num_seen].
enum class LabelCoding {
  kSigned,    // 1 for its class, -1 for every other: the authors'
  kCentered,  // the same less the mean of each column, and features less their mean
};

// A score of image x for a class with embedding s: (x - centre)' weight s. So `weight s` is the
// class's prototype for comparison by dot product, less centre' weight s.
struct BilinearScore {
  Matrix<double> weight;       // [feature_dim, embedding_dim]
  std::vector<double> centre;  // [feature_dim], zeros for LabelCoding::kSigned
};

// With X [num_images, feature_dim] all training images, S [num_seen, embedding_dim] their classes,
//   weight = (X'X + gamma I)^-1 X'Y S (S'S + lambda I)^-1     (equation 11, there by columns)
// which minimises over V
//   |X V S' - Y|^2 + gamma |V S'|^2 + lambda |X V|^2 + gamma lambda |V|^2.
// From statistics, class by class: X'X is the scatter of the images about the centre, and
//   X'Y(:, c) = 2 n_c (m_c - centre) - sum over k of n_k (m_k - centre),
// of which the last sum is zero for LabelCoding::kCentered, as a column's mean then counts nothing.
class Eszsl {
 public:
  // class_embeddings [num_classes, embedding_dim]; statistics with second moments. Throws what
  // seen_classes(), scatter_about() and ShiftedSystem's constructor throw.
  Eszsl(MatrixView<const double> class_embeddings,
        const ClassStatistics& statistics,
        LabelCoding coding,
        Shifts regularisers);

  // (X'X + gamma I)^-1 X'Y [feature_dim, num_seen], the factor on the left: nearly all the work,
  // a factor of X'X + gamma I where regularisers are Shifts::kOne. gamma is not negative. Throws
  // Error{kNumerical} where it does not outweigh rounding.
  [[nodiscard]] Matrix<double> left_factor(double gamma) const;
  // The score with the left factor of one gamma. Throws as left_factor(), of lambda.
  [[nodiscard]] BilinearScore solve(MatrixView<const double> left, double lambda) const;
  [[nodiscard]] BilinearScore solve(double gamma, double lambda) const {
    return solve(left_factor(gamma), lambda);
  }

 private:
  Eszsl(const SeenClasses& seen,
        const ClassStatistics& statistics,
        LabelCoding coding,
        Shifts regularisers);

  std::vector<double> centre_;
  ShiftedSystem scatter_;    // X'X
  Matrix<double> products_;  // [feature_dim, num_seen], X'Y
  RidgeInverse embeddings_;  // of S
};

}  // namespace dem
