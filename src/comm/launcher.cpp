#include <charconv>
#include <cstdlib>
#include <cstring>

#include "dem/comm/communicator.h"

namespace dem {

int launched_processes() {
  // Open MPI; MPICH and Intel MPI (Hydra), srun --mpi=pmi2; MVAPICH2; srun --mpi=pmix, whose number
  // of tasks is set for programs too that are not to work together, and counts beside a rank only.
  const char* const tasks = std::getenv("PMIX_RANK") != nullptr ? "SLURM_STEP_NUM_TASKS" : "";
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", tasks}) {
    const char* text = std::getenv(variable);
    if (text == nullptr) continue;
    int count = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), count);
    if (error == std::errc() && *end == '\0' && count > 0) return count;
  }
  return 1;
}

}  // namespace dem
