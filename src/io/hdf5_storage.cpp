#include "io/hdf5_storage.h"

#include <cstdint>
#include <vector>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem::hdf5 {
namespace {

struct Filter {
  H5Z_filter_t number = 0;
  std::string name;
  std::vector<unsigned> values;  // the first of its parameters, if any
};

std::vector<Filter> filters_of(const Dataset& dataset, const std::string& where) {
  const Handle properties(
      H5Dget_create_plist(dataset.id), H5Pclose, where, "no creation properties");
  std::vector<Filter> filters;
  for (int i = 0; i < H5Pget_nfilters(properties); ++i) {
    unsigned flags = 0, configuration = 0;
    std::size_t count = 1;
    unsigned value = 0;
    char name[64] = "";
    const H5Z_filter_t number = H5Pget_filter2(properties,
                                               static_cast<unsigned>(i),
                                               &flags,
                                               &count,
                                               &value,
                                               sizeof name,
                                               name,
                                               &configuration);
    name[sizeof name - 1] = '\0';
    filters.push_back({checked(number, where, "its filters cannot be read"), name, {}});
    if (count > 0) filters.back().values = {value};
  }
  return filters;
}

// deflate shrinks by 1032 at most; of other compressors no limit is known here.
bool bytes_are_plausible(const Dataset& dataset, hsize_t bytes, const std::string& where) {
  constexpr hsize_t kMostExpansion = 1032;
  for (const Filter& filter : filters_of(dataset, where)) {
    if (filter.number != H5Z_FILTER_DEFLATE && filter.number != H5Z_FILTER_SHUFFLE &&
        filter.number != H5Z_FILTER_FLETCHER32) {
      return true;
    }
  }
  return bytes / kMostExpansion <= H5Dget_storage_size(dataset.id);
}

bool all_chunks_written(const Dataset& dataset) {
  hsize_t expected = 1, written = 0;
  for (std::size_t i = 0; i < dataset.shape.size(); ++i) {
    expected *= static_cast<hsize_t>((dataset.shape[i] + dataset.chunk[i] - 1) / dataset.chunk[i]);
  }
  return H5Dget_num_chunks(dataset.id, dataset.space, &written) >= 0 && written == expected;
}

std::vector<Index> chunk_shape(hid_t properties, std::size_t rank, const std::string& where) {
  std::vector<hsize_t> extents(rank);
  const int got = checked(
      H5Pget_chunk(properties, static_cast<int>(rank), extents.data()), where, "no chunk shape");
  if (got != static_cast<int>(rank)) fail(where, "its chunks are of another rank");
  std::vector<Index> chunk;
  for (const hsize_t extent : extents) {
    if (extent == 0) fail(where, "its chunks are empty");
    chunk.push_back(static_cast<Index>(extent));
  }
  return chunk;
}

bool stored_whole(const Dataset& dataset, hsize_t bytes, const std::string& where) {
  hsize_t file_bytes = 0;
  const Handle file(H5Iget_file_id(dataset.id), H5Fclose, where, "no file");
  checked(H5Fget_filesize(file, &file_bytes), where, "no file size");
  return bytes <= H5Dget_storage_size(dataset.id) && bytes <= file_bytes;
}

}  // namespace

std::string inspect_storage(const std::string& where, Dataset& dataset) {
  constexpr const char* kNotWhole = "not all of it was written";
  hsize_t bytes = H5Tget_size(dataset.type);
  for (const Index extent : dataset.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<hsize_t>(extent), &bytes)) return kNotWhole;
  }
  if (bytes == 0) return {};
  const Handle properties(
      H5Dget_create_plist(dataset.id), H5Pclose, where, "no creation properties");
  switch (H5Pget_layout(properties)) {
    case H5D_CHUNKED: {
      dataset.chunk = chunk_shape(properties, dataset.shape.size(), where);
      const bool whole = all_chunks_written(dataset) && bytes_are_plausible(dataset, bytes, where);
      return whole ? "" : kNotWhole;
    }
    case H5D_CONTIGUOUS:
      if (H5Pget_external_count(properties) > 0) return "stored in another file";
      return stored_whole(dataset, bytes, where) ? "" : kNotWhole;
    case H5D_COMPACT:
      return stored_whole(dataset, bytes, where) ? "" : kNotWhole;
    default:
      return "a virtual dataset";
  }
}

ChunkFilters chunk_filters(const Dataset& dataset, const std::string& where) {
  const Handle properties(
      H5Dget_create_plist(dataset.id), H5Pclose, where, "no creation properties");
  unsigned options = 0;
  if (H5Pget_chunk_opts(properties, &options) < 0 || options != 0) return {};
  ChunkFilters known{.known = true};
  const std::vector<Filter> filters = filters_of(dataset, where);
  for (int i = 0; i < static_cast<int>(filters.size()); ++i) {
    const Filter& filter = filters[static_cast<std::size_t>(i)];
    const bool first = known.shuffle < 0 && known.deflate < 0;
    if (filter.number == H5Z_FILTER_SHUFFLE && first && !filter.values.empty() &&
        filter.values[0] == H5Tget_size(dataset.type)) {
      known.shuffle = i;
    } else if (filter.number == H5Z_FILTER_DEFLATE && known.deflate < 0) {
      known.deflate = i;
    } else {
      return {};
    }
  }
  return known;
}

void require_filters(const Dataset& dataset, const std::string& where) {
  for (const Filter& filter : filters_of(dataset, where)) {
    if (H5Zfilter_avail(filter.number) > 0) continue;
    throw Error(ErrorKind::kUnsupported,
                concat(where,
                       ": compressed with HDF5 filter ",
                       filter.number,
                       " (",
                       filter.name,
                       "), which this HDF5 library lacks; save it with gzip or uncompressed"));
  }
}

}  // namespace dem::hdf5
