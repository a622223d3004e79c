#include "dem/base/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

constexpr int kMaxThreads = 1024;

std::atomic<int> setting{0};

// CPUs that the scheduler lets this process run on.
int affinity_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return kMaxThreads;
  return CPU_COUNT(&set);
}

// Quota of control group v2 or v1, rounded up to whole CPUs; kMaxThreads where there is none.
int quota_threads() {
  double quota = 0.0;
  double period = 0.0;
  if (std::ifstream v2("/sys/fs/cgroup/cpu.max"); v2) {
    std::string text;
    if (!(v2 >> text >> period) || text == "max") return kMaxThreads;
    quota = std::atof(text.c_str());
  } else {
    std::ifstream q("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    std::ifstream p("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!(q >> quota) || !(p >> period)) return kMaxThreads;
  }
  if (quota <= 0.0 || period <= 0.0) return kMaxThreads;
  return static_cast<int>(std::min(quota / period + 0.999, double{kMaxThreads}));
}

}  // namespace

int available_threads() {
  static const int n = std::clamp(std::min(affinity_threads(), quota_threads()), 1, kMaxThreads);
  return n;
}

void set_num_threads(int n) {
  if (n < 0 || n > kMaxThreads) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("threads: expected 0 to ", kMaxThreads, ", got ", n));
  }
  setting.store(n);
}

int num_threads() {
  const int n = setting.load();
  return n > 0 ? n : available_threads();
}

}  // namespace dem
