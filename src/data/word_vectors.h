// Word vectors that are asked for.
#pragma once

#include <string>
#include <string_view>

#include "dem/data/dataset.h"

namespace dem {

// For a train mode that needs them, where neither the data of `folder` nor the options have any.
[[noreturn]] void refuse_without_word_vectors(TrainMode mode,
                                              std::string_view dataset,
                                              const std::string& folder);

}  // namespace dem
