#include "dem/pipeline/evaluate_scores.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"
#include "dem/search/score_source.h"
#include "learn/curve_images.h"
#include "learn/seen_unseen_curve.h"

namespace dem {
namespace {

void add_gaps(const MatrixSource& source,
              const Dataset& data,
              bool is_unseen,
              std::vector<CurveImage>& images) {
  const std::vector<Index>& rows = is_unseen ? data.split.test_unseen : data.split.test_seen;
  if (rows.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                "gamma: expected validation scores of images of both kinds of classes, seen and "
                "unseen, got those of one");
  }
  add_curve_images(
      source, rows, data.labels, data.seen_classes, data.unseen_classes, is_unseen, images);
}

void check_validation(const ScoredData& validation, const ScoredData& test) {
  const auto refuse = [&](const std::string& expected, const std::string& got) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(validation.data.name, ": expected ", expected, ", got ", got));
  };
  if (validation.data.classes.names != test.data.classes.names) {
    refuse(concat("the columns of ", test.data.name, " in their order"), "others");
  }
  const MatrixView<const float> a = validation.scores, b = test.scores;
  bool is_test = a.rows() == b.rows();
  for (Index i = 0; is_test && i < a.rows(); ++i) {
    is_test = std::equal(a.row(i).begin(), a.row(i).end(), b.row(i).begin());
  }
  if (is_test) refuse("scores of other images than those of the test", "the same numbers");
}

}  // namespace

double gamma_of_scores(const ScoredData& validation, const ScoredData& test) {
  check_validation(validation, test);
  const MatrixSource source(validation.scores);
  std::vector<CurveImage> images;
  for (const bool is_unseen : {true, false}) {
    add_gaps(source, validation.data, is_unseen, images);
  }
  const SeenUnseenCurve curve(images);
  return best_gamma(std::span(&curve, 1)).gamma;
}

EvaluationResult evaluate_scores(const ScoredData& scored,
                                 double gamma,
                                 const EvaluationOptions& options) {
  const MatrixSource source(scored.scores);
  return evaluate({source, Metric::kDot, gamma}, scored.data, self_communicator(), {}, options);
}

}  // namespace dem
