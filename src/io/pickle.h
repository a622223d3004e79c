// Python's pickles, protocols 2 to 5, as plain values.
//
// A pickle is a program for a small stack machine, which can have Python call any function by name.
// This reader builds values and nothing else: a name stays text, a call stays the name and its
// arguments, and nothing is ever looked up or run. What calls mean is for others to say
// (io/pickle_calls.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dem {

enum class PickleKind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kLongInt,  // beyond 64 bits; its value is not kept
  kFloat,
  kText,   // UTF-8, as it says; not checked
  kBytes,  // also Python 2's str
  kList,
  kTuple,
  kDict,
  kName,        // of a function or class: "os.system"
  kCall,        // of something with arguments, which made an object
  kPersistent,  // a reference to what lies outside, by any value
};

using PickleId = std::uint32_t;

// The values of one pickle. The same one may stand in several places; none holds itself, and none
// is nested more than kDeepestPickle levels deep.
class Pickle {
 public:
  // `bytes` are one whole pickle, windows on which are handed out, so that they must outlive this.
  // Throws Error{kFormat} with `where` for a broken one, Error{kUnsupported} for an opcode that is
  // not read. Memory is at most 35 times the bytes, and 1 GiB.
  Pickle(std::span<const std::byte> bytes, const std::string& where);

  [[nodiscard]] PickleId root() const { return root_; }
  [[nodiscard]] std::size_t size() const { return values_.size(); }  // ids are below
  [[nodiscard]] std::size_t num_bytes() const { return bytes_.size(); }
  [[nodiscard]] PickleKind kind(PickleId id) const { return values_[id].kind; }
  // Of a kBool or kInt.
  [[nodiscard]] std::int64_t integer(PickleId id) const;
  // Of a kFloat.
  [[nodiscard]] double number(PickleId id) const;
  // Of a kText or kBytes.
  [[nodiscard]] std::span<const std::byte> bytes(PickleId id) const;
  // The same as characters; of a kName its module, a full stop and its name in there.
  [[nodiscard]] std::string_view text(PickleId id) const;
  // Of a kList or kTuple the elements; of a kDict, and of a kCall whose object was filled like a
  // dictionary or a list, keys and values in turn or elements.
  [[nodiscard]] std::span<const PickleId> items(PickleId id) const;
  // Of a kCall: what was called, and with what, a kTuple as a rule.
  [[nodiscard]] PickleId callee(PickleId id) const { return static_cast<PickleId>(values_[id].a); }
  [[nodiscard]] PickleId arguments(PickleId id) const {
    return static_cast<PickleId>(values_[id].b);
  }
  // Of a kCall: what the object was told to set itself up with; null where it was not.
  [[nodiscard]] const PickleId* state(PickleId id) const;
  // Of a kPersistent: by what it is referred to.
  [[nodiscard]] PickleId reference(PickleId id) const {
    return static_cast<PickleId>(values_[id].a);
  }

 private:
  friend class PickleMachine;

  static constexpr std::uint32_t kNoExtra = 0xffffffff;

  // 24 bytes, for there may be one a byte of the pickle.
  struct Value {
    PickleKind kind = PickleKind::kNone;
    std::uint32_t extra = kNoExtra;  // which of extras_ or names_
    std::uint64_t a = 0;  // the number's bits; where text or a tuple's elements start; callee
    std::uint64_t b = 0;  // how many bytes or elements; arguments
  };
  struct Extra {
    std::vector<PickleId> items;
    std::vector<PickleId> state;  // one, or none
  };

  [[nodiscard]] std::size_t num_children(PickleId id) const;
  [[nodiscard]] PickleId child(PickleId id, std::size_t k) const;
  // Throws where the root holds itself or is nested too deep.
  void check_nesting(const std::string& where) const;

  std::span<const std::byte> bytes_;
  std::deque<Value> values_;
  std::vector<PickleId> tuples_;  // the elements of all tuples
  std::deque<Extra> extras_;      // of lists, dictionaries and calls that hold something
  std::deque<std::string> names_;
  PickleId root_ = 0;
};

inline constexpr std::size_t kDeepestPickle = 100;

}  // namespace dem
