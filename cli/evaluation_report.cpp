#include "evaluation_report.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>

#include "common.h"
#include "output_file.h"
#include "processes.h"

namespace dem::cli {
namespace {

constexpr const char* kHits = "1,2,5,10,20";

// "1,2,5".
std::vector<Index> parse_hits(const std::string& text) {
  std::vector<Index> hits;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    Index k = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), k);
    if (error != std::errc() || end != part.data() + part.size() || k < 1) {
      throw Error(ErrorKind::kInvalidArgument,
                  "--hits: expected numbers of at least 1 with commas between, got " + text);
    }
    hits.push_back(k);
  }
  if (hits.empty() || text.back() == ',') {
    throw Error(ErrorKind::kInvalidArgument,
                "--hits: expected a number, got none" +
                    (hits.empty() ? std::string() : " behind the last comma of " + text));
  }
  return hits;
}

std::optional<double> parse_gamma(const std::optional<std::string>& given) {
  if (!given) return std::nullopt;
  const std::string& text = *given;
  if (text == "none") return 0.0;
  double gamma = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), gamma);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(gamma)) {
    return gamma;
  }
  throw Error(ErrorKind::kInvalidArgument,
              "--gamma: expected a finite number or none (val goes with --scores), got " + text);
}

}  // namespace

void add_report_options(CLI::App& app, ReportOptions& options) {
  app.add_option("--gamma",
                 options.gamma,
                 "Number to take off the scores of seen classes, or none; else the model's; with "
                 "--scores also val, by validation scores");
  app.add_option("--hits", options.hits, "The k of hit@k, commas between")->default_str(kHits);
  app.add_option("--bootstrap",
                 options.bootstrap,
                 "Times to draw the test images anew for the intervals of scores; 0: no intervals")
      ->capture_default_str();
  app.add_flag("--per-class", options.per_class, "A line a class, accuracies of both protocols");
  app.add_option("--curve",
                 options.curve,
                 "File to write with U and S for every gamma (CSV), whole or not at all")
      ->check(some_name());
  app.add_option("--confusion",
                 options.confusion,
                 "File to write with how many images of a class go to which (CSV)")
      ->check(some_name());
}

EvaluationOptions evaluation_options(const ReportOptions& options) {
  return {.hits = parse_hits(options.hits.value_or(kHits)),
          .gamma = parse_gamma(options.gamma),
          .oracle = true,
          .curve = options.curve.has_value(),
          .confusion = options.confusion.has_value(),
          .bootstrap = options.bootstrap};
}

void check_tables(const ReportOptions& options) {
  if (!group().is_root()) return;
  const auto check = [](const char* option, const std::optional<std::string>& path) {
    if (!path) return;
    if (*path == "-") {
      throw Error(ErrorKind::kInvalidArgument,
                  std::string(option) + ": expected a file, got -, which has the scores");
    }
    require_output_file(option, *path);
  };
  check("--curve", options.curve);
  check("--confusion", options.confusion);
  if (options.curve && options.confusion && is_same_file(*options.curve, *options.confusion)) {
    throw Error(ErrorKind::kInvalidArgument,
                "--confusion: expected another file than --curve, got " + *options.confusion);
  }
}

namespace {

// Without test images of unseen classes a few accuracies can be told, and no more.
void refuse_what_needs_unseen(const ReportOptions& options, const Dataset& dataset) {
  const std::pair<bool, const char*> others[] = {{options.curve.has_value(), "--curve"},
                                                 {options.confusion.has_value(), "--confusion"},
                                                 {options.gamma.has_value(), "--gamma"},
                                                 {options.hits.has_value(), "--hits"},
                                                 {options.per_class, "--per-class"}};
  for (const auto& [is_given, name] : others) {
    if (!is_given) continue;
    throw Error(ErrorKind::kInvalidArgument,
                std::string(name) +
                    ": expected data with test images of unseen classes, got none in dataset " +
                    dataset.name);
  }
}

}  // namespace

void require_unseen_images(const Dataset& dataset) {
  if (!dataset.split.test_unseen.empty()) return;
  throw Error(ErrorKind::kFormat,
              "dataset " + dataset.name +
                  ": expected test images of unseen classes, got none: there is nothing to "
                  "evaluate");
}

void check_data(const ReportOptions& options, const Dataset& dataset) {
  const bool has_unseen = !dataset.split.test_unseen.empty();
  if (!has_unseen && dataset.split.test_seen.empty()) {
    throw Error(ErrorKind::kFormat,
                "dataset " + dataset.name +
                    ": expected test images, got none of unseen classes and none of seen ones: "
                    "there is nothing to evaluate");
  }
  if (!has_unseen) return refuse_what_needs_unseen(options, dataset);
  if (!dataset.split.test_seen.empty()) return;
  const std::pair<bool, const char*> options_of_both[] = {{options.curve.has_value(), "--curve"},
                                                          {options.gamma.has_value(), "--gamma"}};
  for (const auto& [is_given, name] : options_of_both) {
    if (!is_given) continue;
    throw Error(ErrorKind::kInvalidArgument,
                std::string(name) +
                    ": expected data with test images of seen classes, got none in "
                    "dataset " +
                    dataset.name);
  }
}

void warn_of_hits(const ReportOptions& options,
                  const std::vector<Index>& hits,
                  const Dataset& dataset) {
  if (!options.hits) return;
  auto most = static_cast<Index>(dataset.unseen_classes.size());
  if (!dataset.split.test_seen.empty()) most += static_cast<Index>(dataset.seen_classes.size());
  for (const Index k : hits) {
    if (k < most) continue;
    log(LogLevel::kWarning,
        "--hits: " + std::to_string(k) + " is left out, since the images of dataset " +
            dataset.name + " go to " + std::to_string(most) + " classes");
  }
}

void write_tables(const ReportOptions& options,
                  const Dataset& dataset,
                  const EvaluationResult& result) {
  agree(group(), [&] {
    if (!group().is_root()) return;
    if (options.curve) write_curve(result.curve, *options.curve);
    if (options.confusion) {
      write_confusion(result.confusion, dataset.classes, *options.confusion);
    }
  });
}

}  // namespace dem::cli
