#include "io/npy_header.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/stored_array.h"

namespace dem {
namespace {

// A reader of the few Python literals that a header may hold.
class Literals {
 public:
  Literals(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  // Steps over blanks, then over `c` where it comes next.
  bool accept(char c) {
    skip_blanks();
    if (next_ >= text_.size() || text_[next_] != c) return false;
    ++next_;
    return true;
  }

  void expect(char c) {
    if (!accept(c)) fail(concat("'", c, "'"));
  }

  [[nodiscard]] bool at_end() {
    skip_blanks();
    return next_ == text_.size();
  }

  std::string_view string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail("a quoted string");
    const std::size_t end = text_.find(quote, next_ + 1);
    if (end == std::string_view::npos) fail("a closing quote");
    const std::string_view content = text_.substr(next_ + 1, end - next_ - 1);
    if (content.find('\\') != std::string_view::npos) fail("a string without backslashes");
    next_ = end + 1;
    return content;
  }

  bool boolean() {
    skip_blanks();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(next_, word.size()) == word) {
        next_ += word.size();
        return word == "True";
      }
    }
    fail("True or False");
  }

  // "(3, 4)", "(3,)", "()"; Python 2 wrote long numbers as 3L.
  std::vector<Index> shape() {
    std::vector<Index> extents;
    expect('(');
    while (!accept(')')) {
      extents.push_back(extent());
      accept('L');
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return extents;
  }

  // Steps over a bracketed list, strings included; a structured type is one.
  void skip_list() {
    int depth = 0;
    do {
      const char c = peek();
      if (c == '\'' || c == '"') {
        (void)string();
        continue;
      }
      if (c == '\0') fail("a closing bracket");
      depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
      ++next_;
    } while (depth > 0);
  }

  [[nodiscard]] char peek() {
    skip_blanks();
    return next_ < text_.size() ? text_[next_] : '\0';
  }

  [[noreturn]] void fail(const std::string& expected) const {
    throw Error(
        ErrorKind::kFormat,
        concat(where_,
               ": expected ",
               expected,
               " at character ",
               next_,
               ", got ",
               next_ < text_.size() ? concat('"', text_.substr(next_, 24), '"') : "its end"));
  }

 private:
  Index extent() {
    skip_blanks();
    Index value = 0;
    const char* first = text_.data() + next_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) fail("a dimension");
    next_ += static_cast<std::size_t>(end - first);
    return value;
  }

  void skip_blanks() {
    while (next_ < text_.size() && (text_[next_] == ' ' || text_[next_] == '\n')) ++next_;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t next_ = 0;
};

NpyType number_type(char kind, std::size_t size) {
  using enum ElementType;
  struct Row {
    char kind;
    std::size_t size;
    ElementType type;
  };
  constexpr Row kRows[] = {{'b', 1, kBool},
                           {'u', 1, kUint8},
                           {'u', 2, kUint16},
                           {'u', 4, kUint32},
                           {'u', 8, kUint64},
                           {'i', 1, kInt8},
                           {'i', 2, kInt16},
                           {'i', 4, kInt32},
                           {'i', 8, kInt64},
                           {'f', 2, kFloat16},
                           {'f', 4, kFloat32},
                           {'f', 8, kFloat64}};
  for (const Row& row : kRows) {
    if (row.kind == kind && row.size == size) return {row.type, size, false, false, ""};
  }
  return {};
}

std::string unreadable_note(char kind) {
  switch (kind) {
    case 'c':
      return "complex";
    case 'f':
      return "extended precision";
    case 'O':
      return "Python objects (pickle); save text as ARRAY.astype(str), numbers as "
             "ARRAY.astype(float)";
    case 'V':
      return "structured";
    case 'M':
    case 'm':
      return "dates or times";
    case 'S':
    case 'U':
      return "text of no width";
    default:
      return "";
  }
}

NpyType parse_descr(Literals& in, const std::string& where) {
  if (in.peek() == '\'' || in.peek() == '"') return parse_npy_type(in.string(), where);
  if (in.peek() != '[' && in.peek() != '(') in.fail("a type");
  in.skip_list();
  NpyType structured;
  structured.note = "structured";
  return structured;
}

}  // namespace

NpyType parse_npy_type(std::string_view descr, const std::string& where) {
  const auto bad = [&] {
    return Error(ErrorKind::kFormat,
                 concat(where, ": expected a type such as '<f4', got '", descr.substr(0, 24), "'"));
  };
  if (descr.size() < 2 || std::string_view("<>|=").find(descr[0]) == std::string_view::npos) {
    throw bad();
  }
  const char kind = descr[1];
  std::size_t size = 0;
  const char* end = descr.data() + descr.size();
  const auto [stop, error] = std::from_chars(descr.data() + 2, end, size);
  const bool sized = error == std::errc() && stop == end;
  constexpr bool kLittle = std::endian::native == std::endian::little;
  NpyType type = sized ? number_type(kind, size) : NpyType{};
  if (sized && size > 0 && size < SIZE_MAX / 4 && (kind == 'S' || kind == 'U')) {
    type = {ElementType::kText, kind == 'U' ? 4 * size : size, false, kind == 'U', ""};
  }
  type.swap_bytes = descr[0] == (kLittle ? '>' : '<') && (size > 1 || kind == 'U');
  if (type.element == ElementType::kOther) {
    type.note = unreadable_note(kind);
    if (type.note.empty()) throw bad();
  }
  return type;
}

NpyHeader parse_npy_header(std::string_view text, const std::string& where) {
  Literals in(text, where);
  std::optional<NpyType> type;
  std::optional<bool> fortran_order;
  std::optional<std::vector<Index>> shape;
  in.expect('{');
  while (!in.accept('}')) {
    const std::string_view key = in.string();
    in.expect(':');
    if (key == "descr" && !type) {
      type = parse_descr(in, where);
    } else if (key == "fortran_order" && !fortran_order) {
      fortran_order = in.boolean();
    } else if (key == "shape" && !shape) {
      shape = in.shape();
    } else {
      throw Error(ErrorKind::kFormat,
                  concat(where,
                         ": expected the keys descr, fortran_order and shape, each once, got \"",
                         key.substr(0, 24),
                         "\""));
    }
    if (!in.accept(',')) {
      in.expect('}');
      break;
    }
  }
  if (!in.at_end()) in.fail("nothing more");
  if (!type || !fortran_order || !shape) in.fail("descr, fortran_order and shape");
  return {std::move(*type), *fortran_order, std::move(*shape)};
}

NpyHeader read_npy_header(ByteSource& source) {
  constexpr std::size_t kLongest = std::size_t{1} << 20;  // numpy itself stops at 10,000
  const std::string where = source.where() + ": .npy header";
  const std::span<const std::byte> start = source.take(8);
  if (std::memcmp(start.data(), kNpySignature.data(), kNpySignature.size()) != 0) {
    throw Error(ErrorKind::kFormat, where + ": expected \"\\x93NUMPY\" at its start");
  }
  const int major = std::to_integer<int>(start[6]);
  if (major < 1 || major > 3) {
    throw Error(ErrorKind::kUnsupported,
                concat(where, ": expected .npy version 1, 2 or 3, got ", major));
  }
  std::size_t length = 0;
  unsigned shift = 0;
  for (const std::byte byte : source.take(major == 1 ? 2 : 4)) {
    length |= std::to_integer<std::size_t>(byte) << shift;
    shift += 8;
  }
  if (length > kLongest) {
    throw Error(ErrorKind::kFormat,
                concat(where, ": expected at most ", kLongest, " bytes, got ", length));
  }
  const std::span<const std::byte> text = source.take(length);
  return parse_npy_header({reinterpret_cast<const char*>(text.data()), length}, where);
}

void check_npy_size(const NpyHeader& header, std::uint64_t left, const std::string& where) {
  const std::size_t item = header.type.item_size;
  if (item == 0) return;  // nothing can be read from it
  const std::uint64_t count = checked_element_count(header.shape, left / item, where);
  if (count * item == left) return;
  throw Error(ErrorKind::kFormat,
              concat(where,
                     ": expected ",
                     count * item,
                     " bytes for ",
                     to_string(header.type.element),
                     " [",
                     join(header.shape),
                     "], got ",
                     left));
}

}  // namespace dem
