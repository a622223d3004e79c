// SAE, the semantic autoencoder (Kodirov, Xiang and Gong, CVPR 2017).
#pragma once

#include "learn/linear/seen_classes.h"
#include "linalg/symmetric_eigen.h"

namespace dem {

// A linear encoder of features into class embeddings whose transpose decodes: over training images
// x of classes c with embeddings s_c,
//   minimise over W:  sum |x - W' s_c|^2 + lambda |W x - s_c|^2.
// The gradient is zero where (equation 6)
//   A W + W (lambda B) = (1 + lambda) C,
//   A = sum n_c s_c s_c',  B = sum over images of x x',  C = sum n_c s_c m_c'.
// Sylvester's equation, with A = P' diag(p) P and B = Q' diag(q) Q solved by
//   P W Q' = (1 + lambda) (P C Q')_ij / (p_i + lambda q_j);
// neither set of eigenvectors depends on lambda. Where there are fewer classes than embedding_dim:
// with the rows D = sqrt(n_c) s_c' and T = sqrt(n_c) m_c', A = D'D and C = D'T, and W = D' Z solves
// it if Z solves (D D') Z + Z (lambda B) = (1 + lambda) T, which is smaller.
//
// Where p_i or q_j is zero to rounding, (P C Q')_ij is zero too: along such a direction every seen
// embedding, or every image, has no extent. Its quotient would be rounding over rounding, or 0 / 0,
// so it is put to zero; of all W that solve the equation this one is the smallest.
class SemanticAutoencoder {
 public:
  // class_embeddings [num_classes, embedding_dim]; statistics with second moments. Throws what
  // seen_classes(), scatter_about() and symmetric_eigen() throw.
  SemanticAutoencoder(MatrixView<const double> class_embeddings, const ClassStatistics& statistics);

  // W [embedding_dim, feature_dim]: W x is compared with class embeddings, or x with W' s. Throws
  // Error{kInvalidArgument} for a lambda that is not positive and finite.
  [[nodiscard]] Matrix<double> solve(double lambda) const;

 private:
  SymmetricEigen semantics_;  // of A or D D', `size` = embedding_dim or num_seen
  SymmetricEigen features_;   // of B
  Matrix<double> rotated_;    // [size, feature_dim], P C Q' or P T Q'
  Matrix<double> basis_;      // [embedding_dim, size], P' or D' P'
};

}  // namespace dem
