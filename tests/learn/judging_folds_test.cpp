// Which folds tell anything, and how many are asked for.
#include "learn/judging_folds.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/at.h"
#include "fold_case.h"
#include "learn/kernel/fold_problems.h"
#include "support/log_lines.h"

namespace dem {
namespace {

using test::kHeldOut;
using test::kSeen;

ScoredFold fold_of(Index num_learned_classes, Index num_held_out) {
  ScoredFold fold;
  fold.statistics.counts.assign(at(num_learned_classes + num_held_out), 0);
  for (Index c = 0; c < num_learned_classes; ++c) fold.statistics.counts[at(c)] = 3;
  fold.held_out.resize(at(num_held_out));
  std::iota(fold.held_out.begin(), fold.held_out.end(), static_cast<ClassId>(num_learned_classes));
  return fold;
}

TEST(JudgingFolds, TakeTwoClassesOfEachKind) {
  EXPECT_TRUE(can_judge(fold_of(2, 2)));
  EXPECT_FALSE(can_judge(fold_of(1, 2)));
  EXPECT_FALSE(can_judge(fold_of(2, 1)));
  EXPECT_TRUE(can_judge(fold_of(9, 3)));
}

TEST(JudgingFolds, AGammaIsChosenFromEightClassesOn) {
  const GammaChoice val{GammaChoice::By::kValidation, 0.0};
  const GammaChoice given{GammaChoice::By::kValue, 0.5};
  EXPECT_EQ(gamma_for(val, 8).by, GammaChoice::By::kValidation);
  EXPECT_EQ(gamma_for(val, 7).by, GammaChoice::By::kNone);
  EXPECT_EQ(gamma_for(given, 3).value, 0.5);
  EXPECT_FALSE(given_gamma(val));
  EXPECT_EQ(given_gamma(given), 0.5);
  EXPECT_EQ(given_gamma({}), 0.0);
  const test::LogLines log;
  EXPECT_EQ(logged_gamma_for(val, 7).by, GammaChoice::By::kNone);
  (void)logged_gamma_for(val, 8);
  (void)logged_gamma_for(given, 3);
  EXPECT_EQ(log.count({"gamma: 7 seen classes", "it takes 8", "0 is taken"}), 1);
  EXPECT_EQ(log.lines().size(), 1u);
}

// Data of many seen classes whose dealings have three folds each, of test::Fold.
class ManyClasses {
 public:
  explicit ManyClasses(Index num_classes) : fold_(rng_) {
    statistics_.counts.assign(at(num_classes), 5);
    statistics_.means = Matrix<double>(0, 2);
    statistics_.scatter.assign(2, 0.0);
  }
  [[nodiscard]] LearningData data() {
    LearningData data{classes_, statistics_, base_, {}, {}, {}};
    data.num_repeats = [](Index wanted) { return wanted; };
    data.scored_folds = [this](Index) {
      ++num_dealings;
      std::vector<ScoredFold> folds;
      for (int i = 0; i < 3; ++i) {
        const ScoredFold& from = fold_.fold;
        ScoredFold fold{from.statistics.clone(), from.held_out, {}, {}};
        fold.unseen = {from.unseen.features.clone(), from.unseen.labels};
        folds.push_back(std::move(fold));
      }
      return folds;
    };
    return data;
  }
  [[nodiscard]] MatrixView<const double> rows() const { return fold_.rows; }
  int num_dealings = 0;

 private:
  Rng rng_{31, Purpose::kSynthetic};
  test::Fold fold_;
  ClassTable classes_;
  ClassStatistics statistics_;
  FeatureMap base_;
};

TEST(FoldProblemsOfVeryManyClasses, AreTwoOfOneDealing) {
  ManyClasses many(kVeryManyClasses + 1);
  EXPECT_EQ(fold_problems(many.data(), many.rows(), 2).size(), 2u);
  EXPECT_EQ(many.num_dealings, 1);
  ManyClasses fewer(kVeryManyClasses);
  EXPECT_EQ(fold_problems(fewer.data(), fewer.rows(), 2).size(), 6u);
  EXPECT_EQ(fewer.num_dealings, 2);
}

TEST(KernelsOfVeryManyClasses, NeedNoMatrixOfThem) {
  const KernelSpec sharp(KernelKind::kGaussian, 3.0);
  const std::vector<KernelSpec> all{KernelKind::kLinear, sharp, KernelKind::kCentred};
  const std::vector<KernelSpec> cheap{KernelKind::kLinear, KernelKind::kCentred};
  const test::LogLines log;
  EXPECT_EQ(kernels_for(all, kVeryManyClasses), all);
  EXPECT_EQ(kernels_for({sharp}, kVeryManyClasses + 1), std::vector<KernelSpec>{sharp});
  EXPECT_TRUE(log.lines().empty());
  EXPECT_EQ(kernels_for(all, kVeryManyClasses + 1), cheap);
  EXPECT_EQ(kernels_for({sharp, KernelKind::kQuartic}, kVeryManyClasses + 1),
            std::vector<KernelSpec>{KernelKind::kLinear});
  EXPECT_EQ(log.count({"5001 seen classes", "linear, centred"}), 1);
}

}  // namespace
}  // namespace dem
