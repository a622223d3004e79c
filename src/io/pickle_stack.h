// The stack of a pickle's machine, with its marks, and its memo.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/pickle.h"
#include "io/pickle_input.h"

namespace dem {

// Everything throws Error{kFormat} by way of `input` for what is not there. What lies below the
// innermost mark is out of reach.
class PickleStack {
 public:
  explicit PickleStack(const PickleInput& input) : input_(input) {}

  void push(PickleId id) { values_.push_back(id); }
  PickleId pop();
  // The uppermost value, which `what` names in the message.
  [[nodiscard]] PickleId top(const char* what) const;
  void mark() { marks_.push_back(values_.size()); }
  // The values above the innermost mark, which goes with them.
  std::vector<PickleId> pop_to_mark();
  // The only value there is.
  [[nodiscard]] PickleId only() const;

  // Keeps the uppermost value as number `index`, or as the next one. Picklers count from 0 or 1
  // upwards, so that no more numbers than bytes can be meant.
  void keep(std::uint64_t index);
  void keep_next() { keep(kept_); }
  void push_kept(std::uint64_t index);

 private:
  static constexpr PickleId kNothing = 0xffffffff;

  [[nodiscard]] std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  const PickleInput& input_;
  std::vector<PickleId> values_;
  std::vector<std::size_t> marks_;  // sizes of values_
  std::vector<PickleId> memo_;
  std::size_t kept_ = 0;
};

}  // namespace dem
