// Pickles and PyTorch files that are broken, cut short, damaged or malicious.
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "io/formats.h"
#include "io/pickle.h"
#include "io/pickle_builder.h"
#include "support/files.h"
#include "support/mutations.h"

namespace dem {
namespace {

using test::expect_error;
using test::pickle_of;
using test::pickled_int;
using test::pickled_ints;
using test::pickled_name;
using test::pickled_text;
using test::pickled_tuple;
using test::PickledTensor;
using test::read_bytes;
using test::TemporaryFolder;

Pickle parsed(const std::string& bytes) {
  return {std::as_bytes(std::span(bytes)), "test"};
}

// Writes the bytes as a file and opens it.
std::unique_ptr<ArrayFile> file_of(const TemporaryFolder& folder, const std::string& bytes) {
  const std::string path = folder.file("file.bin");
  std::ofstream(path, std::ios::binary) << bytes;
  return ArrayFile::open(path);
}

// Reads all that can be read.
void read_everything(ArrayFile& file) {
  for (const ArrayInfo& info : file.arrays()) {
    if (info.type == ElementType::kText && info.shape.size() < 2) (void)file.read_strings(info);
    if (info.shape.size() != 2 || element_size(info.type) == 0) continue;
    for (const int axis : {0, 1}) {
      Matrix<float> rows = read_matrix(file, info, axis);
      (void)file.open_rows(info, axis)->read(rows);
    }
  }
}

struct BrokenPickle {
  const char* what;
  std::string bytes;
  const char* message;
  ErrorKind kind = ErrorKind::kFormat;
};

std::vector<BrokenPickle> broken_pickles() {
  using namespace std::string_literals;
  const std::string deep = std::string(200, ']') + std::string(199, 'a');
  std::string long_path = ")";
  for (int i = 0; i < 150; ++i) long_path += "\x85";
  return {
      {"nothing", "", "expected a pickle"},
      {"protocol 1", "\x80\x01N.", "protocol 2 to 5", ErrorKind::kUnsupported},
      {"protocol 6", "\x80\x06N.", "protocol 2 to 5", ErrorKind::kUnsupported},
      {"no end", "\x80\x02N", "cut short"},
      {"two values", pickle_of("NN"), "one value at the end, got 2"},
      {"no value", pickle_of(""), "one value at the end, got 0"},
      {"an open mark", pickle_of("N("), "one value"},
      {"bytes behind", pickle_of("N") + "N", "several pickles", ErrorKind::kUnsupported},
      {"no opcode", pickle_of("\xfe"), "got byte 254"},
      {"a value from nothing", pickle_of("a"), "a value on the stack"},
      {"a value from below a mark", pickle_of("]N(a"), "a value on the stack"},
      {"a tuple without a mark", pickle_of("Nt"), "a mark"},
      {"an append to None", pickle_of("NNa"), "a list to append to"},
      {"an item of a list", pickle_of("]NNs"), "a dictionary"},
      {"a key without a value", pickle_of("}(Nu"), "keys with values"},
      {"a memo that is empty", pickle_of("h\5"), "number of the memo"},
      {"a memo of four milliards", pickle_of("Nr\xff\xff\xff\xff"), "memo's next number"},
      {"text of four milliards",
       pickle_of("X\xff\xff\xff\xff"
                 "a"),
       "4294967295 bytes"},
      {"text of eight exabytes",
       pickle_of("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"),
       "9223372036854775807"},
      {"bytes of all there are",
       pickle_of("\x8e\xff\xff\xff\xff\xff\xff\xff\xff"),
       "18446744073709551615"},
      {"a long of two milliards", pickle_of("\x8b\xff\xff\xff\x7f"), "cut short"},
      {"a frame beyond the end", "\x80\x04\x95\xff\0\0\0\0\0\0\0N."s, "frame"},
      {"a name without a line", pickle_of("cos"), "a name that ends"},
      {"a name of numbers", pickle_of("NN\x93"), "a module and a name"},
      {"a state for None", pickle_of("NNb"), "an object to set up"},
      {"two states", pickle_of(pickled_name("collections", "OrderedDict") + ")R}b}b"), "once"},
      {"itself in a list", pickle_of("]q\0h\0a"s), "holds itself", ErrorKind::kUnsupported},
      {"itself in a dictionary", pickle_of("}q\0Nh\0s"s), "holds itself", ErrorKind::kUnsupported},
      {"itself by way of another",
       pickle_of("]q\0](h\0ea"s),
       "holds itself",
       ErrorKind::kUnsupported},
      {"a hundred lists", pickle_of(deep), "levels deep", ErrorKind::kUnsupported},
      {"a hundred tuples", pickle_of(long_path), "levels deep", ErrorKind::kUnsupported},
      {"an old object", pickle_of("(ios\nsystem\n"), "os.system; nothing", ErrorKind::kUnsupported},
      {"an older object", pickle_of("(No"), "nothing was executed", ErrorKind::kUnsupported},
      {"an extension", pickle_of("\x82\1"), "EXT1", ErrorKind::kUnsupported},
      {"a buffer elsewhere", pickle_of("\x97"), "NEXT_BUFFER", ErrorKind::kUnsupported},
      {"a set", pickle_of("\x8f"), "EMPTY_SET", ErrorKind::kUnsupported},
      {"a value dropped", pickle_of("NN0"), "POP", ErrorKind::kUnsupported},
  };
}

TEST(Pickle, BrokenOnesAreRefused) {
  for (const BrokenPickle& broken : broken_pickles()) {
    SCOPED_TRACE(broken.what);
    expect_error(broken.kind, {"test", broken.message}, [&] { (void)parsed(broken.bytes); });
  }
  const std::string bytes = pickle_of("](NNe");
  const Pickle valid = parsed(bytes);
  EXPECT_EQ(valid.items(valid.root()).size(), 2u);
}

TEST(Pickle, ValuesAreThoseOfThePickle) {
  using namespace std::string_literals;
  const std::string whole =
      pickle_of("(K\xffM\xff\xffJ\xfe\xff\xff\xff\x8a\1\x80\x8a\0G\xbf\xf8\0\0\0\0\0\0\x88t"s);
  const Pickle pickle = parsed(whole);
  const auto items = pickle.items(pickle.root());
  ASSERT_EQ(items.size(), 7u);
  EXPECT_EQ(pickle.integer(items[0]), 255);
  EXPECT_EQ(pickle.integer(items[1]), 65535);
  EXPECT_EQ(pickle.integer(items[2]), -2);
  EXPECT_EQ(pickle.integer(items[3]), -128);
  EXPECT_EQ(pickle.integer(items[4]), 0);
  EXPECT_EQ(pickle.number(items[5]), -1.5);
  EXPECT_EQ(pickle.integer(items[6]), 1);
}

// --- Files that want something run ---

struct Malicious {
  const char* what;
  std::string body;
  const char* message;
};

std::vector<Malicious> malicious(const std::string& marker) {
  const std::string command = pickled_text("touch " + marker);
  const std::string arguments = pickled_tuple({command});
  const std::string system = pickled_name("os", "system");
  return {
      {"os.system", system + arguments + "R", "a call of os.system"},
      {"posix.system", pickled_name("posix", "system") + arguments + "R", "posix.system"},
      {"by a name from the stack",
       pickled_text("os") + pickled_text("system") + "\x93" + arguments + "R",
       "os.system"},
      {"as a new object", system + arguments + "\x81", "os.system"},
      {"as a new object with names", system + arguments + "}\x92", "os.system"},
      {"in a dictionary", "}" + pickled_text("a") + system + arguments + "Rs", "os.system"},
      {"as a key that is set again",
       "}" + pickled_text("a") + system + arguments + "Rs" + pickled_text("a") + "Ns",
       "os.system"},
      {"as an argument of a tensor",
       pickled_name("torch._utils", "_rebuild_tensor_v2") + "(" + system + arguments + "RtR",
       "os.system"},
      {"as a state",
       pickled_name("collections", "OrderedDict") + ")R" + system + arguments + "Rb",
       "os.system"},
      {"as a reference", system + arguments + "RQ", "os.system"},
      {"eval", pickled_name("builtins", "eval") + arguments + "R", "builtins.eval"},
      {"a call of what a call gave",
       pickled_name("builtins", "getattr") + arguments + "R)R",
       "builtins.getattr"},
      {"a call of text", command + arguments + "R", "something without a name"},
      {"a name in disguise",
       pickled_name("torch._utils", "_rebuild_tensor_v2\x1b[31m") + arguments + "R",
       "_rebuild_tensor_v2?[31m"},
      {"a neighbour of what is read",
       pickled_name("torch", "load") + arguments + "R",
       "torch.load"},
      {"pandas",
       pickled_name("pandas.core.frame", "DataFrame") + ")\x81",
       "pandas.core.frame.DataFrame"},
  };
}

TEST(Pickle, NothingIsEverRun) {
  const TemporaryFolder folder;
  const std::string marker = folder.file("marker");
  for (const Malicious& file : malicious(marker)) {
    SCOPED_TRACE(file.what);
    for (const bool archive : {false, true}) {
      const std::string pickle = pickle_of(file.body);
      expect_error(
          ErrorKind::kUnsupported,
          {"file.bin", file.message, "nothing was executed", "torch.save(", "numpy.save("},
          [&] { (void)file_of(folder, archive ? test::torch_archive(pickle, {}) : pickle); });
    }
    EXPECT_FALSE(std::filesystem::exists(marker));
  }
}

// --- Archives whose parts contradict each other ---

struct BrokenTensor {
  const char* what;
  std::function<void(PickledTensor&, test::ArchiveParts&)> damage;
  const char* message;
  ErrorKind kind = ErrorKind::kFormat;
};

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

const BrokenTensor kBrokenTensors[] = {
    {"a storage that is not there",
     [](PickledTensor& t, test::ArchiveParts&) { t.key = "1"; },
     "an entry data/1, got none"},
    {"a storage that is too small",
     [](PickledTensor&, test::ArchiveParts& parts) { parts[0].second.resize(56); },
     "a storage of 15 numbers of 4 bytes, got an entry of 56"},
    {"a storage that is too large",
     [](PickledTensor&, test::ArchiveParts& parts) { parts[0].second.resize(64); },
     "got an entry of 64"},
    {"a storage of another type",
     [](PickledTensor& t, test::ArchiveParts&) { t.storage = "DoubleStorage"; },
     "15 numbers of 8 bytes"},
    {"a storage twice",
     [](PickledTensor&, test::ArchiveParts& parts) { parts.push_back(parts[0]); },
     "one entry archive/data/0, got two"},
    {"two byte orders",
     [](PickledTensor&, test::ArchiveParts& parts) {
       parts.emplace_back("byteorder", "little");
       parts.emplace_back("byteorder", "little");
     },
     "one entry archive/byteorder"},
    {"no byte order",
     [](PickledTensor&, test::ArchiveParts& parts) { parts.emplace_back("byteorder", "middle"); },
     "byte order little or big"},
    {"two pickles",
     [](PickledTensor&, test::ArchiveParts& parts) { parts.emplace_back("data.pkl", "x"); },
     "one entry archive/data.pkl"},
    {"a count of numbers that is huge",
     [](PickledTensor& t, test::ArchiveParts&) { t.count = kHuge; },
     "9223372036854775807"},
    {"a negative offset",
     [](PickledTensor& t, test::ArchiveParts&) { t.offset = -1; },
     "from number -1"},
    {"an offset of one too much",
     [](PickledTensor& t, test::ArchiveParts&) { t.offset = 1; },
     "from number 1"},
    {"an offset that is huge",
     [](PickledTensor& t, test::ArchiveParts&) { t.offset = kHuge; },
     "strides within 15 numbers"},
    {"an offset of a single number behind the end",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.shape = {};
       t.strides = {};
       t.offset = 15;
     },
     "from number 15"},
    {"a negative stride",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.strides = {-5, 1};
     },
     "[-5, 1]"},
    {"a stride of one too much",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.strides = {6, 1};
     },
     "[6, 1]"},
    {"a stride whose product is beyond 64 bits",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.strides = {kHuge / 2 + 2, 1};
     },
     "strides within 15 numbers"},
    {"strides whose sum is beyond 64 bits",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.shape = {2, 2};
       t.strides = {kHuge, kHuge};
     },
     "strides within 15 numbers"},
    {"strides of another rank",
     [](PickledTensor& t, test::ArchiveParts&) { t.strides = {1}; },
     "with strides [1]"},
    {"a negative extent",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.shape = {-3, 5};
     },
     "a shape that memory can hold"},
    {"extents whose product is beyond 64 bits",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.shape = {kHuge / 2, 4};
     },
     "a shape that memory can hold"},
    {"extents beyond 64 bits next to none",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.shape = {0, kHuge, kHuge};
       t.strides = {1, 1, 1};
     },
     "a shape that memory can hold"},
    {"a hundred axes",
     [](PickledTensor& t, test::ArchiveParts&) {
       t.shape.assign(100, 1);
       t.strides.assign(100, 1);
     },
     "at most 64"}};

TEST(Torch, TensorsThatContradictTheirStorageAreRefused) {
  const TemporaryFolder folder;
  const auto archive_of = [](const PickledTensor& tensor, const test::ArchiveParts& parts) {
    return test::torch_archive(pickle_of(tensor.bytes()), parts);
  };
  const test::ArchiveParts good = {{"data/0", test::counted_floats(15)}};
  EXPECT_EQ(file_of(folder, archive_of({}, good))->arrays().at(0).shape,
            (std::vector<Index>{3, 5}));
  for (const BrokenTensor& broken : kBrokenTensors) {
    SCOPED_TRACE(broken.what);
    PickledTensor tensor;
    test::ArchiveParts parts = good;
    broken.damage(tensor, parts);
    expect_error(broken.kind, {"file.bin", broken.message}, [&] {
      (void)file_of(folder, archive_of(tensor, parts));
    });
  }
}

TEST(Torch, CompressedEntriesAreRefused) {
  const TemporaryFolder folder;
  const std::string pickle = pickle_of(PickledTensor().bytes());
  const std::string numbers = test::counted_floats(15);
  const std::vector<std::vector<test::ZipTestEntry>> archives = {
      {test::deflated_entry("a/data.pkl", pickle), test::stored_entry("a/data/0", numbers)},
      {test::stored_entry("a/data.pkl", pickle), test::deflated_entry("a/data/0", numbers)}};
  for (const auto& entries : archives) {
    expect_error(ErrorKind::kUnsupported, {"a/data", "compressed"}, [&] {
      (void)file_of(folder, test::zip_archive(entries));
    });
  }
}

TEST(Torch, ADamagedPickleIsSeenByItsChecksum) {
  const TemporaryFolder folder;
  std::string bytes = test::torch_archive(pickle_of(PickledTensor().bytes()),
                                          {{"data/0", test::counted_floats(15)}});
  bytes[bytes.find("FloatStorage")] ^= 1;
  expect_error(
      ErrorKind::kFormat, {"archive/data.pkl", "CRC-32"}, [&] { (void)file_of(folder, bytes); });
}

// --- Structures ---

TEST(Pickle, NamesAreGivenOnceAndAreTextOrNumbers) {
  const TemporaryFolder folder;
  struct Case {
    std::string body;
    const char* message;
    ErrorKind kind;
  };
  const std::string one = "K\1";
  const std::string long_name = pickled_text(std::string(1001, 'x'));
  const std::string half_name = pickled_text(std::string(600, 'x'));
  const Case cases[] = {
      {"}(" + pickled_text("a") + one + pickled_text("a") + one + "u", "twice", ErrorKind::kFormat},
      {"}(" + one + one + pickled_text("1") + one + "u", "twice", ErrorKind::kFormat},
      {"}(" + pickled_text("a/b") + one + pickled_text("a") + "}" + pickled_text("b") + one + "su",
       "a/b",
       ErrorKind::kFormat},
      {"}N" + one + "s", "another key", ErrorKind::kUnsupported},
      {"}" + long_name + one + "s", "1000", ErrorKind::kUnsupported},
      {"}" + half_name + "}" + half_name + one + "ss", "1000", ErrorKind::kUnsupported}};
  for (const Case& c : cases) {
    expect_error(
        c.kind, {"file.bin", c.message}, [&] { (void)file_of(folder, pickle_of(c.body)); });
  }
}

TEST(Pickle, ListsThatAreNoMatrixAreNamedOneByOne) {
  const TemporaryFolder folder;
  struct Case {
    const char* body;
    std::vector<std::string> arrays;
  };
  using namespace std::string_literals;
  const Case cases[] = {{"](K\1K\2e", {"file int64 [2]"}},
                        {"](](K\1K\2e](K\3K\4ee", {"file int64 [2, 2]"}},
                        {"](K\1](K\2K\3ee", {"0 int64 []", "1 int64 [2]"}},
                        {"](K\1]e", {"0 int64 []"}},
                        {"](]K\1e", {"1 int64 []"}},
                        {"](](K\1K\2e](K\3ee", {"0 int64 [2]", "1 int64 [1]"}},
                        {"](](](K\1K\2eee", {"0 int64 [1, 2]"}},
                        {"](](](K\1K\2ee](K\3ee", {"0 int64 [1, 2]", "1 int64 [1]"}},
                        {"](](](K\1K\2e](K\3K\4ee](K\5K\6ee", {"0 int64 [2, 2]", "1 int64 [2]"}},
                        {"]", {}}};
  for (const Case& c : cases) {
    const auto file = file_of(folder, pickle_of(c.body));
    std::vector<std::string> found;
    for (const ArrayInfo& info : file->arrays()) {
      found.push_back(info.name + " " + to_string(info));
    }
    EXPECT_EQ(found, c.arrays) << c.body;
    read_everything(*file);
  }
}

// Names of classes do stand in many places; long text in very many would fill the memory.
TEST(Pickle, OneTextInManyPlacesIsReadAsFarAsMemoryFollowsFromTheFile) {
  const TemporaryFolder folder;
  const auto list_of = [](const std::string& text) {
    std::string body = "](" + pickled_text(text) + "q\1";
    for (int i = 1; i < 5000; ++i) body += "h\1";
    return pickle_of(body + "e");
  };
  const auto names = file_of(folder, list_of("honey bee"));
  EXPECT_EQ(names->read_strings(names->arrays().at(0)),
            std::vector<std::string>(5000, "honey bee"));
  const auto long_text = file_of(folder, list_of(std::string(5000, 'x')));
  EXPECT_EQ(long_text->arrays().at(0).type, ElementType::kOther);
  EXPECT_EQ(long_text->arrays().at(0).note, "long texts in very many places");
}

// Every level holds the one before ten times: a milliard values from a few bytes.
TEST(Pickle, ListsThatHoldEachOtherManyTimesAreRefused) {
  const TemporaryFolder folder;
  std::string body = "](](NNNNNNNNNNeq\1";
  for (int level = 0; level < 8; ++level) {
    body += "](";
    for (int i = 0; i < 10; ++i) body += std::string("h") + static_cast<char>(1 + level);
    body += std::string("eq") + static_cast<char>(2 + level);
  }
  expect_error(ErrorKind::kUnsupported, {"in very many"}, [&] {
    (void)file_of(folder, pickle_of(body + "e"));
  });
}

TEST(Pickle, MoreArraysThanAnyoneStacksAreRefused) {
  const TemporaryFolder folder;
  std::string body = "](";
  for (int i = 0; i < 100'001; ++i) body += "N";
  expect_error(ErrorKind::kUnsupported, {"torch.stack"}, [&] {
    (void)file_of(folder, pickle_of(body + "e"));
  });
}

// --- NumPy ---

std::string numpy_array(const std::string& type,
                        const std::string& order,
                        const std::vector<std::int64_t>& shape,
                        const std::string& data) {
  const std::string dtype = pickled_name("numpy", "dtype") +
                            pickled_tuple({pickled_text(type), "\x89", "\x88"}) + "R" +
                            pickled_tuple({pickled_int(3), pickled_text(order), "NNN"}) + "b";
  return pickled_name("numpy.core.multiarray", "_reconstruct") +
         pickled_tuple({pickled_name("numpy", "ndarray"), pickled_ints({0}), "C\1b"}) + "R" +
         pickled_tuple({pickled_int(1), pickled_ints(shape), dtype, "\x89", data}) + "b";
}

TEST(Pickle, ArraysThatContradictTheirBytesAreRefused) {
  const TemporaryFolder folder;
  struct Case {
    std::string body;
    const char* message;
  };
  const std::string six(6, 'x');
  const std::string bytes = "C\6" + six;
  const std::string encode = pickled_name("_codecs", "encode");
  EXPECT_EQ(file_of(folder, pickle_of(numpy_array("i2", "<", {3}, bytes)))->arrays()[0].type,
            ElementType::kInt16);
  std::string later = numpy_array("i2", ">", {3}, bytes);  // by numpy 2
  later.replace(later.find("numpy.core"), 10, "numpy._core");
  EXPECT_EQ(file_of(folder, pickle_of(later))->arrays().at(0).type, ElementType::kInt16);
  const Case cases[] = {
      {numpy_array("i2", "<", {4}, bytes), "of at most 3 elements"},
      {numpy_array("i2", "<", {2}, bytes), "expected 4 bytes"},
      {numpy_array("i2", "<", {kHuge, kHuge}, bytes), "memory can hold"},
      {numpy_array("i2", "<", {-3}, bytes), "memory can hold"},
      {numpy_array("q7", "<", {3}, bytes), "expected a type"},
      {numpy_array("i2", "?", {3}, bytes), "expected a type"},
      {numpy_array("i2", "", {3}, bytes), "a byte order"},
      {numpy_array("i2", "<", {3}, "N"), "an array's bytes"},
      {numpy_array("i2", "<", {3}, "]"), "objects"},
      {numpy_array("O8", "|", {3}, "]"), "objects for a shape [3]"},
      {numpy_array(
           "i2", "<", {3}, encode + pickled_tuple({pickled_text(six), pickled_text("utf8")}) + "R"),
       "latin1"},
      {numpy_array(
           "i2",
           "<",
           {1},
           encode + pickled_tuple({pickled_text("\xe7\x8c\xab"), pickled_text("latin1")}) + "R"),
       "Latin-1"},
      {numpy_array("i2",
                   "<",
                   {1},
                   encode + pickled_tuple({pickled_text("a\xc3"), pickled_text("latin1")}) + "R"),
       "Latin-1"}};
  for (const Case& c : cases) {
    expect_error(ErrorKind::kFormat, {"file.bin", c.message}, [&] {
      (void)file_of(folder, pickle_of(c.body));
    });
  }
}

// --- Cut and damaged ---

std::vector<std::string> good_files() {
  const std::string folder = std::string(DEM_SOURCE_DIR) + "/tests/data/io/";
  std::vector<std::string> files;
  for (const char* name : {"torch/shared.pt",
                           "torch/state_dict.pt",
                           "torch/numpy.pt",
                           "pickle/dict_2.pkl",
                           "pickle/dict_4.pkl",
                           "pickle/names_5.pkl"}) {
    files.push_back(read_bytes(folder + name));
  }
  return files;
}

TEST(Pickle, AFileThatIsCutShortIsRefusedAtEveryByte) {
  const TemporaryFolder folder;
  for (const std::string& good : good_files()) {
    for (std::size_t length = 0; length < good.size(); ++length) {
      try {
        (void)file_of(folder, good.substr(0, length));
        ADD_FAILURE() << length << " of " << good.size() << " bytes were read";
      } catch (const Error& error) {
        EXPECT_NE(to_string(error.kind()), to_string(ErrorKind::kInternal)) << error.what();
      }
    }
  }
}

TEST(Torch, APickleThatIsCutShortWithinItsArchiveIsRefusedAtEveryByte) {
  const TemporaryFolder folder;
  const std::string pickle = pickle_of(PickledTensor().bytes());
  for (std::size_t length = 0; length < pickle.size(); ++length) {
    expect_error(ErrorKind::kFormat, {"file.bin: data.pkl"}, [&] {
      (void)file_of(
          folder,
          test::torch_archive(pickle.substr(0, length), {{"data/0", test::counted_floats(15)}}));
    });
  }
}

TEST(Pickle, DamagedFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  for (const std::string& good : good_files()) {
    test::expect_read_or_refused(
        good, 400, [&](const std::string& bytes) { read_everything(*file_of(folder, bytes)); });
  }
}

// The checksum would hide damage to the pickle, so that one is made for each.
TEST(Torch, DamagedPicklesInSoundArchivesAreReadOrRefused) {
  const TemporaryFolder folder;
  PickledTensor view;
  view.shape = {2, 2};
  view.strides = {1, 5};
  const std::string good =
      pickle_of(test::pickled_dict({{"whole", PickledTensor().bytes()},
                                    {"view", view.bytes()},
                                    {"names", "](" + pickled_text("a") + "e"}}));
  test::expect_read_or_refused(good, 3000, [&](const std::string& bytes) {
    read_everything(
        *file_of(folder, test::torch_archive(bytes, {{"data/0", test::counted_floats(15)}})));
  });
}

}  // namespace
}  // namespace dem
