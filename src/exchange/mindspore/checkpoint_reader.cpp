#include "exchange/mindspore/checkpoint_reader.h"

#include <mindspore_checkpoint.pb.h>

#include <cctype>
#include <climits>
#include <cstring>
#include <optional>
#include <unordered_set>

#include "base/mapped_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/checksum.h"

namespace dem {
namespace {

using Value = mindspore_pb::Checkpoint::Value;

constexpr std::byte kValueKey{0x0a};  // field 1, length-delimited: a Value within a Checkpoint

// Where in the file reading has come to.
struct Cursor {
  std::span<const std::byte> bytes;
  std::size_t next = 0;

  // A base-128 number; nothing where the bytes end within it or it is beyond 64 bits.
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && next < bytes.size(); shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(bytes[next++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
};

// MindSpore encrypts in blocks that each begin with one of these words.
const char* encryption_of(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) return nullptr;
  std::uint32_t word = 0;
  for (std::size_t i = 4; i-- > 0;) word = word << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  switch (word) {
    case 0x7f3a5ed8u:
      return "AES-GCM";
    case 0x7f3a5ed9u:
      return "AES-CBC";
    case 0x7f3a5edau:
      return "SM4-CBC";
    default:
      return nullptr;
  }
}

// Takes the checksum off the end where there is one.
bool strip_checksum(std::span<const std::byte>& bytes, const std::string& path) {
  constexpr std::string_view kMark = "crc_num";
  constexpr std::size_t kDigits = 10;
  if (bytes.size() < kMark.size() + kDigits) return false;
  const auto trailer = bytes.last(kMark.size() + kDigits);
  if (std::memcmp(trailer.data(), kMark.data(), kMark.size()) != 0) return false;
  bytes = bytes.first(bytes.size() - trailer.size());
  const std::uint64_t expected = crc32_of(bytes);
  std::uint64_t got = 0;
  bool fits = true;
  for (const std::byte digit : trailer.last(kDigits)) {
    fits = fits && got >> 56 == 0;
    got = got << 8 | std::to_integer<std::uint64_t>(digit);
  }
  if (!fits || got != expected) {
    throw Error(ErrorKind::kFormat,
                concat(path, ": checksum: expected CRC-32 ", expected, ", got ", got));
  }
  return true;
}

using enum ElementType;
struct TypeRow {
  std::string_view name;
  ElementType type;
  std::string_view note;
};
// As MindSpore spells them; versions before 1.6 write Uint8 and so on.
constexpr TypeRow kTypes[] = {{"Bool", kBool, ""},
                              {"Int8", kInt8, ""},
                              {"UInt8", kUint8, ""},
                              {"Int16", kInt16, ""},
                              {"UInt16", kUint16, ""},
                              {"Int32", kInt32, ""},
                              {"UInt32", kUint32, ""},
                              {"Int64", kInt64, ""},
                              {"UInt64", kUint64, ""},
                              {"Float16", kFloat16, ""},
                              {"BFloat16", kBfloat16, ""},
                              {"Float32", kFloat32, ""},
                              {"Float64", kFloat64, ""},
                              {"str", kText, "text"},
                              {"random_op", kOther, kRandomState},
                              {"Int4", kOther, "4-bit integers"},
                              {"Complex64", kOther, "complex"},
                              {"Complex128", kOther, "complex"}};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// In whichever case a version spells it. kOther without a note: none.
ArrayInfo type_of(const std::string& dtype) {
  const std::string name = lower(dtype);
  for (const TypeRow& row : kTypes) {
    if (lower(row.name) == name) return {"", row.type, {}, std::string(row.note)};
  }
  return {};
}

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& path) : path_(path) {
    if (const char* cipher = encryption_of(bytes)) {
      throw Error(ErrorKind::kUnsupported,
                  concat(path,
                         ": encrypted by MindSpore (",
                         cipher,
                         "): load it there with its key and save it without"));
    }
    content_.has_crc = strip_checksum(bytes, path);
    cursor_.bytes = bytes;
  }

  CheckpointContent read() {
    if (cursor_.bytes.empty()) fail(path_, "a MindSpore checkpoint", "an empty file");
    while (cursor_.next < cursor_.bytes.size()) add(next_value());
    if (!content_.entries.empty()) finish(content_.entries.back());
    return std::move(content_);
  }

 private:
  [[noreturn]] static void fail(const std::string& where,
                                std::string_view expected,
                                const std::string& got) {
    throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
  }

  Value next_value() {
    const std::size_t start = cursor_.next;
    const std::string where = concat(path_, ": byte ", start);
    const std::byte key = cursor_.bytes[cursor_.next++];
    if (key != kValueKey) {
      fail(where, "a value of a MindSpore checkpoint", concat("byte ", std::to_integer<int>(key)));
    }
    const std::optional<std::uint64_t> length = cursor_.varint();
    const std::size_t left = cursor_.bytes.size() - cursor_.next;
    if (!length || *length > left || *length > INT_MAX) {
      fail(where,
           concat("a value of at most ", left, " bytes"),
           length ? std::to_string(*length) : "no length");
    }
    Value value;
    const bool whole =
        value.ParsePartialFromArray(cursor_.bytes.data() + cursor_.next, static_cast<int>(*length));
    cursor_.next += static_cast<std::size_t>(*length);
    if (!whole || !value.has_tag()) {
      fail(where, "a named value", whole ? "one without a name" : "bytes that are none");
    }
    return value;
  }

  // Appends a value, or joins it to the one before: MindSpore cuts tensors of more than 512 MiB
  // into values of the same name, each with the whole shape.
  void add(Value value) {
    auto& entries = content_.entries;
    const std::string where = place(path_, value.tag());
    CheckpointEntry entry = entry_of(value, where);
    if (!entries.empty()) {
      CheckpointEntry& last = entries.back();
      const bool more = last.info.name == value.tag() && last.info.type == entry.info.type &&
                        last.info.shape == entry.info.shape &&
                        last.content.size() < expected_bytes(last.info);
      if (more) {
        last.content += entry.content;
        return;
      }
      finish(last);
    }
    if (!names_.insert(entry.info.name).second) fail(where, "a name of its own", "it twice");
    entries.push_back(std::move(entry));
  }

  static CheckpointEntry entry_of(Value& value, const std::string& where) {
    CheckpointEntry entry;
    if (value.has_maptensor()) {
      entry.info = {value.tag(), ElementType::kOther, {}, "hash table"};
      return entry;
    }
    if (!value.has_tensor() || !value.tensor().has_tensor_type() ||
        !value.tensor().has_tensor_content()) {
      fail(where, "a tensor with type and content", "a value without");
    }
    mindspore_pb::TensorProto& tensor = *value.mutable_tensor();
    entry.info = type_of(tensor.tensor_type());
    if (entry.info.type == ElementType::kOther && entry.info.note.empty()) {
      fail(where, "a type such as Float32", concat('"', tensor.tensor_type().substr(0, 40), '"'));
    }
    entry.info.name = value.tag();
    entry.info.shape.assign(tensor.dims().begin(), tensor.dims().end());
    entry.content = std::move(*tensor.mutable_tensor_content());
    const std::size_t size = element_size(entry.info.type);
    // MindSpore up to 2.2 writes the shape of a scalar as [0].
    if (entry.info.shape == std::vector<Index>{0} && size > 0 && entry.content.size() == size) {
      entry.info.shape.clear();
    }
    (void)element_count(entry.info.shape, where);
    return entry;
  }

  // 0 where the type has no size.
  [[nodiscard]] std::size_t expected_bytes(const ArrayInfo& info) const {
    return element_size(info.type) *
           static_cast<std::size_t>(element_count(info.shape, place(path_, info.name)));
  }

  // Nothing more comes for this one.
  void finish(const CheckpointEntry& entry) const {
    if (element_size(entry.info.type) == 0) return;
    const std::size_t expected = expected_bytes(entry.info);
    if (entry.content.size() == expected) return;
    fail(place(path_, entry.info.name),
         concat(expected, " bytes for ", to_string(entry.info)),
         std::to_string(entry.content.size()));
  }

  const std::string& path_;
  Cursor cursor_;
  CheckpointContent content_;
  std::unordered_set<std::string> names_;
};

}  // namespace

bool looks_like_checkpoint(std::span<const std::byte> bytes) {
  if (encryption_of(bytes) != nullptr) return true;
  if (bytes.empty() || bytes[0] != kValueKey) return false;
  Cursor cursor{bytes, 1};
  // Within the Value its name comes first, which is field 1 as well.
  return cursor.varint().value_or(0) > 0 && cursor.next < bytes.size() &&
         bytes[cursor.next] == kValueKey;
}

CheckpointContent read_checkpoint(std::span<const std::byte> bytes, const std::string& path) {
  return Reader(bytes, path).read();
}

std::string_view checkpoint_dtype(ElementType type) {
  for (const TypeRow& row : kTypes) {
    if (row.type == type && element_size(type) > 0) return row.name;
  }
  throw Error(ErrorKind::kInternal, concat("no MindSpore type for ", to_string(type)));
}

}  // namespace dem
