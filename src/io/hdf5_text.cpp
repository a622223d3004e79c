#include "io/hdf5_text.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/character_rows.h"
#include "io/hdf5_storage.h"

namespace dem::hdf5 {
namespace {

std::size_t count_of(const Dataset& dataset, const std::string& where) {
  return static_cast<std::size_t>(element_count(dataset.shape, where));
}

std::vector<std::string> fixed_strings(const Dataset& dataset, const std::string& where) {
  const std::size_t size = H5Tget_size(dataset.type);
  if (size == 0) fail(where, "its strings have no length");
  const bool spaces = H5Tget_strpad(dataset.type) == H5T_STR_SPACEPAD;
  std::string all(count_of(dataset, where) * size, '\0');
  checked(H5Dread(dataset.id, dataset.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, all.data()),
          where,
          "cannot be read");
  std::vector<std::string> texts;
  for (std::size_t at = 0; at < all.size(); at += size) {
    std::string text = all.substr(at, size);
    text.resize(std::min(text.find('\0'), text.size()));
    if (spaces) text.resize(text.find_last_not_of(' ') + 1);
    texts.push_back(utf8_or_latin1(std::move(text)));
  }
  return texts;
}

std::vector<std::string> variable_strings(const Dataset& dataset, const std::string& where) {
  std::vector<char*> values(count_of(dataset, where), nullptr);
  struct Reclaim {
    const Dataset& dataset;
    std::vector<char*>& values;
    ~Reclaim() { H5Dvlen_reclaim(dataset.type, dataset.space, H5P_DEFAULT, values.data()); }
  };
  const Reclaim reclaim{dataset, values};
  checked(H5Dread(dataset.id, dataset.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
          where,
          "cannot be read");
  std::vector<std::string> texts;
  for (const char* value : values) texts.push_back(utf8_or_latin1(value != nullptr ? value : ""));
  return texts;
}

std::vector<char32_t> character_codes(const Dataset& dataset, const std::string& where) {
  if (dataset.empty) return {};
  std::vector<std::uint32_t> values(count_of(dataset, where));
  checked(H5Dread(dataset.id, H5T_NATIVE_UINT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
          where,
          "cannot be read");
  return {values.begin(), values.end()};
}

// HDF5's [cols, rows] is MATLAB's [rows, cols], column after column; one extent alone is one row.
std::vector<std::string> matlab_rows(const Dataset& dataset, const std::string& where) {
  const auto codes = character_codes(dataset, where);
  return character_rows(codes, dataset.shape.empty() ? 1 : dataset.shape.front());
}

std::vector<hobj_ref_t> references(const Dataset& cell, const std::string& where) {
  if (cell.empty) return {};
  std::vector<hobj_ref_t> values(count_of(cell, where));
  checked(H5Dread(cell.id, H5T_STD_REF_OBJ, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
          where,
          "cannot be read");
  return values;
}

std::vector<std::string> cell_strings(const Dataset& cell, const std::string& where) {
  std::vector<std::string> texts;
  for (const hobj_ref_t reference : references(cell, where)) {
    const std::string place = concat(where, ", position ", texts.size());
    const Dataset item = open_dataset(cell.id, reference, place);
    const bool one_row = item.shape.size() < 2 || item.shape[1] == 1;
    if (!item.empty && (item.content != Content::kCharacters || !one_row)) {
      throw Error(ErrorKind::kFormat, concat(place, ": expected a string, got something else"));
    }
    require_filters(item, place);
    texts.push_back(item.empty ? "" : to_utf8(character_codes(item, place)));
  }
  return texts;
}

}  // namespace

bool starts_with_text(const Dataset& cell, const std::string& where) {
  try {
    const auto all = references(cell, where);
    if (all.empty()) return true;
    const Dataset first = open_dataset(cell.id, all.front(), where);
    return first.empty || first.content == Content::kCharacters;
  } catch (const Error&) {
    return false;  // a reference to nowhere is no text, and no reason to refuse the file
  }
}

std::vector<std::string> read_text(const Dataset& dataset, const std::string& where) {
  require_filters(dataset, where);
  if (dataset.content == Content::kCharacters) return matlab_rows(dataset, where);
  if (dataset.content == Content::kCell) return cell_strings(dataset, where);
  return H5Tis_variable_str(dataset.type) > 0 ? variable_strings(dataset, where)
                                              : fixed_strings(dataset, where);
}

}  // namespace dem::hdf5
