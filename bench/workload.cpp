#include "workload.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <thread>

namespace dem::bench {

double Result::median_seconds() const {
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

Result measure(const Workload& workload, const Options& options) {
  const Prepared prepared = workload.prepare(options);
  Result result{workload.name, workload.unit, prepared.work, prepared.flops, {}};
  prepared.run();
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    prepared.run();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    result.seconds.push_back(elapsed.count());
  }
  return result;
}

std::string machine_description() {
  std::string processor = "unknown processor";
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos) {
      processor = line.substr(line.find(": ") + 2);
      break;
    }
  }
  return processor + ", " + std::to_string(std::thread::hardware_concurrency()) + " processors";
}

}  // namespace dem::bench
