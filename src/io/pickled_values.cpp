// Python's own numbers and text as arrays: alone, in lists, and in lists of lists.
#include <algorithm>
#include <cstring>

#include "io/character_rows.h"
#include "io/pickled_array.h"

namespace dem {
namespace {

bool is_sequence(PickleKind kind) {
  return kind == PickleKind::kList || kind == PickleKind::kTuple;
}

// The type that holds all of some values; none where there is no such type, or no value yet.
class CommonType {
 public:
  void add(PickleKind kind) {
    if (kind == PickleKind::kText) {
      some_text_ = true;
    } else if (kind == PickleKind::kBool) {
      some_bool_ = true;
    } else if (kind == PickleKind::kInt) {
      some_int_ = true;
    } else if (kind == PickleKind::kLongInt) {
      some_long_ = true;
    } else if (kind == PickleKind::kFloat) {
      some_float_ = true;
    } else {
      others_ = true;
    }
  }

  [[nodiscard]] bool is_numeric() const {
    return !others_ && !some_text_ && (some_bool_ || some_int_ || some_long_ || some_float_);
  }
  [[nodiscard]] bool is_text() const {
    return some_text_ && !others_ && !some_bool_ && !some_int_ && !some_long_ && !some_float_;
  }

  [[nodiscard]] ArrayInfo info(std::vector<Index> shape) const {
    ArrayInfo info{"", ElementType::kBool, std::move(shape), ""};
    if (is_text()) {
      info.type = ElementType::kText;
    } else if (some_long_) {
      info.type = ElementType::kOther;
      info.note = "whole numbers beyond 64 bits";
    } else if (some_float_) {
      info.type = ElementType::kFloat64;
    } else if (some_int_) {
      info.type = ElementType::kInt64;
    }
    return info;
  }

 private:
  bool some_text_ = false;
  bool some_bool_ = false;
  bool some_int_ = false;
  bool some_long_ = false;
  bool some_float_ = false;
  bool others_ = false;
};

// Calls visit(id) for the numbers or texts of an array, in order.
template <typename Visit>
void for_each_value(const Pickle& pickle, PickleId id, Visit&& visit) {
  if (!is_sequence(pickle.kind(id))) {
    visit(id);
    return;
  }
  for (const PickleId item : pickle.items(id)) {
    if (!is_sequence(pickle.kind(item))) {
      visit(item);
    } else {
      for (const PickleId inner : pickle.items(item)) visit(inner);
    }
  }
}

// [n] of values, [n, m] of n lists of m values; none for lists of different lengths, and for lists
// beside values.
std::optional<std::vector<Index>> shape_of(const Pickle& pickle, std::span<const PickleId> items) {
  const auto is_list = [&](PickleId id) { return is_sequence(pickle.kind(id)); };
  std::vector<Index> shape = {static_cast<Index>(items.size())};
  if (std::none_of(items.begin(), items.end(), is_list)) return shape;
  const std::size_t width = pickle.items(items.front()).size();
  const bool regular = std::all_of(items.begin(), items.end(), [&](PickleId id) {
    return is_list(id) && pickle.items(id).size() == width;
  });
  if (!regular || width == 0) return std::nullopt;
  shape.push_back(static_cast<Index>(width));
  return shape;
}

double as_double(const Pickle& pickle, PickleId id) {
  return pickle.kind(id) == PickleKind::kFloat ? pickle.number(id)
                                               : static_cast<double>(pickle.integer(id));
}

}  // namespace

std::optional<PickledArray> pickled_values(const Pickle& pickle, PickleId id) {
  std::vector<Index> shape;
  if (is_sequence(pickle.kind(id))) {
    const auto items = pickle.items(id);
    if (items.empty()) return std::nullopt;
    const auto found = shape_of(pickle, items);
    if (!found) return std::nullopt;
    shape = *found;
  }
  CommonType type;
  for_each_value(pickle, id, [&](PickleId value) { type.add(pickle.kind(value)); });
  if (!type.is_numeric() && (!type.is_text() || shape.size() > 1)) return std::nullopt;
  PickledArray array;
  array.info = type.info(std::move(shape));
  if (type.is_text() && !texts_fit(pickle, id)) {
    array.info.type = ElementType::kOther;
    array.info.note = kRepeatedText;
  }
  if (array.info.type != ElementType::kOther) array.values = id;
  return array;
}

bool texts_fit(const Pickle& pickle, PickleId list) {
  const std::size_t most = 64 * pickle.num_bytes();
  std::size_t total = 0;
  for_each_value(pickle, list, [&](PickleId id) {
    total += std::min(most, pickle.bytes(id).size());  // cannot overflow
  });
  return total <= most;
}

std::vector<std::byte> value_numbers(const Pickle& pickle, const PickledArray& array) {
  const ElementType type = array.info.type;
  const std::size_t size = element_size(type);
  std::vector<std::byte> bytes;
  for_each_value(pickle, *array.values, [&](PickleId id) {
    std::byte raw[8] = {};
    if (type == ElementType::kFloat64) {
      const double value = as_double(pickle, id);
      std::memcpy(raw, &value, 8);
    } else if (type == ElementType::kInt64) {
      const std::int64_t value = pickle.integer(id);
      std::memcpy(raw, &value, 8);
    } else {
      raw[0] = std::byte(pickle.integer(id) != 0 ? 1 : 0);
    }
    bytes.insert(bytes.end(), raw, raw + size);
  });
  return bytes;
}

std::vector<std::string> value_texts(const Pickle& pickle, const PickledArray& array) {
  std::vector<std::string> texts;
  for_each_value(pickle, *array.values, [&](PickleId id) {
    texts.push_back(utf8_or_latin1(std::string(pickle.text(id))));
  });
  return texts;
}

}  // namespace dem
