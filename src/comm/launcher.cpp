#include <charconv>
#include <cstdlib>
#include <cstring>

#include "dem/comm/communicator.h"

namespace dem {

int launched_processes() {
  // Open MPI; MPICH and Intel MPI (Hydra); MVAPICH2. srun sets PMI_SIZE where it starts MPI ranks.
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"}) {
    const char* text = std::getenv(variable);
    if (text == nullptr) continue;
    int count = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), count);
    if (error == std::errc() && *end == '\0' && count > 0) return count;
  }
  return 1;
}

}  // namespace dem
