// An array of a MAT v5 file, opened: a source of its bytes, compressed or not.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/text.h"
#include "io/byte_source.h"
#include "io/mat5_element.h"

namespace dem::mat5 {

// Where an array lies in the file.
struct Element {
  std::size_t offset = 0;
  std::span<const std::byte> bytes;
  bool compressed = false;
  // Of a compressed struct's field: where it lies in what the struct's tag is followed by.
  struct Field {
    std::size_t skip = 0;  // bytes before those behind its own tag
    std::size_t bytes = 0;
  };
  std::optional<Field> field = std::nullopt;
};

// A source of one array's bytes, standing behind the array's tag.
struct OpenElement {
  OpenElement(const Element& element, bool swap_bytes, const std::string& where)
      : source(element.compressed ? std::unique_ptr<ByteSource>(
                                        std::make_unique<InflateSource>(element.bytes, where))
                                  : std::make_unique<MemorySource>(element.bytes, where)),
        reader(*source, swap_bytes) {
    if (element.compressed) enter_compressed(element);
    size = source->left();
    if (!element.field) return;
    source->skip(element.field->skip);
    outer = source->enter(element.field->bytes);
  }

  void enter_compressed(const Element& element) {
    const Tag tag = reader.tag();
    if (tag.type != kMiMatrix || tag.small) {
      reader.fail(concat("expected an array, got an element of type ", tag.type));
    }
    if (tag.bytes / kMostExpansion > element.bytes.size()) {
      reader.fail(concat("an array claims ",
                         tag.bytes,
                         " bytes, more than ",
                         element.bytes.size(),
                         " compressed bytes can hold"));
    }
    static_cast<void>(source->enter(tag.bytes));
  }

  // Throws unless the array was all that the element holds, and whole.
  void finish() const {
    if (source->left() != 0) {
      reader.fail(concat("expected the end of the array, got ", source->left(), " more bytes"));
    }
    if (outer) {  // the checksum is that of the whole struct
      source->leave(*outer);
      source->skip(source->left());
    }
    source->finish();
  }

  std::unique_ptr<ByteSource> source;
  ElementReader reader;
  std::size_t size = 0;              // of the array, behind its tag
  std::optional<std::size_t> outer;  // the struct's end, of a field
};

}  // namespace dem::mat5
