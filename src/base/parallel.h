// The library's thread team.
#pragma once

#include <algorithm>
#include <type_traits>

#include "dem/base/types.h"

namespace dem {

namespace detail {
// Calls body(context, piece) once for each piece 0 .. count-1, on num_threads() threads including
// the caller. An exception of the lowest-numbered failing piece among those run is thrown after all
// threads have stopped; pieces not yet begun are then left out.
void run_pieces(Index count, void (*body)(void* context, Index piece), void* context);
}  // namespace detail

// Calls body(first, last) for the pieces of [0, n) of `grain` items each. Which thread runs a piece
// is left to chance, the pieces are not: results depend on n and grain alone. Called from within a
// piece, or while another thread uses the team, it runs in the calling thread.
template <typename Body>
void parallel_for(Index n, Index grain, Body&& body) {
  struct Context {
    std::remove_reference_t<Body>* body;
    Index n, grain;
  } context{&body, n, grain};
  const Index count = n <= 0 ? 0 : (n + grain - 1) / grain;
  detail::run_pieces(
      count,
      [](void* raw, Index piece) {
        const auto& c = *static_cast<Context*>(raw);
        const Index first = piece * c.grain;
        (*c.body)(first, std::min(first + c.grain, c.n));
      },
      &context);
}

}  // namespace dem
