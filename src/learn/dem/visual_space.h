// Images of one fold, or of all seen classes, in the spaces that recipe `dem` can learn in.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "dem/learn/scored_fold.h"
#include "dem/model/feature_map.h"
#include "learn/closed_form_problem.h"
#include "learn/dem/network_input.h"
#include "learn/dem/network_settings.h"
#include "learn/kernel/turned_space.h"

namespace dem {

// Counts and means of classes where a network learns them. In the whitened space prototypes are in
// the span of the class means, so that these q coordinates are all that training and ranks need.
struct VisualSpace {
  ClassStatistics targets;                 // [num_classes, q], counts and means
  Matrix<float> images;                    // [n, q], those to score by
  std::optional<WhitenedSpace> whitening;  // none in the plain space
};

// What every setting shares. Not moved once made: whitened spaces refer to the scatter.
class NetworkFold {
 public:
  // Of all training images, with none to score by.
  explicit NetworkFold(const ClosedFormProblem& problem);
  // `problem` is that of the fold's statistics.
  NetworkFold(const ClosedFormProblem& problem, const ScoredFold& fold);
  NetworkFold(const NetworkFold&) = delete;
  NetworkFold& operator=(const NetworkFold&) = delete;

  [[nodiscard]] const NetworkInputs& inputs() const { return inputs_; }
  [[nodiscard]] Index num_seen() const { return static_cast<Index>(seen_.size()); }
  [[nodiscard]] Index num_held_out() const { return held_out_inputs_.rows(); }
  // Whether no feature of a training image is negative.
  [[nodiscard]] bool is_never_negative() const { return never_negative_; }
  [[nodiscard]] const ClassScatter& scatter() const;  // made when first asked for
  // The space of some settings.
  [[nodiscard]] VisualSpace space(SpaceKind kind, double shrinkage) const;

  // Means over held-out classes of what their images come to among these, by prototypes of them in
  // that space.
  //   held_out_inputs() [u, k], prototypes [u, q]
  [[nodiscard]] const Matrix<float>& held_out_inputs() const { return held_out_inputs_; }
  struct Judgement {
    double rank;  // mean reciprocal rank of an image's own class
    double t1;    // accuracy
  };
  [[nodiscard]] Judgement judge(const VisualSpace& space,
                                MatrixView<const float> prototypes,
                                Metric comparison) const;

 private:
  ClassStatistics statistics_;  // scaled
  std::vector<Index> seen_;     // classes with images, ascending
  NetworkInputs inputs_;
  bool never_negative_ = false;
  Matrix<float> images_;       // scaled images of held-out classes [n, d]
  std::vector<Index> labels_;  // [n], 0 .. u - 1
  Matrix<float> held_out_inputs_;
  mutable std::optional<ClassScatter> scatter_;
  mutable Matrix<float> turned_;  // the images along its axes
};

}  // namespace dem
