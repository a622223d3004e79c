// Named workloads and how they are timed.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dem::bench {

struct Options {
  std::string filter;     // run the workloads whose names contain it
  int repeats = 5;        // timed runs a workload, after one that is not timed
  double fraction = 1.0;  // of the queries or steps of each workload, in (0, 1]
  std::string data;       // folder for the files of workload load; empty: a temporary one
  int threads = 0;        // 0: all that the process was given
  bool list = false;      // print the names and leave
  bool json = false;      // one JSON object instead of lines
};

// What one run does; made by a workload's prepare(), which is not timed.
struct Prepared {
  std::function<void()> run;
  double work = 0.0;   // units done by a run
  double flops = 0.0;  // floating-point operations that the textbook needs for it; 0: not counted
};

struct Workload {
  std::string name;  // "search/200-euclidean"
  std::string what;  // one line for a person
  std::string unit;  // "rows", "steps", "images"
  std::function<Prepared(const Options&)> prepare;
};

struct Result {
  std::string name;
  std::string unit;
  double work = 0.0;
  double flops = 0.0;
  std::vector<double> seconds;  // of each timed run, in order

  [[nodiscard]] double median_seconds() const;
};

// One run that is not timed (it fills caches and faults pages in), then options.repeats timed ones.
[[nodiscard]] Result measure(const Workload& workload, const Options& options);

// One list a file.
[[nodiscard]] std::vector<Workload> search_workloads();
[[nodiscard]] std::vector<Workload> product_workloads();
[[nodiscard]] std::vector<Workload> step_workloads();
[[nodiscard]] std::vector<Workload> floor_workloads();
[[nodiscard]] std::vector<Workload> load_workloads(const Options& options);

// "AMD EPYC ..., 2 processors", from the operating system.
[[nodiscard]] std::string machine_description();

}  // namespace dem::bench
