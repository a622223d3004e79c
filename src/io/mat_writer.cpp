#include "io/mat_writer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/mat5_element.h"
#include "io/mat_output.h"

namespace dem {
namespace {

constexpr std::size_t kMostMatBytes = std::numeric_limits<std::int32_t>::max();

// How a stored type is called in the file.
struct Spelling {
  ElementType type;
  mat5::ArrayClass array_class;
  mat5::DataType data_type;
};
constexpr Spelling kSpellings[] = {
    {ElementType::kBool, mat5::kMxUint8, mat5::kMiUint8},
    {ElementType::kInt8, mat5::kMxInt8, mat5::kMiInt8},
    {ElementType::kUint8, mat5::kMxUint8, mat5::kMiUint8},
    {ElementType::kInt16, mat5::kMxInt16, mat5::kMiInt16},
    {ElementType::kUint16, mat5::kMxUint16, mat5::kMiUint16},
    {ElementType::kInt32, mat5::kMxInt32, mat5::kMiInt32},
    {ElementType::kUint32, mat5::kMxUint32, mat5::kMiUint32},
    {ElementType::kInt64, mat5::kMxInt64, mat5::kMiInt64},
    {ElementType::kUint64, mat5::kMxUint64, mat5::kMiUint64},
    {ElementType::kFloat32, mat5::kMxSingle, mat5::kMiSingle},
    {ElementType::kFloat64, mat5::kMxDouble, mat5::kMiDouble},
};

[[noreturn]] void refuse_variable(const std::string& path,
                                  const std::string& name,
                                  const std::string& what) {
  throw Error(ErrorKind::kInvalidArgument, concat(place(path, name), ": ", what));
}

const Spelling& spelling(const std::string& path, const MatVariable& variable) {
  const auto* found = std::find_if(std::begin(kSpellings),
                                   std::end(kSpellings),
                                   [&](const auto& s) { return s.type == variable.stored; });
  if (found == std::end(kSpellings)) {
    refuse_variable(
        path, variable.name, concat("MAT v5 has no class for ", to_string(variable.stored)));
  }
  return *found;
}

void append_word(std::uint32_t word, std::string& bytes) {
  char raw[4];
  std::memcpy(raw, &word, 4);
  bytes.append(raw, 4);
}

void append_element(mat5::DataType type, std::string_view data, std::string& bytes) {
  append_word(type, bytes);
  append_word(static_cast<std::uint32_t>(data.size()), bytes);
  bytes.append(data);
  bytes.resize((bytes.size() + 7) / 8 * 8);
}

// Flags, dimensions and name of an array.
std::string head(std::uint32_t flags, Index rows, Index cols, const std::string& name) {
  std::string words;
  append_word(flags, words);
  append_word(0, words);
  std::string bytes;
  append_element(mat5::kMiUint32, words, bytes);
  words.clear();
  append_word(static_cast<std::uint32_t>(rows), words);
  append_word(static_cast<std::uint32_t>(cols), words);
  append_element(mat5::kMiInt32, words, bytes);
  append_element(mat5::kMiInt8, name, bytes);
  return bytes;
}

std::size_t checked_size(const std::string& path,
                         const MatVariable& variable,
                         Index rows,
                         Index cols,
                         std::size_t element) {
  if (rows < 0 || cols < 0 || rows > static_cast<Index>(kMostMatBytes) ||
      cols > static_cast<Index>(kMostMatBytes) ||
      static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols) > kMostMatBytes / element) {
    refuse_variable(
        path, variable.name, concat("[", rows, ", ", cols, "] exceeds the format's 2 GiB"));
  }
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols) * element;
}

// `value` as the type in the file; whole numbers must be within its range.
template <typename Stored, typename T>
Stored store(T value, const std::string& where) {
  if constexpr (std::is_integral_v<Stored> && std::is_integral_v<T>) {
    if (!std::in_range<Stored>(value)) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat(where, ": ", value, " does not fit the class it is to be stored as"));
    }
  } else if constexpr (std::is_integral_v<Stored>) {
    const auto wide = static_cast<double>(value);
    // The upper limit is a power of two, exact as a double where max() itself need not be.
    const double limit = std::ldexp(1.0, std::numeric_limits<Stored>::digits);
    if (!(wide >= static_cast<double>(std::numeric_limits<Stored>::min()) && wide < limit) ||
        wide != std::floor(wide)) {
      throw Error(ErrorKind::kInvalidArgument,
                  concat(where, ": ", wide, " does not fit the class it is to be stored as"));
    }
  }
  return static_cast<Stored>(value);
}

// Writes the view's values column by column as MATLAB sees them, in pieces.
template <typename Stored, typename T>
void put_values(MatOutput& out,
                MatrixView<const T> view,
                bool transposed,
                const std::string& where) {
  constexpr Index kPieceBytes = Index{4} << 20, kTile = 64;
  if (view.empty()) return;
  const Index rows = transposed ? view.cols() : view.rows();
  const Index cols = transposed ? view.rows() : view.cols();
  const Index step =
      std::clamp<Index>(kPieceBytes / static_cast<Index>(sizeof(Stored)) / rows, 1, cols);
  std::vector<Stored> piece(static_cast<std::size_t>(step * rows));
  for (Index first = 0; first < cols; first += step) {
    const Index count = std::min(step, cols - first);
    for (Index tile = 0; tile < rows; tile += kTile) {
      for (Index col = 0; col < count; ++col) {
        for (Index row = tile; row < std::min(tile + kTile, rows); ++row) {
          const T value = transposed ? view(first + col, row) : view(row, first + col);
          piece[static_cast<std::size_t>(col * rows + row)] = store<Stored>(value, where);
        }
      }
    }
    out.put(piece.data(), static_cast<std::size_t>(count * rows) * sizeof(Stored));
  }
}

template <typename T>
void put_as(ElementType stored,
            MatOutput& out,
            MatrixView<const T> view,
            bool transposed,
            const std::string& where) {
  switch (stored) {
    case ElementType::kInt8:
      return put_values<std::int8_t>(out, view, transposed, where);
    case ElementType::kBool:
    case ElementType::kUint8:
      return put_values<std::uint8_t>(out, view, transposed, where);
    case ElementType::kInt16:
      return put_values<std::int16_t>(out, view, transposed, where);
    case ElementType::kUint16:
      return put_values<std::uint16_t>(out, view, transposed, where);
    case ElementType::kInt32:
      return put_values<std::int32_t>(out, view, transposed, where);
    case ElementType::kUint32:
      return put_values<std::uint32_t>(out, view, transposed, where);
    case ElementType::kInt64:
      return put_values<std::int64_t>(out, view, transposed, where);
    case ElementType::kUint64:
      return put_values<std::uint64_t>(out, view, transposed, where);
    case ElementType::kFloat32:
      return put_values<float>(out, view, transposed, where);
    default:
      return put_values<double>(out, view, transposed, where);
  }
}

template <typename T>
void write_variable(MatOutput& out,
                    const std::string& path,
                    const MatVariable& variable,
                    MatrixView<const T> view) {
  const Spelling& name = spelling(path, variable);
  const Index rows = variable.transposed ? view.cols() : view.rows();
  const Index cols = variable.transposed ? view.rows() : view.cols();
  const std::size_t size = checked_size(path, variable, rows, cols, element_size(variable.stored));
  constexpr std::uint32_t kLogical = 0x200;
  std::string start =
      head(name.array_class | (variable.stored == ElementType::kBool ? kLogical : 0),
           rows,
           cols,
           variable.name);
  append_word(name.data_type, start);
  append_word(static_cast<std::uint32_t>(size), start);
  const std::size_t padding = (8 - size % 8) % 8;
  out.begin_array(static_cast<std::uint32_t>(start.size() + size + padding));
  out.put(start.data(), start.size());
  put_as(variable.stored, out, view, variable.transposed, place(path, variable.name));
  out.put("\0\0\0\0\0\0\0", padding);
  out.end_array();
}

// A string as an array without a name: [1, length] UTF-16 units.
std::string cell(const std::string& path, const MatVariable& variable, const std::string& text) {
  std::vector<char32_t> codes;
  if (!decode_utf8(std::as_bytes(std::span(text)), codes)) {
    refuse_variable(path, variable.name, concat("not UTF-8: \"", text, "\""));
  }
  const auto units = to_utf16_units(codes);
  std::string data;
  for (const char32_t unit : units) {
    const auto narrow = static_cast<std::uint16_t>(unit);
    data.append(reinterpret_cast<const char*>(&narrow), sizeof narrow);
  }
  std::string bytes =
      head(mat5::kMxChar, units.empty() ? 0 : 1, static_cast<Index>(units.size()), "");
  append_element(mat5::kMiUtf16, data, bytes);
  return bytes;
}

void write_variable(MatOutput& out,
                    const std::string& path,
                    const MatVariable& variable,
                    std::span<const std::string> texts) {
  std::string bytes = head(mat5::kMxCell, static_cast<Index>(texts.size()), 1, variable.name);
  for (const std::string& text : texts) {
    append_element(mat5::kMiMatrix, cell(path, variable, text), bytes);
    if (bytes.size() > kMostMatBytes)
      refuse_variable(path, variable.name, "exceeds the format's 2 GiB");
  }
  out.begin_array(static_cast<std::uint32_t>(bytes.size()));
  out.put(bytes.data(), bytes.size());
  out.end_array();
}

// 116 bytes of text, no subsystem data, version 1.0 and the mark of byte order ("IM" on disk where
// the machine is little-endian).
std::string file_header() {
  constexpr std::size_t kTextBytes = 116;
  std::string bytes = "MATLAB 5.0 MAT-file, written by dem";
  bytes.resize(kTextBytes, ' ');
  bytes.resize(124, '\0');
  const std::uint16_t end[] = {0x0100, 'M' << 8 | 'I'};
  return bytes.append(reinterpret_cast<const char*>(end), sizeof end);
}

}  // namespace

void check_matlab_name(const std::string& path, const std::string& name) {
  const auto is_word = [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  };
  if (name.empty() || name.size() > 63 || std::isalpha(static_cast<unsigned char>(name[0])) == 0 ||
      !std::all_of(name.begin(), name.end(), is_word)) {
    refuse_variable(path, name, "not a name that MATLAB allows");
  }
}

void write_mat5(const std::string& path, std::span<const MatVariable> variables, bool compressed) {
  for (const MatVariable& variable : variables) check_matlab_name(path, variable.name);
  MatOutput out(path, compressed);
  out.write(file_header());
  for (const MatVariable& variable : variables) {
    std::visit([&](const auto& values) { write_variable(out, path, variable, values); },
               variable.values);
  }
  out.commit();
}

}  // namespace dem
