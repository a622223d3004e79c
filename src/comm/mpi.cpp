// The one file that sees MPI.
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"
#include "dem/comm/communicator.h"

namespace dem {
namespace {

// MPI counts with int.
constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;

void check(int code, const char* what) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  MPI_Error_string(code, text.data(), &length);
  throw Error(ErrorKind::kComm, concat("MPI: ", what, ": ", text.data()));
}

template <typename Number>
void reduce(std::span<Number> values, MPI_Datatype type, MPI_Op operation) {
  for (std::size_t first = 0; first < values.size(); first += kMostAtOnce) {
    const auto part = values.subspan(first, std::min(kMostAtOnce, values.size() - first));
    check(MPI_Allreduce(MPI_IN_PLACE,
                        part.data(),
                        static_cast<int>(part.size()),
                        type,
                        operation,
                        MPI_COMM_WORLD),
          "reduction over all ranks");
  }
}

class MpiCommunicator : public Communicator {
 public:
  MpiCommunicator() {
    int joined = 0;
    MPI_Initialized(&joined);
    if (joined != 0) {
      throw Error(ErrorKind::kInternal, "MPI: expected to be joined once, got twice");
    }
    int provided = 0;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "start");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm host = MPI_COMM_NULL;
    check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &host),
          "ranks of a host");
    MPI_Comm_size(host, &local_size_);
    MPI_Comm_free(&host);
    if (provided < MPI_THREAD_FUNNELED) {
      throw Error(ErrorKind::kComm, "MPI: expected MPI_THREAD_FUNNELED, got less");
    }
  }
  ~MpiCommunicator() override { MPI_Finalize(); }

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }
  [[nodiscard]] int local_size() const override { return local_size_; }
  void sum(std::span<float> values) override { reduce(values, MPI_FLOAT, MPI_SUM); }
  void sum(std::span<double> values) override { reduce(values, MPI_DOUBLE, MPI_SUM); }
  void sum(std::span<Index> values) override { reduce(values, MPI_INT64_T, MPI_SUM); }
  void least(std::span<double> values) override { reduce(values, MPI_DOUBLE, MPI_MIN); }

  void broadcast(std::span<std::byte> bytes, int root) override {
    for (std::size_t first = 0; first < bytes.size(); first += kMostAtOnce) {
      const auto part = bytes.subspan(first, std::min(kMostAtOnce, bytes.size() - first));
      check(MPI_Bcast(part.data(), static_cast<int>(part.size()), MPI_BYTE, root, MPI_COMM_WORLD),
            "broadcast");
    }
  }

  [[nodiscard]] std::vector<std::vector<std::byte>> gather(
      std::span<const std::byte> bytes) override {
    std::vector<Index> sizes(static_cast<std::size_t>(size_));
    sizes[static_cast<std::size_t>(rank_)] = static_cast<Index>(bytes.size());
    sum(std::span(sizes));
    if (rank_ != 0) {
      send(bytes);
      return {};
    }
    std::vector<std::vector<std::byte>> gathered;
    gathered.emplace_back(bytes.begin(), bytes.end());
    for (int from = 1; from < size_; ++from) {
      gathered.emplace_back(static_cast<std::size_t>(sizes[static_cast<std::size_t>(from)]));
      receive(gathered.back(), from);
    }
    return gathered;
  }

  [[noreturn]] void abort(int status) override {
    MPI_Abort(MPI_COMM_WORLD, status);
    std::_Exit(status);
  }

 private:
  static void send(std::span<const std::byte> bytes) {
    for (std::size_t first = 0; first < bytes.size(); first += kMostAtOnce) {
      const auto part = bytes.subspan(first, std::min(kMostAtOnce, bytes.size() - first));
      check(MPI_Send(part.data(), static_cast<int>(part.size()), MPI_BYTE, 0, 0, MPI_COMM_WORLD),
            "sending to rank 0");
    }
  }
  static void receive(std::span<std::byte> bytes, int from) {
    for (std::size_t first = 0; first < bytes.size(); first += kMostAtOnce) {
      const auto part = bytes.subspan(first, std::min(kMostAtOnce, bytes.size() - first));
      check(MPI_Recv(part.data(),
                     static_cast<int>(part.size()),
                     MPI_BYTE,
                     from,
                     0,
                     MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE),
            "receiving on rank 0");
    }
  }

  int rank_ = 0;
  int size_ = 1;
  int local_size_ = 1;
};

}  // namespace

std::unique_ptr<Communicator> join_mpi() {
  return std::make_unique<MpiCommunicator>();
}

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace dem
