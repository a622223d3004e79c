// The statistics solver of several ranks. Runs under mpirun, all tests on every rank.
#include <gtest/gtest.h>

#include "dem/learn/statistics_solver.h"
#include "support/mpi_group.h"
#include "support/training_case.h"

namespace dem::test {
namespace {

// One rank's on_iteration says stop: nobody waits for it in a sum of which it has no part.
TEST(SolverRanks, WhatOneRankIsToldStopsAllAfterTheSameIteration) {
  for (const SolverMethod method : {SolverMethod::kLbfgs, SolverMethod::kAdam}) {
    Rng rng(12, Purpose::kInit);
    TrainingCase made(
        {.inputs = {{"attribute", 5, 1.0f}}, .hidden_dim = 9, .feature_dim = 11}, 60, 7, rng);
    const ClassStatistics statistics = gather_statistics(made.data);
    const bool is_last = mpi_group().rank() == mpi_group().size() - 1;
    const SolverReport report =
        solve_statistics(made.network,
                         made.data.class_embeddings,
                         statistics,
                         *made.recipe.network,
                         {.method = method, .tolerance = 1e-300, .group = &mpi_group()},
                         [&](const SolverReport& at) { return is_last && at.iterations == 2; });
    EXPECT_EQ(report.iterations, 2);
    EXPECT_TRUE(report.stopped);
    EXPECT_FALSE(report.out_of_time);
    EXPECT_EQ(report.end(), "stopped");
  }
}

}  // namespace
}  // namespace dem::test
