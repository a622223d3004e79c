#include "linalg/openblas.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "base/parallel.h"
#include "dem/base/error.h"
#include "dem/base/threads.h"
#include "linalg/blas.h"
#include "linalg/cholesky.h"
#include "support/forked.h"
#include "support/random_matrix.h"

namespace dem {
namespace {

// A program that has OpenBLAS use so many threads.
class HostWithThreads : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { openblas_set_num_threads(GetParam()); }
  void TearDown() override {
    openblas_set_num_threads(before_);
    set_num_threads(0);
  }
  [[nodiscard]] static bool has_its_number() { return openblas_get_num_threads() == GetParam(); }

 private:
  int before_ = openblas_get_num_threads();
};

Matrix<float> product(const Matrix<float>& a, const Matrix<float>& b) {
  Matrix<float> c(a.rows(), b.rows());
  gemm(Transpose::kNo, Transpose::kYes, 1.0f, a, b, 0.0f, c);
  return c;
}

bool same_bits(const Matrix<float>& a, const Matrix<float>& b) {
  return std::memcmp(a.data(), b.data(), sizeof(float) * static_cast<std::size_t>(a.size())) == 0;
}

TEST_P(HostWithThreads, GetsThemBackAfterEveryProduct) {
  Rng rng(1, Purpose::kInit);
  const Matrix<float> a = test::normal_matrix(300, 700, 1.0, rng);
  const Matrix<float> b = test::normal_matrix(500, 700, 1.0, rng);
  const Matrix<float> c = product(a, b);
  EXPECT_TRUE(has_its_number());
  Matrix<float> whole(300, 500);
  gemm_in_one_piece(Transpose::kNo, Transpose::kYes, 1.0f, a, b, 0.0f, whole);
  EXPECT_TRUE(has_its_number());
  openblas_set_num_threads(1);
  EXPECT_TRUE(same_bits(product(a, b), c));
  Matrix<float> alone(300, 500);
  gemm_in_one_piece(Transpose::kNo, Transpose::kYes, 1.0f, a, b, 0.0f, alone);
  EXPECT_TRUE(same_bits(alone, whole));
}

TEST_P(HostWithThreads, GetsThemBackAfterARefusedProduct) {
  Matrix<float> a(2, 3);
  EXPECT_THROW((void)product(a, Matrix<float>(2, 4)), Error);
  EXPECT_TRUE(has_its_number());
}

TEST_P(HostWithThreads, GetsThemBackAfterCholesky) {
  for (const double last : {2.0, -2.0}) {  // a solution, and none
    Matrix<double> a(3, 3);
    for (Index i = 0; i < 3; ++i) a(i, i) = i == 2 ? last : 1.0;
    Matrix<double> b(3, 1);
    EXPECT_EQ(solve_positive_definite(a, b), last > 0.0);
    EXPECT_TRUE(has_its_number());
  }
}

TEST_P(HostWithThreads, GetsThemBackFromTheLastGuard) {
  {
    const OneBlasThread outer;
    EXPECT_EQ(openblas_get_num_threads(), 1);
    { const OneBlasThread inner; }
    EXPECT_EQ(openblas_get_num_threads(), 1);
  }
  EXPECT_TRUE(has_its_number());
}

TEST_P(HostWithThreads, KeepsAChangeMadeMeanwhile) {
  {
    const OneBlasThread guard;
    openblas_set_num_threads(4);
  }
  EXPECT_EQ(openblas_get_num_threads(), 4);
}

TEST_P(HostWithThreads, GetsThemBackFromManyThreads) {
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20000; ++round) {
        const OneBlasThread guard;
        if (openblas_get_num_threads() != 1) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(has_its_number());
}

TEST_P(HostWithThreads, GetsThemBackInAChildForkedDuringAProduct) {
  if (!test::kCanFork) GTEST_SKIP() << "sanitizers cannot follow a fork";
  std::atomic<int> step{0};
  std::thread other([&] {
    const OneBlasThread guard;
    step = 1;
    while (step != 2) std::this_thread::yield();
  });
  while (step != 1) std::this_thread::yield();
  const std::string end = test::forked([] {
    Matrix<float> a(2, 3);
    (void)product(a, a);
    return has_its_number();
  });
  step = 2;
  other.join();
  EXPECT_EQ(end, "exit 0");
  EXPECT_TRUE(has_its_number());
}

INSTANTIATE_TEST_SUITE_P(Numbers, HostWithThreads, testing::Values(1, 2, 3));

}  // namespace
}  // namespace dem
