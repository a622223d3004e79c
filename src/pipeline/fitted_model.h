// The model that a fit gives.
#pragma once

#include "dem/learn/family.h"
#include "dem/pipeline/run_report.h"

namespace dem {

// Of some slots, for the dataset's classes; the report becomes its provenance.
[[nodiscard]] Model make_model(Learned learned, const ClassTable& classes, const RunReport& report);
// Of a network, behind a feature map.
[[nodiscard]] Model make_model(Network network,
                               const FeatureMap& feature_map,
                               const ClassTable& classes,
                               const RunReport& report);

}  // namespace dem
