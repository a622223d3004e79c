// dem_bench: how fast the library is on this machine.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>

#include "dem/dem.h"
#include "workload.h"

namespace dem::bench {
namespace {

// Those whose names contain the filter; only that of the very name where there is one.
std::vector<Workload> chosen_workloads(const Options& options) {
  std::vector<Workload> workloads = search_workloads();
  for (auto list :
       {product_workloads(), step_workloads(), floor_workloads(), load_workloads(options)}) {
    workloads.insert(workloads.end(), list.begin(), list.end());
  }
  const bool exact = std::any_of(workloads.begin(), workloads.end(), [&](const Workload& w) {
    return w.name == options.filter;
  });
  std::erase_if(workloads, [&](const Workload& w) {
    return exact ? w.name != options.filter : w.name.find(options.filter) == std::string::npos;
  });
  return workloads;
}

void add_options(CLI::App& app, Options& options) {
  app.add_flag("--list", options.list, "Print the workloads and leave");
  app.add_option("--filter", options.filter, "Run the workloads whose names contain this");
  app.add_option("--repeats", options.repeats, "Timed runs of each")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--fraction", options.fraction, "Share of the queries or steps of each run")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "0: all that the process was given")
      ->capture_default_str();
  app.add_option("--data", options.data, "Keep the files that workload load reads in this folder");
  app.add_flag("--json", options.json, "One JSON object on standard output");
}

void print_line(const Result& result) {
  const double seconds = result.median_seconds();
  std::printf("%-24s %9.4f s  %12.1f %s/s",
              result.name.c_str(),
              seconds,
              result.work / seconds,
              result.unit.c_str());
  if (result.flops > 0.0) std::printf("  %7.1f GFLOP/s", result.flops / seconds * 1e-9);
  std::printf("\n");
  std::fflush(stdout);
}

nlohmann::ordered_json to_json(const Result& result) {
  return {{"name", result.name},
          {"unit", result.unit},
          {"work", result.work},
          {"flops", result.flops},
          {"seconds", result.seconds}};
}

void run(const Options& options) {
  set_num_threads(options.threads);
  nlohmann::ordered_json report = {{"machine", machine_description()},
                                   {"blas", blas_description()},
                                   {"threads", num_threads()},
                                   {"version", version()},
                                   {"results", nlohmann::ordered_json::array()}};
  if (!options.json) {
    std::printf("dem %s, %s, %d threads, %s; median of %d runs\n",
                std::string(version()).c_str(),
                machine_description().c_str(),
                num_threads(),
                blas_description(),
                options.repeats);
  }
  for (const Workload& workload : chosen_workloads(options)) {
    const Result result = measure(workload, options);
    if (options.json) {
      report["results"].push_back(to_json(result));
    } else {
      print_line(result);
    }
  }
  if (options.json) std::printf("%s\n", report.dump().c_str());
}

}  // namespace
}  // namespace dem::bench

int main(int argc, char** argv) {
  CLI::App app("Times the library's workloads.");
  dem::bench::Options options;
  dem::bench::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    if (options.list) {
      for (const dem::bench::Workload& workload : dem::bench::chosen_workloads(options)) {
        std::printf("%-24s %s\n", workload.name.c_str(), workload.what.c_str());
      }
      return 0;
    }
    dem::bench::run(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dem_bench: %s\n", error.what());
    return 1;
  }
}
