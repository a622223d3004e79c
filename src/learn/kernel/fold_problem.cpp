#include "learn/kernel/fold_problem.h"

#include <algorithm>

#include "base/at.h"

namespace dem {
namespace {

Matrix<double> rows_of(MatrixView<const double> all, std::span<const ClassId> classes) {
  Matrix<double> out =
      Matrix<double>::uninitialised(static_cast<Index>(classes.size()), all.cols());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    const auto row = all.row(classes[i]);
    std::copy(row.begin(), row.end(), out.row(static_cast<Index>(i)).begin());
  }
  return out;
}

// Where a class stands among some ascending ones.
Index place_of(std::span<const ClassId> classes, ClassId id) {
  return std::lower_bound(classes.begin(), classes.end(), id) - classes.begin();
}

}  // namespace

FoldProblem::FoldProblem(const ClassStatistics& statistics, MatrixView<const double> unit_rows)
    : scatter_(class_scatter(statistics)), support_(rows_of(unit_rows, scatter_.classes)) {}

FoldProblem::FoldProblem(const ScoredFold& fold, MatrixView<const double> unit_rows)
    : FoldProblem(fold.statistics, unit_rows) {
  held_out_ = rows_of(unit_rows, fold.held_out);
  take_rows(fold);
}

void FoldProblem::take_rows(const ScoredFold& fold) {
  num_unseen_images_ = fold.unseen.features.rows();
  const Index count = num_unseen_images_ + fold.seen.features.rows();
  images_ = Matrix<float>::uninitialised(count, scatter_.dim());
  Index first = 0;
  for (const ScoredFold::Rows* rows : {&fold.unseen, &fold.seen}) {
    if (rows->features.rows() == 0) continue;
    const Matrix<float> turned = scatter_.turned(rows->features);
    std::copy(turned.data(), turned.data() + turned.size(), images_.row(first).begin());
    first += turned.rows();
  }
  for (const ClassId id : fold.unseen.labels) {
    labels_.push_back(num_seen() + place_of(fold.held_out, id));
  }
  for (const ClassId id : fold.seen.labels) labels_.push_back(place_of(scatter_.classes, id));
}

FoldProblem::OneKernel& FoldProblem::kernel(const KernelSpec& spec) const {
  std::unique_ptr<OneKernel>& found = kernels_[spec];
  if (found != nullptr) return *found;
  KernelRegression regression(spec, support_, scatter_.means);
  Matrix<double> held_out =
      held_out_.rows() == 0 ? Matrix<double>() : regression.in_basis(held_out_);
  found = std::make_unique<OneKernel>(OneKernel{std::move(regression), std::move(held_out), {}});
  return *found;
}

const KernelRegression& FoldProblem::regression(const KernelSpec& spec) const {
  return kernel(spec).regression;
}

const Matrix<double>& FoldProblem::held_out_in_basis(const KernelSpec& spec) const {
  return kernel(spec).held_out;
}

const KernelRegression::LeftOut& FoldProblem::left_out(const KernelSpec& spec,
                                                       double lambda) const {
  OneKernel& one = kernel(spec);
  const auto found = one.left_out.find(lambda);
  if (found != one.left_out.end()) return found->second;
  return one.left_out.emplace(lambda, one.regression.leave_one_out(lambda)).first->second;
}

}  // namespace dem
