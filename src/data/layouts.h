// One loader a layout; load_dataset picks.
#pragma once

#include <optional>
#include <string>

#include "data/fingerprint.h"
#include "dem/data/dataset.h"

namespace dem {

// The folder that a layout would read under these options; none where it is not there.
[[nodiscard]] std::optional<std::string> find_dem_folder(const DatasetOptions& options);
[[nodiscard]] std::optional<std::string> find_gbu_folder(const DatasetOptions& options);

// What each layout looks for, as a message says it: "PATH/CUB_data/".
[[nodiscard]] std::string dem_expectation(const DatasetOptions& options);
[[nodiscard]] std::string gbu_expectation(const DatasetOptions& options);

// Everything but the fingerprint, to which they add the features, as not all of these may be kept.
[[nodiscard]] Dataset load_dem_layout(const DatasetOptions& options,
                                      const std::string& folder,
                                      DatasetFingerprint& fingerprint);
[[nodiscard]] Dataset load_gbu_layout(const DatasetOptions& options,
                                      const std::string& folder,
                                      DatasetFingerprint& fingerprint);

}  // namespace dem
