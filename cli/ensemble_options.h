// Option --ensemble of dem train.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "dem/dem.h"

namespace dem::cli {

// The members that a text asks for: a number K of 2 .. 100, K members of the recipe of the run, or
// two names of recipes or more, with commas. Member i has seed + i.
//   plan     the recipe of the run where it has this name; "": where nobody says another name
//   recipe   what --recipe says; empty: nothing
// Throws Error{kInvalidArgument} for another text, for names beside a --recipe, and where no seed
// is left.
[[nodiscard]] std::vector<MemberRun> ensemble_members(
    const std::string& text,
    const std::string& recipe,
    std::uint64_t seed,
    const std::function<Recipe(const std::string& name)>& plan);

// The recipe whose rule for missing descriptions is that of the run: the first that fills them in,
// else the first.
[[nodiscard]] std::string recipe_for_missing(const FitOptions& fit);

// Throws Error{kInvalidArgument} where some members take the data's original attributes and others
// do not.
void require_same_attributes(const FitOptions& fit);

}  // namespace dem::cli
