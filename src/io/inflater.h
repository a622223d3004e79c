// Inflates deflated data (RFC 1951) that lie in memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace dem {

class Inflater {
 public:
  explicit Inflater(std::span<const std::byte> compressed);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Writes up to n bytes to `to` and returns how many: fewer only at the end of the data, and where
  // they are broken, which sets problem().
  std::size_t inflate(std::byte* to, std::size_t n);

  // The last block is over.
  [[nodiscard]] bool ended() const;
  // What follows the last block, once ended.
  [[nodiscard]] std::span<const std::byte> rest() const;
  // What is wrong with the data; null where nothing is, or where they end early.
  [[nodiscard]] const char* problem() const { return problem_; }

 private:
  struct State;

  std::unique_ptr<State> state_;
  const char* problem_ = nullptr;
};

}  // namespace dem
