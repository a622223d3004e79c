#include "io/safetensors_header.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

using enum ElementType;
constexpr SafetensorsType kTypes[] = {
    {"BOOL", kBool, 1, ""},
    {"U8", kUint8, 1, ""},
    {"I8", kInt8, 1, ""},
    {"U16", kUint16, 2, ""},
    {"I16", kInt16, 2, ""},
    {"F16", kFloat16, 2, ""},
    {"BF16", kBfloat16, 2, ""},
    {"U32", kUint32, 4, ""},
    {"I32", kInt32, 4, ""},
    {"F32", kFloat32, 4, ""},
    {"U64", kUint64, 8, ""},
    {"I64", kInt64, 8, ""},
    {"F64", kFloat64, 8, ""},
    {"F8_E4M3", kOther, 1, "float8"},
    {"F8_E5M2", kOther, 1, "float8"},
    {"F8_E8M0", kOther, 1, "float8"},
    {"C64", kOther, 8, "complex"},
};

// Receives the header's JSON piece by piece, so that neither nesting nor repetition in a hostile
// header costs more memory than its own text.
class HeaderReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& where) : where_(where) {}

  [[nodiscard]] SafetensorsHeader take() { return std::move(header_); }

  bool null() override { fail("null"); }
  bool boolean(bool) override { fail("true or false"); }
  bool number_integer(number_integer_t value) override { fail(concat("the number ", value)); }
  bool number_float(number_float_t, const string_t& text) override {
    fail(concat("the number ", text));
  }
  bool binary(binary_t&) override { fail("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::kShape) {
      if (value > static_cast<std::uint64_t>(std::numeric_limits<Index>::max())) {
        fail(concat("the number ", value));
      }
      entry().shape.push_back(static_cast<Index>(value));
    } else if (place_ == Place::kOffsets && offsets_ < 2) {
      entry().offsets[offsets_++] = value;
    } else {
      fail(concat("the number ", value));
    }
    return true;
  }

  bool string(string_t& value) override {
    if (place_ == Place::kMetadata) {
      header_.metadata.emplace_back(key_, value);
    } else if (place_ == Place::kEntry && key_ == "dtype") {
      entry().dtype = value;
    } else {
      fail(concat('"', value.substr(0, 40), '"'));
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::kStart) {
      place_ = Place::kTop;
    } else if (place_ == Place::kTop && key_ == "__metadata__") {
      place_ = Place::kMetadata;
    } else if (place_ == Place::kTop) {
      place_ = Place::kEntry;
      header_.entries.push_back({key_, "", {}, {}});
    } else {
      fail("an object");
    }
    return true;
  }

  bool key(string_t& key) override {
    key_ = key;
    const bool fresh = (place_ == Place::kTop ? top_keys_ : inner_keys_).insert(key).second;
    if (!fresh) fail(concat("\"", key.substr(0, 200), "\" a second time"));
    if (place_ == Place::kEntry && key != "dtype" && key != "shape" && key != "data_offsets") {
      fail(concat("the key \"", key.substr(0, 40), "\""));
    }
    return true;
  }

  bool end_object() override {
    const bool incomplete = place_ == Place::kEntry && inner_keys_.size() != 3;
    if (incomplete) fail(concat("only ", inner_keys_.size(), " of them"));
    inner_keys_.clear();
    place_ = place_ == Place::kTop ? Place::kEnd : Place::kTop;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ != Place::kEntry || key_ == "dtype") fail("a list");
    place_ = key_ == "shape" ? Place::kShape : Place::kOffsets;
    offsets_ = 0;
    return true;
  }

  bool end_array() override {
    if (place_ == Place::kOffsets && offsets_ != 2) fail(concat("a list of ", offsets_));
    place_ = Place::kEntry;
    return true;
  }

  bool parse_error(std::size_t position,
                   const std::string&,
                   const nlohmann::json::exception&) override {
    throw Error(ErrorKind::kFormat,
                concat(where_, ": expected JSON, got a syntax error at byte ", position));
  }

 private:
  enum class Place { kStart, kTop, kMetadata, kEntry, kShape, kOffsets, kEnd };

  SafetensorsHeader::Entry& entry() { return header_.entries.back(); }

  // What should stand here.
  [[nodiscard]] std::string expected() const {
    switch (place_) {
      case Place::kStart:
      case Place::kEnd:
        return "one object";
      case Place::kTop:
        return "objects with keys of their own";
      case Place::kMetadata:
        return "__metadata__ of strings with keys of their own";
      case Place::kEntry:
      case Place::kShape:
      case Place::kOffsets:
        return concat("tensor \"",
                      header_.entries.back().name.substr(0, 200),
                      "\" with dtype (text), shape (whole numbers) and data_offsets (two whole "
                      "numbers), each once");
    }
    return "";
  }

  [[noreturn]] void fail(const std::string& got) const {
    throw Error(ErrorKind::kFormat, concat(where_, ": expected ", expected(), ", got ", got));
  }

  const std::string& where_;
  SafetensorsHeader header_;
  Place place_ = Place::kStart;
  std::string key_;
  std::size_t offsets_ = 0;
  std::unordered_set<std::string> top_keys_;
  std::unordered_set<std::string> inner_keys_;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& where) {
  HeaderReader reader(where);
  nlohmann::json::sax_parse(json, &reader);
  return reader.take();
}

const SafetensorsType& safetensors_type(std::string_view dtype, const std::string& where) {
  for (const SafetensorsType& type : kTypes) {
    if (type.name == dtype) return type;
  }
  throw Error(ErrorKind::kFormat,
              concat(where, ": expected a dtype such as F32, got \"", dtype.substr(0, 40), "\""));
}

std::string_view safetensors_dtype(ElementType type) {
  for (const SafetensorsType& known : kTypes) {
    if (known.element == type && type != kOther) return known.name;
  }
  throw Error(ErrorKind::kInternal, concat("no safetensors dtype for ", to_string(type)));
}

}  // namespace dem
