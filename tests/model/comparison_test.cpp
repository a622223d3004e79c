#include <gtest/gtest.h>

#include "dem/base/error.h"
#include "dem/model/model.h"

namespace dem {
namespace {

TEST(Metric, NamesGoBothWays) {
  EXPECT_EQ(to_string(Metric::kEuclidean), "euclidean");
  EXPECT_EQ(to_string(Metric::kCosine), "cosine");
  EXPECT_EQ(to_string(Metric::kDot), "dot");
  EXPECT_EQ(metric_from_string("euclidean"), Metric::kEuclidean);
  EXPECT_EQ(metric_from_string("cosine"), Metric::kCosine);
  EXPECT_EQ(metric_from_string("dot"), Metric::kDot);
}

TEST(Metric, AnUnknownNameIsRefusedWithTheChoices) {
  try {
    static_cast<void>(metric_from_string("Cosine"));
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInvalidArgument);
    EXPECT_STREQ(error.what(), "metric: expected euclidean, cosine or dot, got \"Cosine\"");
  }
}

}  // namespace
}  // namespace dem
