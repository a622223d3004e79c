#include <cstdlib>

#include "dem/comm/communicator.h"

namespace dem {
namespace {

class SelfCommunicator : public Communicator {
 public:
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return 1; }
  [[nodiscard]] int local_size() const override { return 1; }
  void sum(std::span<float> /*values*/) override {}
  void sum(std::span<double> /*values*/) override {}
  void sum(std::span<Index> /*values*/) override {}
  void least(std::span<double> /*values*/) override {}
  void broadcast(std::span<std::byte> /*bytes*/, int /*root*/) override {}
  [[nodiscard]] std::vector<std::vector<std::byte>> gather(
      std::span<const std::byte> bytes) override {
    return {std::vector<std::byte>(bytes.begin(), bytes.end())};
  }
  [[noreturn]] void abort(int status) override { std::_Exit(status); }
};

}  // namespace

Communicator& self_communicator() {
  static SelfCommunicator self;
  return self;
}

}  // namespace dem
