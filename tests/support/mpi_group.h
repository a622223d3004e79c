// The group of the ranks that run a test program.
#pragma once

#include "dem/comm/communicator.h"

namespace dem {

[[nodiscard]] Communicator& mpi_group();

}  // namespace dem
