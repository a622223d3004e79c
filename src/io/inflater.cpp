#include "io/inflater.h"

#include <isa-l.h>

#include <algorithm>
#include <limits>

namespace dem {
namespace {

constexpr std::size_t kMost = std::numeric_limits<std::int32_t>::max();  // of one call

const char* problem_of(int status) {
  switch (status) {
    case ISAL_DECOMP_OK:
    case ISAL_END_INPUT:
    case ISAL_OUT_OVERFLOW:
      return nullptr;
    case ISAL_INVALID_BLOCK:
      return "invalid block";
    case ISAL_INVALID_SYMBOL:
      return "invalid code";
    case ISAL_INVALID_LOOKBACK:
      return "invalid distance too far back";
    default:
      return "invalid data";
  }
}

}  // namespace

struct Inflater::State {
  inflate_state inflating;
  std::span<const std::byte> waiting;  // input that inflating has not been shown

  void show_input() {
    const std::size_t count = std::min(waiting.size(), kMost);
    // The library takes bytes that it only reads for mutable ones.
    auto* first = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(waiting.data()));
    inflating.next_in = first;
    inflating.avail_in = static_cast<std::uint32_t>(count);
    waiting = waiting.subspan(count);
  }
};

Inflater::Inflater(std::span<const std::byte> compressed) : state_(std::make_unique<State>()) {
  isal_inflate_init(&state_->inflating);
  state_->inflating.crc_flag = ISAL_DEFLATE;
  state_->waiting = compressed;
}

Inflater::~Inflater() = default;

std::size_t Inflater::inflate(std::byte* to, std::size_t n) {
  inflate_state& inflating = state_->inflating;
  std::size_t written = 0;
  while (written < n && !ended() && problem_ == nullptr) {
    if (inflating.avail_in == 0) state_->show_input();
    const auto room = static_cast<std::uint32_t>(std::min(n - written, kMost));
    const std::uint32_t input = inflating.avail_in;
    inflating.next_out = reinterpret_cast<std::uint8_t*>(to + written);
    inflating.avail_out = room;
    problem_ = problem_of(isal_inflate(&inflating));
    const std::uint32_t got = room - inflating.avail_out;
    written += got;
    if (got == 0 && inflating.avail_in == input && state_->waiting.empty()) break;
  }
  return written;
}

bool Inflater::ended() const {
  return state_->inflating.block_state == ISAL_BLOCK_FINISH;
}

std::span<const std::byte> Inflater::rest() const {
  const inflate_state& inflating = state_->inflating;
  // Whole bytes that were taken in and not used.
  const std::int32_t unused = std::max(inflating.read_in_length, 0) / 8;
  const auto* next = reinterpret_cast<const std::byte*>(inflating.next_in) - unused;
  const std::byte* end = state_->waiting.data() + state_->waiting.size();
  return {next, end};
}

}  // namespace dem
