#include "dem/comm/communicator.h"

namespace dem {

std::unique_ptr<Communicator> join_mpi() {
  throw Error(ErrorKind::kUnsupported,
              "this build of dem has no MPI, so it cannot work with other processes: configure it "
              "with -DDEM_WITH_MPI=ON");
}

std::string mpi_version() {
  return "";
}

}  // namespace dem
