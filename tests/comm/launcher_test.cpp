#include <gtest/gtest.h>

#include <cstdlib>

#include "dem/comm/communicator.h"

namespace dem {
namespace {

class LauncherTest : public testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static void clear() {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE",
                             "PMI_SIZE",
                             "MV2_COMM_WORLD_SIZE",
                             "SLURM_STEP_NUM_TASKS",
                             "PMIX_RANK"}) {
      unsetenv(name);
    }
  }
};

TEST_F(LauncherTest, WithoutALauncherThereIsOneProcess) {
  EXPECT_EQ(launched_processes(), 1);
}

TEST_F(LauncherTest, ReadsWhatEachLauncherSets) {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"}) {
    setenv(name, "8", 1);
    EXPECT_EQ(launched_processes(), 8) << name;
    unsetenv(name);
  }
}

TEST_F(LauncherTest, TasksOfSlurmAreRanksWherePmixNumbersThem) {
  setenv("SLURM_STEP_NUM_TASKS", "4", 1);
  EXPECT_EQ(launched_processes(), 1);
  setenv("PMIX_RANK", "0", 1);
  EXPECT_EQ(launched_processes(), 4);
}

TEST_F(LauncherTest, WhatIsNoNumberOfProcessesSaysNothing) {
  for (const char* text : {"", "0", "-2", "4 of 8", "many"}) {
    setenv("OMPI_COMM_WORLD_SIZE", text, 1);
    EXPECT_EQ(launched_processes(), 1) << text;
  }
}

}  // namespace
}  // namespace dem
