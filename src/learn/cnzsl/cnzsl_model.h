// The trained network as slots of a model.
#pragma once

#include "dem/model/mlp_map.h"
#include "learn/cnzsl/cnzsl_training.h"

namespace dem {

// At test time class normalisation goes by its running moments, which is affine: it becomes a part
// of the layer before it, or of the one behind. So do the lengths of descriptions.
[[nodiscard]] MlpMap mlp_of(const CnzslNetwork& network,
                            const CnzslSettings& settings,
                            const ClassInput& input);

}  // namespace dem
