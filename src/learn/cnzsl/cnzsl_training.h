// Training of the class-normalised cosine classifier (Skorokhodov and Elhoseiny, ICLR 2021).
#pragma once

#include <cstdint>
#include <vector>

#include "dem/learn/scored_fold.h"
#include "learn/cnzsl/class_network.h"
#include "learn/cnzsl/cnzsl_settings.h"

namespace dem {

// The classes and images of a run.
struct CnzslProblem {
  Matrix<float> descriptions;  // [num_classes, embedding_dim], those with images, made ready
  Matrix<float> images;        // [n, feature_dim], of norm 1 (or 0)
  std::vector<Index> labels;   // [n], rows of descriptions
};

// Rows divided by their norms and times the root of their width (zeros stay), or as they are.
[[nodiscard]] Matrix<float> scaled_descriptions(MatrixView<const float> rows, bool attribute_scale);
// The mean of the images, summed in double; the rows of TrainingImages.
[[nodiscard]] std::vector<float> mean_image(const TrainingImages& images);
// descriptions [classes of the table, embedding_dim] as they are; centre [feature_dim] is taken off
// the images, or empty.
[[nodiscard]] CnzslProblem make_cnzsl_problem(const CnzslSettings& settings,
                                              MatrixView<const float> descriptions,
                                              const TrainingImages& images,
                                              std::span<const float> centre);

struct CnzslNetwork {
  ClassNetworkShape shape;
  std::vector<float> parameters;  // as the shape has them
  // Running means and variances of the two normalisations; of 0 and 1 before the first step.
  ClassMoments<float> before_relu, after_relu;
};

// Weights and biases from U(-1/sqrt(in), 1/sqrt(in)); output weights as settings.proper_init says.
[[nodiscard]] CnzslNetwork initial_cnzsl_network(const CnzslSettings& settings,
                                                 Index embedding_dim,
                                                 Index feature_dim,
                                                 std::uint64_t seed);

// One run over the data in batches, with Adam's state.
class CnzslTraining {
 public:
  CnzslTraining(const CnzslSettings& settings, const CnzslProblem& problem, CnzslNetwork& network);

  // One step on some images; returns the loss before it.
  double step(std::span<const Index> images, double learning_rate);
  // All images in a random order; returns the mean loss over images.
  double epoch(Index index, std::uint64_t seed);

 private:
  [[nodiscard]] MatrixView<const float> gather(std::span<const Index> images);
  void follow_moments();
  void update(double learning_rate);

  const CnzslSettings& settings_;
  const CnzslProblem& problem_;
  CnzslNetwork& network_;
  ClassNetwork<float> forward_;
  std::vector<float> gradient_, moment1_, moment2_;  // [num_parameters]
  Matrix<float> batch_;                              // [batch_size, feature_dim]
  std::vector<Index> labels_;                        // of the batch
  Matrix<float> prototype_gradient_;                 // [num_classes, feature_dim]
  Index steps_ = 0;
};

// All epochs; a line of the log every ten seconds and at the end. Returns the mean loss of the last
// epoch. Throws Error{kNumerical} where a loss is not finite.
double train_cnzsl(const CnzslSettings& settings,
                   const CnzslProblem& problem,
                   std::uint64_t seed,
                   CnzslNetwork& network);

}  // namespace dem
