// NumPy's arrays and scalars in pickles: __reduce__ of ndarray, dtype and generic.
#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/pickle_calls.h"
#include "io/pickled_array.h"

namespace dem {
namespace {

// Bytes, or how protocol 2 spells them.
struct RawBytes {
  std::span<const std::byte> bytes;
  bool as_text = false;  // of UTF-8
  std::size_t size = 0;  // as bytes
};

// A byte of Latin-1 takes one byte of UTF-8, or two from 0x80 on. Calls take(byte) for each.
template <typename Take>
void for_each_latin1(std::span<const std::byte> text, const std::string& where, Take&& take) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(text[i]);
    if (byte < 0x80) {
      take(byte);
      continue;
    }
    const unsigned next = i + 1 < text.size() ? std::to_integer<unsigned>(text[i + 1]) : 0;
    if ((byte & 0xfe) != 0xc2 || (next & 0xc0) != 0x80) {
      throw Error(ErrorKind::kFormat,
                  concat(where, ": expected bytes as text in Latin-1, got other characters"));
    }
    take((byte & 3u) << 6 | (next & 0x3fu));
    ++i;
  }
}

class NumpyReader {
 public:
  NumpyReader(const Pickle& pickle, const std::string& where) : pickle_(pickle), where_(where) {}

  PickledArray read(PickleId call) {
    switch (*call_of(pickle_, call)) {
      case PickleCall::kArray:
        return array_with_state(call);
      case PickleCall::kArrayOfBuffer:
        return array_of_buffer(call);
      default:
        return scalar(call);
    }
  }

 private:
  // _reconstruct(ndarray, (0,), b"b"), then the state (version, shape, type, fortran_order, data).
  PickledArray array_with_state(PickleId call) {
    const PickleArguments arguments(
        pickle_, pickle_.arguments(call), "arguments of an array", where_);
    if (arguments.name(0) != "numpy.ndarray") {
      PickledArray other;
      other.info.note = concat("an array of class ", printable_name(arguments.name(0)));
      return other;
    }
    const PickleId* state_id = pickle_.state(call);
    if (state_id == nullptr) fail("an array with a state", "none");
    const PickleArguments state(pickle_, *state_id, "an array's state", where_);
    if (state.integer(0) != 1) fail("an array's state of version 1", concat(state.integer(0)));
    const NpyHeader header{type_of(state.at(2)), state.boolean(3), state.integers(1)};
    if (pickle_.kind(state.at(4)) == PickleKind::kList) return objects(header, state.at(4));
    return numbers(header, raw_bytes(state.at(4)));
  }

  // _frombuffer(bytes, type, shape, order)
  PickledArray array_of_buffer(PickleId call) {
    const PickleArguments arguments(
        pickle_, pickle_.arguments(call), "arguments of an array", where_);
    const std::string_view order = arguments.text(3);
    if (order != "C" && order != "F") arguments.fail(3, "\"C\" or \"F\"");
    return numbers({type_of(arguments.at(1)), order == "F", arguments.integers(2)},
                   raw_bytes(arguments.at(0)));
  }

  // scalar(type, bytes)
  PickledArray scalar(PickleId call) {
    const PickleArguments arguments(
        pickle_, pickle_.arguments(call), "arguments of a scalar", where_);
    const NpyType type = type_of(arguments.at(0));
    if (type.element == ElementType::kOther) return numbers({type, false, {}}, {});
    return numbers({type, false, {}}, raw_bytes(arguments.at(1)));
  }

  // dtype("f4", ...), then the state (version, byte order, subtype, names, fields, item size, ...).
  NpyType type_of(PickleId id) {
    if (call_of(pickle_, id) != PickleCall::kArrayType) fail("a type", "something else");
    const PickleArguments arguments(pickle_, pickle_.arguments(id), "arguments of a type", where_);
    const std::string_view code = arguments.text(0);
    if (code.starts_with('O')) return parse_npy_type("|O", where_);
    const PickleId* state_id = pickle_.state(id);
    if (state_id == nullptr) fail("a type with a state", "none");
    const PickleArguments state(pickle_, *state_id, "a type's state", where_);
    const std::string_view order = state.text(1);
    if (order.size() != 1) state.fail(1, "a byte order");
    return parse_npy_type(concat(order, code), where_);
  }

  RawBytes raw_bytes(PickleId id) {
    if (pickle_.kind(id) == PickleKind::kBytes) {
      return {pickle_.bytes(id), false, pickle_.bytes(id).size()};
    }
    const auto call = call_of(pickle_, id);
    if (call != PickleCall::kEncode && call != PickleCall::kNoBytes) {
      fail("an array's bytes", "something else");
    }
    const PickleArguments arguments(pickle_, pickle_.arguments(id), "arguments of bytes", where_);
    if (call == PickleCall::kNoBytes) {
      if (arguments.size() != 0) arguments.fail(0, "nothing");
      return {};
    }
    if (pickle_.kind(arguments.at(0)) != PickleKind::kText) arguments.fail(0, "text");
    if (arguments.text(1) != "latin1") arguments.fail(1, "\"latin1\"");
    const auto text = pickle_.bytes(arguments.at(0));
    std::size_t size = 0;
    for_each_latin1(text, where_, [&](unsigned) { ++size; });
    return {text, true, size};
  }

  PickledArray numbers(const NpyHeader& header, const RawBytes& raw) {
    PickledArray array;
    array.info = {"", header.type.element, header.shape, header.type.note};
    (void)element_count(header.shape, where_);
    if (header.type.element == ElementType::kOther) return array;
    check_npy_size(header, raw.size, where_);
    array.as_text = raw.as_text;
    array.text = header.type;
    array.numbers = {
        raw.bytes, 0, plain_strides(header.shape, header.fortran_order), header.type.swap_bytes};
    return array;
  }

  // An array of Python objects: read where all of them are text.
  PickledArray objects(const NpyHeader& header, PickleId list) {
    PickledArray array;
    array.info = {"", ElementType::kOther, header.shape, header.type.note};
    if (header.type.note.empty()) fail("an array of objects", "another type with a list");
    const auto items = pickle_.items(list);
    if (element_count(header.shape, where_) != static_cast<Index>(items.size())) {
      fail(concat("objects for a shape [", join(header.shape), "]"), concat(items.size()));
    }
    const bool all_text = std::all_of(items.begin(), items.end(), [&](PickleId id) {
      return pickle_.kind(id) == PickleKind::kText;
    });
    if (!all_text || header.shape.size() != 1 || items.empty()) return array;
    if (!texts_fit(pickle_, list)) {
      array.info.note = kRepeatedText;
      return array;
    }
    array.info.type = ElementType::kText;
    array.info.note.clear();
    array.values = list;
    return array;
  }

  [[noreturn]] void fail(const std::string& expected, const std::string& got) const {
    throw Error(ErrorKind::kFormat, concat(where_, ": expected ", expected, ", got ", got));
  }

  const Pickle& pickle_;
  const std::string& where_;
};

}  // namespace

PickledArray pickled_numpy_array(const Pickle& pickle, PickleId call, const std::string& where) {
  return NumpyReader(pickle, where).read(call);
}

std::vector<std::byte> bytes_of_text(std::span<const std::byte> text, const std::string& where) {
  std::vector<std::byte> bytes;
  bytes.reserve(text.size());
  for_each_latin1(text, where, [&](unsigned byte) { bytes.push_back(std::byte(byte)); });
  return bytes;
}

}  // namespace dem
