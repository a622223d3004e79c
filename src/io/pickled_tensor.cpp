// PyTorch's tensors, as torch._utils rebuilds them: a window on a storage with offset, shape and
// strides.
#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/pickle_calls.h"
#include "io/pickled_array.h"

namespace dem {
namespace {

struct TorchType {
  std::string_view storage;  // torch.NAME
  std::string_view dtype;    // torch.NAME
  ElementType element;
  std::string_view note = "";
};

constexpr TorchType kTorchTypes[] = {
    {"torch.FloatStorage", "torch.float32", ElementType::kFloat32},
    {"torch.DoubleStorage", "torch.float64", ElementType::kFloat64},
    {"torch.HalfStorage", "torch.float16", ElementType::kFloat16},
    {"torch.BFloat16Storage", "torch.bfloat16", ElementType::kBfloat16},
    {"torch.BoolStorage", "torch.bool", ElementType::kBool},
    {"torch.ByteStorage", "torch.uint8", ElementType::kUint8},
    {"torch.CharStorage", "torch.int8", ElementType::kInt8},
    {"torch.ShortStorage", "torch.int16", ElementType::kInt16},
    {"torch.IntStorage", "torch.int32", ElementType::kInt32},
    {"torch.LongStorage", "torch.int64", ElementType::kInt64},
    {"", "torch.uint16", ElementType::kUint16},
    {"", "torch.uint32", ElementType::kUint32},
    {"", "torch.uint64", ElementType::kUint64},
    {"torch.ComplexFloatStorage", "torch.complex64", ElementType::kOther, "complex"},
    {"torch.ComplexDoubleStorage", "torch.complex128", ElementType::kOther, "complex"}};

class TensorReader {
 public:
  TensorReader(const Pickle& pickle, const TensorStorages& storages, const std::string& where)
      : pickle_(pickle), storages_(storages), where_(where) {}

  PickledArray read(PickleId call) {
    const std::optional<PickleCall> kind = call_of(pickle_, call);
    const PickleArguments arguments(
        pickle_, pickle_.arguments(call), "arguments of a tensor", where_);
    if (kind == PickleCall::kParameter) {
      if (!is_plain_tensor(arguments.at(0))) arguments.fail(0, "a tensor");
      return read(arguments.at(0));
    }
    if (kind != PickleCall::kTensorWithFields) {
      return rebuild(arguments, kind == PickleCall::kTensorOfBytes);
    }
    const bool of_bytes = arguments.name(0) == "torch._utils._rebuild_tensor_v3";
    if (!of_bytes && arguments.name(0) != "torch._utils._rebuild_tensor_v2") {
      return other(concat("rebuilt by ", printable_name(arguments.name(0))));
    }
    if (arguments.name(1) != "torch.Tensor" &&
        arguments.name(1) != "torch.nn.parameter.Parameter") {
      return other(concat("of class ", printable_name(arguments.name(1))));
    }
    return rebuild({pickle_, arguments.at(2), "arguments of a tensor", where_}, of_bytes);
  }

 private:
  [[nodiscard]] bool is_plain_tensor(PickleId id) const {
    const std::optional<PickleCall> kind = call_of(pickle_, id);
    return kind == PickleCall::kTensor || kind == PickleCall::kTensorOfBytes ||
           kind == PickleCall::kTensorWithFields;
  }

  static PickledArray other(std::string note) {
    PickledArray array;
    array.info.note = std::move(note);
    return array;
  }

  // Storage, offset, shape, strides, requires_grad, hooks, then the type where the storage is of
  // bytes, then perhaps a dictionary of what the numbers are to be multiplied with.
  PickledArray rebuild(const PickleArguments& arguments, bool of_bytes) {
    PickledArray array;
    array.info.shape = arguments.integers(2);
    array.numbers.strides = arguments.integers(3);
    array.numbers.offset = arguments.integer(1);
    const Storage storage = storage_of(arguments, of_bytes ? arguments.name(6) : "");
    const std::size_t metadata = of_bytes ? 7 : 6;
    const bool changed =
        arguments.size() > metadata && !pickle_.items(arguments.at(metadata)).empty();
    (void)element_count(array.info.shape, where_);
    array.info.note = changed ? "a conjugate or negative view" : storage.note;
    if (!array.info.note.empty()) return array;
    array.info.type = storage.type;
    array.storage = storage.entry;
    array.numbers.bytes = storage.entry->stored;
    array.numbers.swap_bytes = storages_.swap_bytes && element_size(storage.type) > 1;
    check_strides(array.numbers, array.info, where_);
    refuse_repetition(array);
    return array;
  }

  struct Storage {
    const ZipEntry* entry = nullptr;
    ElementType type = ElementType::kOther;
    std::string note;
  };

  // ("storage", type, key, device, count of numbers)
  Storage storage_of(const PickleArguments& tensor, std::string_view dtype) {
    const PickleId id = tensor.at(0);
    if (pickle_.kind(id) != PickleKind::kPersistent) tensor.fail(0, "a storage");
    const PickleArguments storage(pickle_, pickle_.reference(id), "a storage", where_);
    if (storage.text(0) != "storage") storage.fail(0, "\"storage\"");
    const std::string_view class_name = storage.name(1);
    const bool untyped = class_name == "torch.storage.UntypedStorage";
    if (untyped != !dtype.empty()) storage.fail(1, "a storage that suits the tensor");
    const auto found =
        std::find_if(std::begin(kTorchTypes), std::end(kTorchTypes), [&](const TorchType& row) {
          return untyped ? row.dtype == dtype : row.storage == class_name;
        });
    if (found == std::end(kTorchTypes)) {
      return {nullptr,
              ElementType::kOther,
              concat("numbers of ", printable_name(untyped ? dtype : class_name))};
    }
    if (!found->note.empty()) return {nullptr, ElementType::kOther, std::string(found->note)};
    const std::string key(storage.text(2));
    const auto entry = storages_.entries.find(key);
    if (entry == storages_.entries.end()) {
      throw Error(ErrorKind::kFormat,
                  concat(where_, ": expected an entry data/", key, ", got none"));
    }
    check_size(entry->second, storage.integer(4), untyped ? 1 : element_size(found->element));
    return {&entry->second, found->element, ""};
  }

  void check_size(const ZipEntry& entry, Index count, std::size_t size) const {
    const auto room = static_cast<Index>(entry.size / size);
    if (count == room && entry.size % size == 0) return;
    throw Error(ErrorKind::kFormat,
                concat(where_,
                       ": expected a storage of ",
                       count,
                       " numbers of ",
                       size,
                       " bytes, got an entry of ",
                       entry.size));
  }

  // Memory must follow from the file: expanded tensors have more numbers than there are.
  static void refuse_repetition(PickledArray& array) {
    const auto room =
        static_cast<Index>(array.numbers.bytes.size() / element_size(array.info.type));
    if (element_count(array.info.shape, "") <= room) return;
    array.info.type = ElementType::kOther;
    array.info.note = "a view that repeats its numbers: save tensor.contiguous()";
  }

  const Pickle& pickle_;
  const TensorStorages& storages_;
  const std::string& where_;
};

}  // namespace

PickledArray pickled_tensor(const Pickle& pickle,
                            PickleId call,
                            const TensorStorages& storages,
                            const std::string& where) {
  return TensorReader(pickle, storages, where).read(call);
}

}  // namespace dem
