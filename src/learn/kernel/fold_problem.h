// One fold of classes, or all of the training images, made ready for kernel prototypes.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dem/learn/scored_fold.h"
#include "learn/kernel/class_scatter.h"
#include "learn/kernel/kernel_regression.h"

namespace dem {

// Keeps what several settings share. Classes have local numbers: the seen ones come first,
// 0 .. C - 1 in the order of scatter().classes, then those held out. Not copied: parts refer to
// each other.
class FoldProblem {
 public:
  static constexpr Index kMostScores = 32'000'000;

  // unit_rows [num_classes, a], the descriptions of all classes.
  FoldProblem(const ScoredFold& fold, MatrixView<const double> unit_rows);
  // Without classes held out.
  FoldProblem(const ClassStatistics& statistics, MatrixView<const double> unit_rows);
  FoldProblem(const FoldProblem&) = delete;
  FoldProblem& operator=(const FoldProblem&) = delete;

  [[nodiscard]] const ClassScatter& scatter() const { return scatter_; }
  [[nodiscard]] Index num_seen() const { return scatter_.num_classes(); }
  [[nodiscard]] Index num_held_out() const { return held_out_.rows(); }
  [[nodiscard]] const Matrix<double>& support() const { return support_; }    // [C, a]
  [[nodiscard]] const Matrix<double>& held_out() const { return held_out_; }  // [u, a]

  // Images along the scatter's axes, those of held-out classes first, and their local classes: all
  // of the fold, or every k-th of each kind where their scores of all classes would be more than
  // kMostScores.
  [[nodiscard]] const Matrix<float>& images() const { return images_; }
  [[nodiscard]] const std::vector<Index>& labels() const { return labels_; }
  [[nodiscard]] Index num_unseen_images() const { return num_unseen_images_; }
  [[nodiscard]] bool has_seen_images() const { return num_unseen_images_ < images_.rows(); }

  // Of the seen classes' means; computed when first asked for.
  [[nodiscard]] const KernelRegression& regression(const KernelSpec& spec) const;
  // Valid until asked for another: large ones are not kept.
  [[nodiscard]] const KernelRegression::LeftOut& left_out(const KernelSpec& spec,
                                                          double lambda) const;
  // k(held-out, support) in the regression's basis [u, r].
  [[nodiscard]] const Matrix<double>& held_out_in_basis(const KernelSpec& spec) const;

 private:
  struct OneKernel {
    KernelRegression regression;
    Matrix<double> held_out;
    std::map<double, KernelRegression::LeftOut> left_out;
  };
  [[nodiscard]] OneKernel& kernel(const KernelSpec& spec) const;
  void take_rows(const ScoredFold& fold);

  ClassScatter scatter_;
  Matrix<double> support_, held_out_;
  Matrix<float> images_;
  std::vector<Index> labels_;
  Index num_unseen_images_ = 0;
  mutable std::map<KernelSpec, std::unique_ptr<OneKernel>> kernels_;
};

}  // namespace dem
