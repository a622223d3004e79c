#include "io/pickle_calls.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

struct CallName {
  std::string_view name;
  PickleCall call;
};

constexpr CallName kCalls[] = {
    {"collections.OrderedDict", PickleCall::kOrderedDict},
    {"torch._utils._rebuild_tensor_v2", PickleCall::kTensor},
    {"torch._utils._rebuild_tensor_v3", PickleCall::kTensorOfBytes},
    {"torch._tensor._rebuild_from_type_v2", PickleCall::kTensorWithFields},
    {"torch._utils._rebuild_parameter", PickleCall::kParameter},
    {"torch._utils._rebuild_parameter_with_state", PickleCall::kParameter},
    {"torch.Size", PickleCall::kSize},
    {"torch.device", PickleCall::kDevice},
    {"numpy.core.multiarray._reconstruct", PickleCall::kArray},
    {"numpy._core.multiarray._reconstruct", PickleCall::kArray},
    {"numpy.core.numeric._frombuffer", PickleCall::kArrayOfBuffer},
    {"numpy._core.numeric._frombuffer", PickleCall::kArrayOfBuffer},
    {"numpy.core.multiarray.scalar", PickleCall::kArrayScalar},
    {"numpy._core.multiarray.scalar", PickleCall::kArrayScalar},
    {"numpy.dtype", PickleCall::kArrayType},
    {"_codecs.encode", PickleCall::kEncode},
    {"builtins.bytes", PickleCall::kNoBytes},
    {"__builtin__.bytes", PickleCall::kNoBytes}};

// Whose objects may be filled with items, or told to set themselves up.
bool may_be_filled(PickleCall call) {
  return call == PickleCall::kOrderedDict;
}
bool may_be_set_up(PickleCall call) {
  return call == PickleCall::kOrderedDict || call == PickleCall::kArray ||
         call == PickleCall::kArrayType;
}

}  // namespace

std::string printable_name(std::string_view name) {
  std::string text(name.substr(0, 200));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

void check_calls(const Pickle& pickle, const std::string& where) {
  for (PickleId id = 0; id < pickle.size(); ++id) {
    if (pickle.kind(id) != PickleKind::kCall) continue;
    const PickleId callee = pickle.callee(id);
    if (const auto call = call_of(pickle, id)) {
      const bool filled = !pickle.items(id).empty() && !may_be_filled(*call);
      const bool set_up = pickle.state(id) != nullptr && !may_be_set_up(*call);
      if (!filled && !set_up) continue;
      throw Error(ErrorKind::kFormat,
                  concat(where, ": expected what ", pickle.text(callee), " makes, got it changed"));
    }
    const std::string name = pickle.kind(callee) == PickleKind::kName
                                 ? printable_name(pickle.text(callee))
                                 : std::string("something without a name");
    throw Error(ErrorKind::kUnsupported,
                concat(where,
                       ": expected tensors, arrays and plain values, got a call of ",
                       name,
                       "; nothing was executed. Save tensors and arrays alone: "
                       "torch.save(model.state_dict(), path), torch.save(tensor, path), "
                       "numpy.save(path, array)"));
  }
}

std::optional<PickleCall> call_of(const Pickle& pickle, PickleId id) {
  if (pickle.kind(id) != PickleKind::kCall) return std::nullopt;
  const PickleId callee = pickle.callee(id);
  if (pickle.kind(callee) != PickleKind::kName) return std::nullopt;
  for (const CallName& row : kCalls) {
    if (row.name == pickle.text(callee)) return row.call;
  }
  return std::nullopt;
}

PickleArguments::PickleArguments(const Pickle& pickle,
                                 PickleId tuple,
                                 std::string what,
                                 const std::string& where)
    : pickle_(pickle), what_(std::move(what)), where_(where) {
  if (pickle.kind(tuple) != PickleKind::kTuple) {
    throw Error(ErrorKind::kFormat, concat(where_, ": expected ", what_, ", got no tuple"));
  }
  items_ = pickle.items(tuple);
}

void PickleArguments::fail(std::size_t k, const std::string& expected) const {
  throw Error(ErrorKind::kFormat,
              concat(where_,
                     ": ",
                     what_,
                     ": expected ",
                     expected,
                     " at position ",
                     k,
                     k < items_.size() ? ", got something else" : ", got none"));
}

PickleId PickleArguments::at(std::size_t k) const {
  if (k >= items_.size()) fail(k, "a value");
  return items_[k];
}

Index PickleArguments::integer(std::size_t k) const {
  if (pickle_.kind(at(k)) != PickleKind::kInt) fail(k, "a whole number");
  return pickle_.integer(at(k));
}

bool PickleArguments::boolean(std::size_t k) const {
  const PickleKind kind = pickle_.kind(at(k));
  if (kind != PickleKind::kBool && kind != PickleKind::kInt) fail(k, "true or false");
  return pickle_.integer(at(k)) != 0;
}

std::string_view PickleArguments::text(std::size_t k) const {
  const PickleKind kind = pickle_.kind(at(k));
  if (kind != PickleKind::kText && kind != PickleKind::kBytes) fail(k, "text");
  return pickle_.text(at(k));
}

std::string_view PickleArguments::name(std::size_t k) const {
  if (pickle_.kind(at(k)) != PickleKind::kName) fail(k, "a name");
  return pickle_.text(at(k));
}

std::vector<Index> PickleArguments::integers(std::size_t k) const {
  PickleId id = at(k);
  if (call_of(pickle_, id) == PickleCall::kSize) {
    id = PickleArguments(pickle_, pickle_.arguments(id), "arguments of torch.Size", where_).at(0);
  }
  constexpr std::size_t kMostAxes = 64;  // as of torch and numpy
  if (pickle_.kind(id) != PickleKind::kTuple) fail(k, "a tuple of whole numbers");
  if (pickle_.items(id).size() > kMostAxes) fail(k, concat("at most ", kMostAxes, " numbers"));
  std::vector<Index> values;
  for (const PickleId item : pickle_.items(id)) {
    if (pickle_.kind(item) != PickleKind::kInt) fail(k, "a tuple of whole numbers");
    values.push_back(pickle_.integer(item));
  }
  return values;
}

}  // namespace dem
