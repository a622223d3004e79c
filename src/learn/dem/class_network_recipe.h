// Recipe `dem`, an entry of the family's list.
#pragma once

#include <string_view>

#include "dem/learn/family.h"

namespace dem {

[[nodiscard]] Recipe make_class_network(std::string_view dataset, TrainMode mode);
void check_class_network(const Recipe& recipe);
[[nodiscard]] Learned learn_class_network(const Recipe& recipe, const LearningData& data);

}  // namespace dem
