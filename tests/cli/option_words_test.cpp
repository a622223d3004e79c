#include "cli/option_words.h"

#include <gtest/gtest.h>

namespace dem::cli {
namespace {

TEST(OptionWords, StandForFieldsAndAdviceAlone) {
  EXPECT_EQ(with_option_words("max_seconds: expected a finite number"),
            "--max-seconds: expected a finite number");
  EXPECT_EQ(with_option_words("selection: expected last"), "--select: expected last");
  EXPECT_EQ(with_option_words("a.csv: row 3: got nan (missing features zero takes it as 0)"),
            "a.csv: row 3: got nan (--missing-features zero takes it as 0)");
  EXPECT_EQ(with_option_words("x: missing descriptions mean or missing descriptions keep"),
            "x: --missing-descriptions mean or --missing-descriptions keep");
  EXPECT_EQ(with_option_words("the lists look 0-based (index base 0)"),
            "the lists look 0-based (--index-base 0)");
  for (const char* as_it_is : {"--gamma: expected none", "a gamma: 3", "", "ranks: rows: 3"}) {
    EXPECT_EQ(with_option_words(as_it_is), as_it_is);
  }
}

}  // namespace
}  // namespace dem::cli
