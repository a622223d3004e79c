#include "io/mat5_sparse.h"

#include <cmath>

#include "base/at.h"
#include "base/text.h"
#include "io/convert.h"

namespace dem::mat5 {
namespace {

// The next element, of numbers.
struct Numbers {
  ElementType type = ElementType::kOther;
  std::span<const std::byte> bytes;
  Index count = 0;
};

Numbers next_numbers(ElementReader& reader, Tag& tag) {
  tag = reader.tag();
  const ElementType type = element_type(tag.type);
  const std::size_t size = element_size(type);
  if (size == 0) reader.fail(concat("expected numbers, got an element of type ", tag.type));
  const auto bytes = reader.payload(tag);
  return {type, bytes, static_cast<Index>(bytes.size() / size)};
}

std::vector<std::int64_t> next_integers(ElementReader& reader) {
  Tag tag;
  const Numbers numbers = next_numbers(reader, tag);
  return convert_to_integers(numbers.type,
                             numbers.bytes.data(),
                             reader.swap_bytes(),
                             numbers.count,
                             reader.source().where());
}

std::vector<float> next_floats(ElementReader& reader) {
  Tag tag;
  const Numbers numbers = next_numbers(reader, tag);
  std::vector<float> values(at(numbers.count));
  convert_to_float(numbers.type,
                   numbers.bytes.data(),
                   static_cast<std::ptrdiff_t>(element_size(numbers.type)),
                   reader.swap_bytes(),
                   numbers.count,
                   values.data());
  return values;
}

}  // namespace

SparseColumns read_sparse(ElementReader& reader, const ArrayHead& head) {
  SparseColumns sparse;
  sparse.rows = head.shape[0];
  sparse.cols = head.shape[1];
  sparse.indices = next_integers(reader);
  sparse.pointers = next_integers(reader);
  // MATLAB writes as many as there is room for; the pointers say how many are meant.
  const Index meant = sparse.pointers.empty() ? 0 : sparse.pointers.back();
  if (reader.source().left() > 0) sparse.values = next_floats(reader);
  if (meant >= 0 && meant <= std::ssize(sparse.indices)) sparse.indices.resize(at(meant));
  if (meant >= 0 && meant <= std::ssize(sparse.values)) sparse.values.resize(at(meant));
  check_sparse(sparse, reader.source().where());
  return sparse;
}

}  // namespace dem::mat5
