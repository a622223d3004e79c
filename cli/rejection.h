// Options of a command that rejects images whose first class is not probable enough.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "dem/dem.h"

namespace dem::cli {

struct RejectionOptions {
  std::optional<double> below;         // a probability
  std::optional<double> at_precision;  // what the model's own curve says of held-out images
};

// `of` begins the help: what the options are for, "" or "Graph classify: ".
void add_rejection_options(CLI::App& app, RejectionOptions& options, const std::string& of = "");

// "--reject-below" or "--reject-at-precision", whichever was given; null: none.
[[nodiscard]] const char* given_option(const RejectionOptions& options);

// The probability below which rows are rejected, 0: none; the log says where a precision has led
// and what it was measured on.
//   num_candidates  the classes that are searched
// Throws Error{kInvalidArgument} where both were given, and for a precision that the model's curve
// does not have, with the way out.
[[nodiscard]] double reject_below(const RejectionOptions& options,
                                  const Model& model,
                                  Index num_candidates);

}  // namespace dem::cli
