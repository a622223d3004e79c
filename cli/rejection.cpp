#include "rejection.h"

#include <cstdio>

namespace dem::cli {
namespace {

[[noreturn]] void refuse_precision(const std::string& expected, const std::string& got) {
  throw Error(ErrorKind::kInvalidArgument,
              "--reject-at-precision: expected " + expected + ", got " + got +
                  "; --reject-below takes a probability of your own choice");
}

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string shown_percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100.0 * share);
  return text;
}

std::string calibration_of(const Model& model) {
  const auto found = model.provenance.find("calibration");
  return found == model.provenance.end() ? "unknown" : found->second;
}

std::string candidates_text(const RejectionCurve& curve) {
  const std::string least = std::to_string(curve.least_candidates);
  const std::string most = std::to_string(curve.most_candidates);
  return (least == most ? most : least + " to " + most) + " classes";
}

void require_curve(const Model& model) {
  if (!model.rejection.empty()) return;
  refuse_precision(
      "a model that knows its precision on held-out images, as recipes that learn at once measure "
      "it (auto, for one) where there are three seen classes or more with images",
      "one without (calibration: " + calibration_of(model) + ")");
}

double threshold_at(double precision, const Model& model, Index num_candidates) {
  if (!(precision > 0.0 && precision <= 1.0)) {
    refuse_precision("a number above 0, at most 1", shown(precision));
  }
  require_curve(model);
  const RejectionCurve& curve = model.rejection;
  const RejectionCurve::Point& best = curve.points.back();
  if (best.precision < precision) {
    refuse_precision("one that was reached on held-out images, at most " + shown(best.precision) +
                         " (" + shown_percent(best.accepted) + " of " +
                         std::to_string(curve.num_images) + " images accepted)",
                     shown(precision));
  }
  const RejectionCurve::Point& point = curve.at_precision(precision);
  log(LogLevel::kInfo,
      "rejected is what has a probability below " + shown(point.threshold) + ": of " +
          std::to_string(curve.num_images) + " held-out images (" + calibration_of(model) +
          ") it accepts " + shown_percent(point.accepted) + ", of which " +
          shown_percent(point.precision) + " are right, among " + candidates_text(curve));
  if (num_candidates < curve.least_candidates || num_candidates > curve.most_candidates) {
    log(LogLevel::kWarning,
        "that precision was measured among " + candidates_text(curve) + ", and " +
            std::to_string(num_candidates) + " are searched: it may be another one here");
  }
  return point.threshold;
}

}  // namespace

void add_rejection_options(CLI::App& app, RejectionOptions& options, const std::string& of) {
  app.add_option("--reject-below",
                 options.below,
                 of + "Reject rows whose first class has a lower probability");
  app.add_option("--reject-at-precision",
                 options.at_precision,
                 of + "The same at the lowest probability with this share of right rows among the "
                      "accepted ones, as training measured it on held-out images");
}

const char* given_option(const RejectionOptions& options) {
  return options.below          ? "--reject-below"
         : options.at_precision ? "--reject-at-precision"
                                : nullptr;
}

double reject_below(const RejectionOptions& options, const Model& model, Index num_candidates) {
  if (options.below && options.at_precision) {
    throw Error(ErrorKind::kInvalidArgument,
                "--reject-at-precision: expected it or --reject-below, got both");
  }
  if (!options.at_precision) return options.below.value_or(0.0);
  return threshold_at(*options.at_precision, model, num_candidates);
}

}  // namespace dem::cli
