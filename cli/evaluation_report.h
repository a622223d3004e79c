// What dem eval reports beside the scores that cost nothing, whatever is evaluated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace CLI {
class App;
}

namespace dem::cli {

// Resamplings for the intervals of scores, where nobody says otherwise.
inline constexpr Index kBootstrap = 1000;

struct ReportOptions {
  bool per_class = false;
  std::optional<std::string> hits;
  std::optional<std::string> gamma;
  std::optional<std::string> curve, confusion;  // files to write
  Index bootstrap = kBootstrap;
};

void add_report_options(CLI::App& app, ReportOptions& options);

// Throws Error{kInvalidArgument} naming the option.
[[nodiscard]] EvaluationOptions evaluation_options(const ReportOptions& options);
// Before anything is read: files that can be written, and are not the same. The root writes.
void check_tables(const ReportOptions& options);
// Refuses data without test images, and options that mean nothing for this data.
void check_data(const ReportOptions& options, const Dataset& dataset);
// Refuses data without test images of unseen classes.
void require_unseen_images(const Dataset& dataset);
void warn_of_hits(const ReportOptions& options,
                  const std::vector<Index>& hits,
                  const Dataset& dataset);
// All ranks call it; the root writes.
void write_tables(const ReportOptions& options,
                  const Dataset& dataset,
                  const EvaluationResult& result);

}  // namespace dem::cli
