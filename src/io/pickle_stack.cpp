#include "io/pickle_stack.h"

#include "base/text.h"

namespace dem {

PickleId PickleStack::pop() {
  const PickleId id = top("a value on the stack");
  values_.pop_back();
  return id;
}

PickleId PickleStack::top(const char* what) const {
  if (values_.size() <= floor()) input_.fail(concat("expected ", what, ", got none"));
  return values_.back();
}

std::vector<PickleId> PickleStack::pop_to_mark() {
  if (marks_.empty()) input_.fail("expected a mark on the stack, got none");
  const auto first = values_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<PickleId> taken(first, values_.end());
  values_.erase(first, values_.end());
  marks_.pop_back();
  return taken;
}

PickleId PickleStack::only() const {
  if (values_.size() != 1 || !marks_.empty()) {
    input_.fail(concat("expected one value at the end, got ", values_.size()));
  }
  return values_.front();
}

void PickleStack::keep(std::uint64_t index) {
  if (index > input_.position()) {
    input_.fail(concat("expected the memo's next number, got ", index));
  }
  const PickleId id = top("a value to keep");
  const auto place = static_cast<std::size_t>(index);
  if (memo_.size() <= place) memo_.resize(place + 1, kNothing);
  if (memo_[place] == kNothing) ++kept_;
  memo_[place] = id;
}

void PickleStack::push_kept(std::uint64_t index) {
  if (index >= memo_.size() || memo_[static_cast<std::size_t>(index)] == kNothing) {
    input_.fail(concat("expected a number of the memo, got ", index));
  }
  values_.push_back(memo_[static_cast<std::size_t>(index)]);
}

}  // namespace dem
