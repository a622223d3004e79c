#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/pickle_calls.h"
#include "io/pickled_array.h"

namespace dem {
namespace {

constexpr std::size_t kMostPickledArrays = 100'000;
constexpr std::size_t kLongestArrayName = 1000;

class ArrayLister {
 public:
  ArrayLister(const Pickle& pickle,
              const TensorStorages& storages,
              const std::string& alone,
              const std::string& path)
      : pickle_(pickle), storages_(storages), alone_(alone), path_(path) {}

  std::vector<PickledArray> list() {
    check_calls(pickle_, path_);
    visit(pickle_.root(), nullptr);
    return std::move(arrays_);
  }

 private:
  // What was named once is walked again wherever it stands, which must not take more time than a
  // file of its size may ask for.
  void take_steps(std::size_t count) {
    steps_ += count;
    if (steps_ <= 8 * pickle_.num_bytes() + 1000) return;
    refuse("expected values in a few places each, got the same in very many");
  }

  // `name` is null for the root.
  void visit(PickleId id, const std::string* name) {
    take_steps(1 + pickle_.items(id).size());
    switch (pickle_.kind(id)) {
      case PickleKind::kList:
      case PickleKind::kTuple:
        visit_list(id, name);
        break;
      case PickleKind::kDict:
        visit_dictionary(id, name);
        break;
      case PickleKind::kCall:
        visit_call(id, name);
        break;
      case PickleKind::kNone:
        add_other(std::string(kPythonNone), name);
        break;
      case PickleKind::kBytes:
        add_other("bytes", name);
        break;
      case PickleKind::kName:
        add_other(concat("the name ", printable_name(pickle_.text(id))), name);
        break;
      case PickleKind::kPersistent:
        add_other("a storage without a tensor", name);
        break;
      default:
        add(*pickled_values(pickle_, id), name);
    }
  }

  void visit_list(PickleId id, const std::string* name) {
    for (const PickleId item : pickle_.items(id)) take_steps(pickle_.items(item).size());
    if (auto array = pickled_values(pickle_, id)) {
      add(std::move(*array), name);
      return;
    }
    std::size_t position = 0;
    for (const PickleId item : pickle_.items(id)) {
      const std::string inner = below(name, std::to_string(position++));
      visit(item, &inner);
    }
  }

  void visit_dictionary(PickleId id, const std::string* name) {
    const auto items = pickle_.items(id);
    if (items.size() % 2 != 0) refuse("expected keys with values, got one without");
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const std::string inner = below(name, key_text(items[i]));
      visit(items[i + 1], &inner);
    }
  }

  void visit_call(PickleId id, const std::string* name) {
    switch (*call_of(pickle_, id)) {
      case PickleCall::kOrderedDict:
        if (!pickle_.items(pickle_.arguments(id)).empty()) {
          refuse("expected an OrderedDict filled afterwards, got one with arguments");
        }
        visit_dictionary(id, name);
        break;
      case PickleCall::kTensor:
      case PickleCall::kTensorOfBytes:
      case PickleCall::kTensorWithFields:
      case PickleCall::kParameter:
        add(pickled_tensor(pickle_, id, storages_, where(name)), name);
        break;
      case PickleCall::kArray:
      case PickleCall::kArrayOfBuffer:
      case PickleCall::kArrayScalar:
        if (!numpy_arrays_.contains(id)) {
          numpy_arrays_.emplace(id, pickled_numpy_array(pickle_, id, where(name)));
        }
        add(numpy_arrays_.at(id), name);
        break;
      case PickleCall::kSize:
        visit(
            PickleArguments(pickle_, pickle_.arguments(id), "arguments of torch.Size", path_).at(0),
            name);
        break;
      case PickleCall::kDevice:
        add_other("a device", name);
        break;
      case PickleCall::kArrayType:
        add_other("a type", name);
        break;
      case PickleCall::kEncode:
      case PickleCall::kNoBytes:
        add_other("bytes", name);
        break;
    }
  }

  std::string key_text(PickleId key) const {
    switch (pickle_.kind(key)) {
      case PickleKind::kText:
      case PickleKind::kBytes:
        if (pickle_.bytes(key).size() > kLongestArrayName) break;
        return utf8_or_latin1(std::string(pickle_.text(key)));
      case PickleKind::kInt:
        return std::to_string(pickle_.integer(key));
      default:
        break;
    }
    throw Error(ErrorKind::kUnsupported,
                concat(path_,
                       ": expected dictionaries whose keys are text of at most ",
                       kLongestArrayName,
                       " bytes or whole numbers, got another key"));
  }

  std::string below(const std::string* name, const std::string& key) const {
    std::string inner = name == nullptr ? key : concat(*name, "/", key);
    if (inner.size() <= kLongestArrayName) return inner;
    refuse(concat("expected names of at most ", kLongestArrayName, " bytes, got a longer one"));
  }

  std::string where(const std::string* name) const {
    return place(path_, name == nullptr ? alone_ : *name);
  }

  void add_other(std::string note, const std::string* name) {
    PickledArray array;
    array.info.note = std::move(note);
    add(std::move(array), name);
  }

  void add(PickledArray array, const std::string* name) {
    array.info.name = name == nullptr ? alone_ : *name;
    if (arrays_.size() == kMostPickledArrays) {
      throw Error(ErrorKind::kUnsupported,
                  concat(path_,
                         ": expected at most ",
                         kMostPickledArrays,
                         " arrays, got more: stack them, as torch.stack and numpy.stack do"));
    }
    if (!names_.insert(array.info.name).second) {
      throw Error(
          ErrorKind::kFormat,
          concat(place(path_, array.info.name), ": expected a name of its own, got it twice"));
    }
    arrays_.push_back(std::move(array));
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::kUnsupported, concat(path_, ": ", what));
  }

  const Pickle& pickle_;
  const TensorStorages& storages_;
  const std::string& alone_;
  const std::string& path_;
  std::size_t steps_ = 0;
  std::vector<PickledArray> arrays_;
  std::unordered_set<std::string> names_;
  std::unordered_map<PickleId, PickledArray>
      numpy_arrays_;  // each takes a look at all of its bytes
};

}  // namespace

std::vector<PickledArray> pickled_arrays(const Pickle& pickle,
                                         const TensorStorages& storages,
                                         const std::string& alone,
                                         const std::string& path) {
  return ArrayLister(pickle, storages, alone, path).list();
}

}  // namespace dem
