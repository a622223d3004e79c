#include "io/pickle.h"

#include <bit>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::int64_t Pickle::integer(PickleId id) const {
  return static_cast<std::int64_t>(values_[id].a);
}

double Pickle::number(PickleId id) const {
  return std::bit_cast<double>(values_[id].a);
}

std::span<const std::byte> Pickle::bytes(PickleId id) const {
  const Value& value = values_[id];
  return bytes_.subspan(static_cast<std::size_t>(value.a), static_cast<std::size_t>(value.b));
}

std::string_view Pickle::text(PickleId id) const {
  if (values_[id].kind == PickleKind::kName) return names_[values_[id].extra];
  const auto window = bytes(id);
  return {reinterpret_cast<const char*>(window.data()), window.size()};
}

std::span<const PickleId> Pickle::items(PickleId id) const {
  const Value& value = values_[id];
  if (value.kind == PickleKind::kTuple) {
    return std::span(tuples_).subspan(static_cast<std::size_t>(value.a),
                                      static_cast<std::size_t>(value.b));
  }
  const bool filled = value.kind == PickleKind::kList || value.kind == PickleKind::kDict ||
                      value.kind == PickleKind::kCall;
  if (!filled || value.extra == kNoExtra) return {};
  return extras_[value.extra].items;
}

const PickleId* Pickle::state(PickleId id) const {
  const Value& value = values_[id];
  if (value.extra == kNoExtra || extras_[value.extra].state.empty()) return nullptr;
  return extras_[value.extra].state.data();
}

std::size_t Pickle::num_children(PickleId id) const {
  switch (kind(id)) {
    case PickleKind::kList:
    case PickleKind::kTuple:
    case PickleKind::kDict:
      return items(id).size();
    case PickleKind::kCall:
      return items(id).size() + (state(id) != nullptr ? 3 : 2);
    case PickleKind::kPersistent:
      return 1;
    default:
      return 0;
  }
}

PickleId Pickle::child(PickleId id, std::size_t k) const {
  if (kind(id) == PickleKind::kPersistent) return reference(id);
  const auto held = items(id);
  if (k < held.size()) return held[k];
  switch (k - held.size()) {
    case 0:
      return callee(id);
    case 1:
      return arguments(id);
    default:
      return *state(id);
  }
}

// Walks with a stack of its own: the file must not choose how deep ours gets.
void Pickle::check_nesting(const std::string& where) const {
  constexpr std::uint8_t kNew = 0;
  constexpr std::uint8_t kOpen = 255;  // it is being walked: who meets it again is within it
  static_assert(kDeepestPickle < kOpen);
  struct Place {
    PickleId id;
    std::size_t next = 0;
    std::uint8_t height = 0;  // of the highest child so far
  };
  std::vector<std::uint8_t> heights(values_.size(), kNew);
  std::vector<Place> path = {{root_}};
  const auto refuse = [&](const std::string& got) {
    throw Error(ErrorKind::kUnsupported, concat(where, ": expected plain values, got ", got));
  };
  heights[root_] = kOpen;
  while (!path.empty()) {
    Place& place = path.back();
    if (place.next < num_children(place.id)) {
      const PickleId id = child(place.id, place.next++);
      if (heights[id] == kOpen) refuse("one that holds itself");
      if (heights[id] != kNew) {
        place.height = std::max(place.height, heights[id]);
      } else if (num_children(id) == 0) {
        place.height = std::max<std::uint8_t>(place.height, heights[id] = 1);
      } else {
        heights[id] = kOpen;
        path.push_back({id});  // `place` is gone
      }
    } else {
      const auto height = static_cast<std::uint8_t>(place.height + 1);
      heights[place.id] = height;
      path.pop_back();
      if (!path.empty()) path.back().height = std::max(path.back().height, height);
    }
    const bool too_deep =
        path.size() > kDeepestPickle || (!path.empty() && path.back().height > kDeepestPickle);
    if (too_deep) refuse(concat("some that are nested more than ", kDeepestPickle, " levels deep"));
  }
}

}  // namespace dem
