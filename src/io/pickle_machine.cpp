// The stack machine of pickles: Python's pickletools documents every opcode.
#include <algorithm>
#include <array>
#include <bit>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/pickle.h"
#include "io/pickle_input.h"
#include "io/pickle_opcodes.h"
#include "io/pickle_stack.h"

namespace dem {
namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 24;

}  // namespace

class PickleMachine : PickleInput {
 public:
  PickleMachine(Pickle& pickle, const std::string& where)
      : PickleInput(pickle.bytes_, where), pickle_(pickle), stack_(*this) {}

  void run() {
    if (left() < 2 || unsigned_number(1) != 0x80) fail("expected a pickle");
    const std::uint64_t protocol = unsigned_number(1);
    if (protocol < 2 || protocol > 5) {
      unsupported(concat("expected protocol 2 to 5, got ", protocol));
    }
    while (true) {
      const unsigned char code = opcode();
      if (code == '.') break;
      execute(code);
      if (pickle_.values_.size() > kMostValues) {
        unsupported(concat(
            "expected at most ", kMostValues, " values, got more: long lists belong in arrays"));
      }
    }
    if (left() != 0) {
      unsupported(
          concat("expected the end, got ", left(), " more bytes: several pickles in one file?"));
    }
    pickle_.root_ = stack_.only();
  }

 private:
  using Kind = PickleKind;

  // --- Values ---

  void push(Kind kind, std::uint64_t a = 0, std::uint64_t b = 0) {
    stack_.push(static_cast<PickleId>(pickle_.values_.size()));
    pickle_.values_.push_back({kind, Pickle::kNoExtra, a, b});
  }

  void push_text(Kind kind, std::uint64_t length) {
    const auto taken = take(length);
    push(kind, static_cast<std::uint64_t>(taken.data() - pickle_.bytes_.data()), length);
  }

  void push_int(std::int64_t value) { push(Kind::kInt, static_cast<std::uint64_t>(value)); }

  // Two's complement of any length.
  void push_long(std::uint64_t length) {
    const auto taken = take(length);
    if (taken.size() > 8) {
      push(Kind::kLongInt);
      return;
    }
    const bool negative = !taken.empty() && (taken.back() & std::byte{0x80}) != std::byte{0};
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = taken.size(); i-- > 0;) {
      value = value << 8 | std::to_integer<std::uint64_t>(taken[i]);
    }
    push_int(static_cast<std::int64_t>(value));
  }

  void push_float() {
    std::uint64_t bits = 0;
    for (const std::byte byte : take(8)) bits = bits << 8 | std::to_integer<std::uint64_t>(byte);
    push(Kind::kFloat, bits);
  }

  void push_name(std::string_view module, std::string_view name) {
    push(Kind::kName);
    pickle_.values_.back().extra = static_cast<std::uint32_t>(pickle_.names_.size());
    pickle_.names_.push_back(concat(module, ".", name));
  }

  void push_stacked_name() {
    const PickleId name = stack_.pop();
    const PickleId module = stack_.pop();
    for (const PickleId id : {module, name}) {
      if (pickle_.kind(id) != Kind::kText || pickle_.bytes(id).size() > kLongestPickledName) {
        fail("expected a module and a name as text, got something else");
      }
    }
    push_name(pickle_.text(module), pickle_.text(name));
  }

  void push_tuple(std::span<const PickleId> elements) {
    const std::size_t first = pickle_.tuples_.size();
    pickle_.tuples_.insert(pickle_.tuples_.end(), elements.begin(), elements.end());
    push(Kind::kTuple, first, elements.size());
  }

  void push_tuple_of(std::size_t count) {
    std::array<PickleId, 3> elements{};
    for (std::size_t i = count; i-- > 0;) elements[i] = stack_.pop();
    push_tuple(std::span(elements).first(count));
  }

  void push_call(std::size_t num_arguments) {
    if (num_arguments == 2) push_tuple_of(2);  // positional and named, as one
    const PickleId arguments = stack_.pop();
    const PickleId callee = stack_.pop();
    push(Kind::kCall, callee, arguments);
  }

  // INST and OBJ of protocol 0 and 1: never right here, but their names are worth telling.
  void push_old_call(unsigned char code) {
    if (code == 'i') {
      const std::string_view module = line();
      unsupported(
          concat("expected no object, got one of ", module, ".", line(), "; nothing was executed"));
    }
    unsupported("expected no object, got one (OBJ); nothing was executed");
  }

  Pickle::Extra& extra_of(PickleId id) {
    Pickle::Value& value = pickle_.values_[id];
    if (value.extra == Pickle::kNoExtra) {
      value.extra = static_cast<std::uint32_t>(pickle_.extras_.size());
      pickle_.extras_.emplace_back();
    }
    return pickle_.extras_[value.extra];
  }

  // Lists and dictionaries, and objects that are filled like them.
  void add_items(Kind kind, std::span<const PickleId> items) {
    const PickleId id = stack_.top("something to add to");
    if (pickle_.kind(id) != kind && pickle_.kind(id) != Kind::kCall) {
      fail(kind == Kind::kList ? "expected a list to append to, got something else"
                               : "expected a dictionary to set an item of, got something else");
    }
    if (kind == Kind::kDict && items.size() % 2 != 0) {
      fail("expected keys with values, got one without");
    }
    std::vector<PickleId>& held = extra_of(id).items;
    held.insert(held.end(), items.begin(), items.end());
  }

  void build() {
    const PickleId state = stack_.pop();
    const PickleId id = stack_.top("an object to set up");
    if (pickle_.kind(id) != Kind::kCall) fail("expected an object to set up, got something else");
    std::vector<PickleId>& held = extra_of(id).state;
    if (!held.empty()) fail("expected an object to be set up once, got it twice");
    held.push_back(state);
  }

  // --- Opcodes ---

  void execute(unsigned char code) {
    if (!push_plain(code) && !make_container(code) && !make_object(code)) {
      const std::string_view name = refused_opcode(code);
      if (name.empty()) fail(concat("expected an opcode, got byte ", static_cast<int>(code)));
      unsupported(concat("expected an opcode of arrays, got ", name));
    }
  }

  bool push_plain(unsigned char code) {
    switch (code) {
      case 'N':
        return push(Kind::kNone), true;
      case 0x88:
      case 0x89:
        return push(Kind::kBool, code == 0x88 ? 1 : 0), true;
      case 'J':
        return push_int(static_cast<std::int32_t>(unsigned_number(4))), true;
      case 'K':
        return push_int(static_cast<std::int64_t>(unsigned_number(1))), true;
      case 'M':
        return push_int(static_cast<std::int64_t>(unsigned_number(2))), true;
      case 0x8a:
        return push_long(unsigned_number(1)), true;
      case 0x8b:
        return push_long(unsigned_number(4)), true;
      case 'G':
        return push_float(), true;
      case 'X':
        return push_text(Kind::kText, unsigned_number(4)), true;
      case 0x8c:
        return push_text(Kind::kText, unsigned_number(1)), true;
      case 0x8d:
        return push_text(Kind::kText, unsigned_number(8)), true;
      case 'C':
      case 'U':
        return push_text(Kind::kBytes, unsigned_number(1)), true;
      case 'B':
      case 'T':
        return push_text(Kind::kBytes, unsigned_number(4)), true;
      case 0x8e:
      case 0x96:
        return push_text(Kind::kBytes, unsigned_number(8)), true;
      default:
        return false;
    }
  }

  bool make_container(unsigned char code) {
    switch (code) {
      case '(':
        return stack_.mark(), true;
      case ']':
        return push(Kind::kList), true;
      case '}':
        return push(Kind::kDict), true;
      case ')':
        return push(Kind::kTuple), true;
      case 0x85:
      case 0x86:
      case 0x87:
        return push_tuple_of(code - 0x84u), true;
      case 't':
        return push_tuple(stack_.pop_to_mark()), true;
      case 'a': {
        const PickleId item = stack_.pop();
        return add_items(Kind::kList, {&item, 1}), true;
      }
      case 'e':
        return add_items(Kind::kList, stack_.pop_to_mark()), true;
      case 's': {
        const PickleId value = stack_.pop();
        const PickleId pair[] = {stack_.pop(), value};
        return add_items(Kind::kDict, pair), true;
      }
      case 'u':
        return add_items(Kind::kDict, stack_.pop_to_mark()), true;
      default:
        return false;
    }
  }

  bool make_object(unsigned char code) {
    switch (code) {
      case 'q':
        return stack_.keep(unsigned_number(1)), true;
      case 'r':
        return stack_.keep(unsigned_number(4)), true;
      case 0x94:
        return stack_.keep_next(), true;
      case 'h':
        return stack_.push_kept(unsigned_number(1)), true;
      case 'j':
        return stack_.push_kept(unsigned_number(4)), true;
      case 'c': {
        const std::string_view module = line();
        return push_name(module, line()), true;
      }
      case 0x93:
        return push_stacked_name(), true;
      case 'R':
      case 0x81:
        return push_call(1), true;
      case 0x92:
        return push_call(2), true;
      case 'i':
      case 'o':
        return push_old_call(code), true;
      case 'b':
        return build(), true;
      case 'Q':
        return push(Kind::kPersistent, stack_.pop()), true;
      case 0x95: {  // only a hint on how to read ahead
        const std::uint64_t length = unsigned_number(8);
        if (length > left()) fail("a frame that ends early: cut short?");
        return true;
      }
      default:
        return false;
    }
  }

  Pickle& pickle_;
  PickleStack stack_;
};

Pickle::Pickle(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes) {
  PickleMachine(*this, where).run();
  check_nesting(where);
}

}  // namespace dem
