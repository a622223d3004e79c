#include "io/hdf5_dataset.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/hdf5_storage.h"
#include "io/matlab_objects.h"

namespace dem::hdf5 {
namespace {

ElementType integer_element(hid_t type) {
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  switch (H5Tget_size(type)) {
    case 1:
      return is_signed ? ElementType::kInt8 : ElementType::kUint8;
    case 2:
      return is_signed ? ElementType::kInt16 : ElementType::kUint16;
    case 4:
      return is_signed ? ElementType::kInt32 : ElementType::kUint32;
    case 8:
      return is_signed ? ElementType::kInt64 : ElementType::kUint64;
    default:
      return ElementType::kOther;
  }
}

ElementType float_element(hid_t type) {
  const std::size_t size = H5Tget_size(type);
  if (size > 4) return ElementType::kFloat64;
  if (size == 4) return ElementType::kFloat32;
  std::size_t sign, exponent_at, exponent_bits, mantissa_at, mantissa_bits;
  if (size != 2 ||
      H5Tget_fields(type, &sign, &exponent_at, &exponent_bits, &mantissa_at, &mantissa_bits) < 0) {
    return ElementType::kOther;
  }
  return exponent_bits == 8 ? ElementType::kBfloat16 : ElementType::kFloat16;
}

// An enumeration counts as its integers; one of bytes that says FALSE and TRUE is h5py's bool.
ElementType enumeration_element(hid_t type) {
  const Handle base(H5Tget_super(type), H5Tclose, "HDF5", "an enumeration without a base type");
  const ElementType element = integer_element(base);
  std::int8_t value;
  const bool is_bool = H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2 &&
                       H5Tenum_valueof(type, "TRUE", &value) >= 0;
  return is_bool ? ElementType::kBool : element;
}

std::string compound_note(hid_t type) {
  const bool complex = H5Tget_nmembers(type) == 2 && (H5Tget_member_index(type, "real") >= 0 ||
                                                      H5Tget_member_index(type, "r") >= 0);
  return complex ? "complex" : "compound";
}

void classify_integers(const std::string& matlab_class, Dataset& dataset) {
  if (matlab_class == "char") {
    dataset.content = Content::kCharacters;
    dataset.element = ElementType::kText;
    return;
  }
  dataset.content = Content::kNumbers;
  if (matlab_class == "logical" && element_size(dataset.element) == 1) {
    dataset.element = ElementType::kBool;
  }
}

void classify(Dataset& dataset) {
  const std::string matlab_class = string_attribute(dataset.id, "MATLAB_class");
  // An object: its numbers say where MATLAB keeps it.
  if (has_attribute(dataset.id, "MATLAB_object_decode")) {
    dataset.note = matlab_object_note(matlab_class);
    return;
  }
  switch (H5Tget_class(dataset.type)) {
    case H5T_INTEGER:
      dataset.element = integer_element(dataset.type);
      classify_integers(matlab_class, dataset);
      break;
    case H5T_ENUM:
      dataset.element = enumeration_element(dataset.type);
      dataset.content = Content::kNumbers;
      break;
    case H5T_FLOAT:
      dataset.element = float_element(dataset.type);
      dataset.content = Content::kNumbers;
      break;
    case H5T_STRING:
      dataset.element = ElementType::kText;
      dataset.content = Content::kStrings;
      break;
    case H5T_REFERENCE:
      if (H5Tequal(dataset.type, H5T_STD_REF_OBJ) > 0) {
        dataset.element = ElementType::kText;  // unless the first one leads elsewhere
        dataset.content = Content::kCell;
      } else {
        dataset.note = "region references";
      }
      break;
    case H5T_COMPOUND:
      dataset.note = compound_note(dataset.type);
      break;
    default:
      dataset.note = "an HDF5 type without numbers";
  }
  if (dataset.element == ElementType::kOther) {
    dataset.content = Content::kOther;
    if (dataset.note.empty()) dataset.note = "numbers of an unusual size";
  }
}

void read_shape(const std::string& where, Dataset& dataset) {
  dataset.space = Handle(H5Dget_space(dataset.id), H5Sclose, where, "no dataspace");
  const H5S_class_t kind = H5Sget_simple_extent_type(dataset.space);
  if (kind == H5S_NULL) {
    dataset.content = Content::kOther;
    dataset.element = ElementType::kOther;
    dataset.note = "no data";
    return;
  }
  const int rank = checked(H5Sget_simple_extent_ndims(dataset.space), where, "no shape");
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  checked(H5Sget_simple_extent_dims(dataset.space, extents.data(), nullptr), where, "no shape");
  for (const hsize_t extent : extents) {
    // Beyond Index it becomes negative, which element_count refuses.
    dataset.shape.push_back(static_cast<Index>(extent));
  }
  static_cast<void>(element_count(dataset.shape, where));
}

// MATLAB stores the dimensions of an array without elements in the array's place.
void read_empty_shape(const std::string& where, Dataset& dataset) {
  if (!has_attribute(dataset.id, "MATLAB_empty") || dataset.shape.size() != 1 ||
      dataset.shape[0] > 32 || H5Tget_class(dataset.type) != H5T_INTEGER) {
    return;
  }
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(dataset.shape[0]));
  checked(H5Dread(dataset.id, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, dimensions.data()),
          where,
          "the shape of an empty array cannot be read");
  std::reverse(dimensions.begin(), dimensions.end());
  if (element_count(dimensions, where) != 0) return;
  dataset.empty = true;
  dataset.shape = std::move(dimensions);
  const std::string matlab_class = string_attribute(dataset.id, "MATLAB_class");
  if (matlab_class == "cell") {
    dataset.content = Content::kCell;
    dataset.element = ElementType::kText;
  } else if (matlab_class == "single") {
    dataset.element = ElementType::kFloat32;
  } else if (matlab_class == "double") {
    dataset.element = ElementType::kFloat64;
  } else if (matlab_class == "struct") {
    dataset.element = ElementType::kOther;
    dataset.note = "struct";
  }
}

Dataset describe(Handle id, const std::string& where) {
  Dataset dataset;
  dataset.id = std::move(id);
  dataset.type = Handle(H5Dget_type(dataset.id), H5Tclose, where, "no data type");
  classify(dataset);
  read_shape(where, dataset);
  if (dataset.note == "no data") return dataset;
  const std::string problem = inspect_storage(where, dataset);
  if (!problem.empty()) {
    dataset.content = Content::kOther;
    dataset.element = ElementType::kOther;
    dataset.note = problem;
    return dataset;
  }
  read_empty_shape(where, dataset);
  return dataset;
}

}  // namespace

Dataset open_dataset(hid_t location, const std::string& path, const std::string& where) {
  return describe(
      Handle(H5Dopen2(location, path.c_str(), H5P_DEFAULT), H5Dclose, where, "cannot be opened"),
      where);
}

Dataset open_dataset(hid_t location, hobj_ref_t reference, const std::string& where) {
  Handle object(H5Rdereference2(location, H5P_DEFAULT, H5R_OBJECT, &reference),
                H5Oclose,
                where,
                "a reference leads nowhere");
  if (H5Iget_type(object) != H5I_DATASET) fail(where, "a reference leads to no dataset");
  return describe(std::move(object), where);
}

MemoryType memory_type(ElementType element) {
  switch (element) {
    case ElementType::kBool:
    case ElementType::kUint8:
      return {H5T_NATIVE_UINT8, ElementType::kUint8};
    case ElementType::kInt8:
      return {H5T_NATIVE_INT8, element};
    case ElementType::kUint16:
      return {H5T_NATIVE_UINT16, element};
    case ElementType::kInt16:
      return {H5T_NATIVE_INT16, element};
    case ElementType::kUint32:
      return {H5T_NATIVE_UINT32, element};
    case ElementType::kInt32:
      return {H5T_NATIVE_INT32, element};
    case ElementType::kUint64:
      return {H5T_NATIVE_UINT64, element};
    case ElementType::kInt64:
      return {H5T_NATIVE_INT64, element};
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
    case ElementType::kFloat32:
      return {H5T_NATIVE_FLOAT, ElementType::kFloat32};
    case ElementType::kFloat64:
      return {H5T_NATIVE_DOUBLE, element};
    case ElementType::kText:
    case ElementType::kOther:
      break;
  }
  throw Error(ErrorKind::kInternal, concat("HDF5 memory type of ", to_string(element)));
}

bool has_attribute(hid_t object, const char* name) {
  return H5Aexists(object, name) > 0;
}

std::string string_attribute(hid_t object, const char* name) {
  constexpr std::size_t kLongest = 256;
  if (!has_attribute(object, name)) return {};
  const Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, name, "cannot be opened");
  const Handle type(H5Aget_type(attribute), H5Tclose, name, "no type");
  const Handle space(H5Aget_space(attribute), H5Sclose, name, "no dataspace");
  if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) return {};
  std::string text;
  if (H5Tis_variable_str(type) > 0) {
    char* value = nullptr;
    if (H5Aread(attribute, type, &value) >= 0 && value != nullptr) text = value;
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, &value);
  } else if (H5Tget_size(type) <= kLongest) {
    // Null-terminated or null-padded: MATLAB's and h5py's strings end at the first zero or fill
    // all.
    text.resize(H5Tget_size(type));
    if (H5Aread(attribute, type, text.data()) < 0) return {};
    text.resize(std::min(text.find('\0'), text.size()));
  }
  return text;
}

}  // namespace dem::hdf5
