// A small dataset that all ranks of a test see.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>

#include "dem/data/dataset.h"
#include "dem/data/synthetic.h"
#include "support/mpi_group.h"
#include "support/temporary_folder.h"

namespace dem::test {

// The root's folder, with a synthetic dataset TOY in it: 11 seen classes, whose images no number of
// ranks divides evenly, and 4 unseen ones.
class ToyForRanks : public ::testing::Test {
 protected:
  explicit ToyForRanks(Index feature_dim) : feature_dim_(feature_dim) {}

  void SetUp() override {
    if (mpi_group().is_root()) {
      folder_.emplace();
      path_ = *folder_ / "";
      (void)write_synthetic({.output = path_,
                             .layout = "gbu",
                             .name = "TOY",
                             .num_train_images = 203,
                             .num_test_images = 50,
                             .num_test_seen_images = 31,
                             .num_seen_classes = 11,
                             .num_unseen_classes = 4,
                             .attribute_dim = 9,
                             .feature_dim = feature_dim_});
    }
    broadcast(mpi_group(), path_);
  }
  // Nobody removes what another still reads.
  void TearDown() override { wait_for_all(); }

  static void wait_for_all() {
    Index nothing = 0;
    mpi_group().sum(std::span(&nothing, 1));
  }

  // All of TOY, or this rank's shard of it.
  [[nodiscard]] Dataset load(bool sharded) const {
    DatasetOptions options;
    options.data_path = path_;
    options.name = "TOY";
    if (sharded) options.shard = {mpi_group().rank(), mpi_group().size()};
    return load_dataset(options);
  }

  [[nodiscard]] std::string file(const char* name) const { return path_ + name; }

 private:
  Index feature_dim_;
  std::string path_;
  std::optional<TemporaryFolder> folder_;
};

}  // namespace dem::test
