// A saved run, read by one rank, for all.
#pragma once

#include "dem/comm/communicator.h"
#include "pipeline/saved_run.h"

namespace dem {

// Rank 0 calls load_saved_run; every rank gets the same run. All throw alike. The notes and the
// number of ranks are for rank 0.
[[nodiscard]] SavedRun load_saved_run(Communicator& group,
                                      const std::string& path,
                                      const FitOptions& options,
                                      const Dataset& dataset);

}  // namespace dem
