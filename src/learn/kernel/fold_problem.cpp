#include "learn/kernel/fold_problem.h"

#include <algorithm>

#include "base/at.h"
#include "linalg/picked_rows.h"

namespace dem {
namespace {

constexpr Index kMostKept = 30'000'000;  // numbers of residuals left out

// Every k-th image.
ScoredFold::Rows thinned(const ScoredFold::Rows& rows, Index every) {
  ScoredFold::Rows out;
  const Index count = (rows.features.rows() + every - 1) / every;
  out.features = Matrix<float>::uninitialised(count, rows.features.cols());
  for (Index i = 0; i < count; ++i) {
    const auto row = rows.features.row(i * every);
    std::copy(row.begin(), row.end(), out.features.row(i).begin());
    out.labels.push_back(rows.labels[at(i * every)]);
  }
  return out;
}

// Where a class stands among some ascending ones.
Index place_of(std::span<const ClassId> classes, ClassId id) {
  return std::lower_bound(classes.begin(), classes.end(), id) - classes.begin();
}

}  // namespace

FoldProblem::FoldProblem(const ClassStatistics& statistics, MatrixView<const double> unit_rows)
    : scatter_(class_scatter(statistics)),
      support_(picked_rows<double, ClassId>(unit_rows, scatter_.classes)) {}

FoldProblem::FoldProblem(const ScoredFold& fold, MatrixView<const double> unit_rows)
    : FoldProblem(fold.statistics, unit_rows) {
  held_out_ = picked_rows<double, ClassId>(unit_rows, fold.held_out);
  take_rows(fold);
}

void FoldProblem::take_rows(const ScoredFold& fold) {
  const Index all = fold.unseen.features.rows() + fold.seen.features.rows();
  const Index every = 1 + all * (num_seen() + num_held_out()) / kMostScores;
  const ScoredFold::Rows unseen = thinned(fold.unseen, every);
  const ScoredFold::Rows seen = thinned(fold.seen, every);
  num_unseen_images_ = unseen.features.rows();
  images_ = Matrix<float>::uninitialised(num_unseen_images_ + seen.features.rows(), scatter_.dim());
  Index first = 0;
  for (const ScoredFold::Rows* rows : {&unseen, &seen}) {
    if (rows->features.rows() == 0) continue;
    const Matrix<float> turned = scatter_.turned(rows->features);
    std::copy(turned.data(), turned.data() + turned.size(), images_.row(first).begin());
    first += turned.rows();
  }
  for (const ClassId id : unseen.labels) {
    labels_.push_back(num_seen() + place_of(fold.held_out, id));
  }
  for (const ClassId id : seen.labels) labels_.push_back(place_of(scatter_.classes, id));
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
  const Index most = std::max<Index>(2, kMostKept / (1 + scatter_.means.size()));
  if (static_cast<Index>(one.left_out.size()) >= most) one.left_out.erase(one.left_out.begin());
  return one.left_out.emplace(lambda, one.regression.leave_one_out(lambda)).first->second;
}

}  // namespace dem
