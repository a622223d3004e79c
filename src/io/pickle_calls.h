// What a pickle may call: the few names of PyTorch, NumPy and Python that tensors and arrays need.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/base/types.h"
#include "io/pickle.h"

namespace dem {

enum class PickleCall {
  kOrderedDict,
  kTensor,            // torch: storage, offset, shape, strides, ...
  kTensorOfBytes,     // the same with the type of numbers behind them
  kTensorWithFields,  // the same by way of a list of arguments, for one with attributes
  kParameter,         // torch: a tensor, ...
  kSize,              // torch: a tuple
  kDevice,            // torch
  kArray,             // numpy: an empty array, which its state fills
  kArrayOfBuffer,     // numpy, protocol 5: bytes, type, shape, order
  kArrayScalar,       // numpy: type, bytes
  kArrayType,         // numpy: "f4", ..., with a state
  kEncode,            // text to bytes
  kNoBytes,           // none at all, as protocol 2 has them
};

// A name for messages: a file chose it, so that only its first 200 characters are shown, and other
// bytes than plain characters as question marks.
[[nodiscard]] std::string printable_name(std::string_view name);

// Throws Error{kUnsupported} with `where`, naming what is called, unless all calls are of those
// above. Nothing is run either way. Throws Error{kFormat} where what another call made is changed.
void check_calls(const Pickle& pickle, const std::string& where);

// Which of them a value is; none where it is no call. check_calls() is over.
[[nodiscard]] std::optional<PickleCall> call_of(const Pickle& pickle, PickleId id);

// The positional arguments of a call, or the elements of a tuple. Throws Error{kFormat} with
// `where` for what is not there or of another kind.
class PickleArguments {
 public:
  // `what` names the tuple in messages: "arguments of a tensor". Throws where it is no tuple.
  PickleArguments(const Pickle& pickle, PickleId tuple, std::string what, const std::string& where);

  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] PickleId at(std::size_t k) const;
  [[nodiscard]] Index integer(std::size_t k) const;
  [[nodiscard]] bool boolean(std::size_t k) const;                 // also of a whole number
  [[nodiscard]] std::string_view text(std::size_t k) const;        // of kText or kBytes
  [[nodiscard]] std::string_view name(std::size_t k) const;        // of kName
  [[nodiscard]] std::vector<Index> integers(std::size_t k) const;  // of a tuple or torch.Size
  [[noreturn]] void fail(std::size_t k, const std::string& expected) const;

 private:
  const Pickle& pickle_;
  std::span<const PickleId> items_;
  std::string what_;
  const std::string& where_;
};

}  // namespace dem
