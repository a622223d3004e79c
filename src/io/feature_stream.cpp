#include "dem/io/feature_stream.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/enum_names.h"
#include "base/parallel.h"
#include "base/sequential_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/array_checks.h"
#include "io/array_choice.h"
#include "io/csv_rows.h"
#include "io/formats.h"
#include "io/npy_header.h"
#include "io/npy_rows.h"
#include "io/pickle_opcodes.h"

namespace dem {
namespace {

constexpr EnumName<SampleAxis> kSampleAxes[] = {
    {SampleAxis::kAuto, "auto"}, {SampleAxis::kRows, "rows"}, {SampleAxis::kColumns, "columns"}};

std::unique_ptr<RowReader> open_stream(const std::string& path,
                                       MissingFeatures missing,
                                       std::vector<std::string>& headings) {
  auto file = std::make_unique<SequentialFile>(path);
  std::string start(kNpySignature.size(), '\0');
  start.resize(file->read(std::as_writable_bytes(std::span(start))));
  if (start == kNpySignature) return open_npy_stream(std::move(file), std::move(start));
  const bool is_zip = start.starts_with("PK\x03\x04");
  const bool is_pickle = looks_like_pickle(start);
  if (is_zip || is_pickle || start.starts_with("\x89HDF")) {
    throw Error(ErrorKind::kUnsupported,
                concat(file->name(),
                       ": expected CSV or .npy, got ",
                       is_zip      ? "a zip archive (.npz, .pt)"
                       : is_pickle ? "a pickle"
                                   : "HDF5",
                       ", which cannot be read from a stream; give it as a file"));
  }
  std::unique_ptr<CsvRows> rows = CsvRows::open(std::move(file), std::move(start));
  if (missing == MissingFeatures::kZero) rows->take_missing_cells();
  headings = rows->headings();
  return rows;
}

bool all_finite(std::span<const float> values) {
  bool finite = true;
  for (const float value : values) finite &= std::abs(value) <= std::numeric_limits<float>::max();
  return finite;
}

[[noreturn]] void refuse_value(std::span<const float> values, Index row, const std::string& where) {
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  throw Error(ErrorKind::kFormat,
              concat(where,
                     ": row ",
                     row,
                     ", column ",
                     bad - values.begin(),
                     " (counted from 0): expected a finite float32, got ",
                     *bad,
                     " (missing features zero takes it as 0)"));
}

}  // namespace

SampleAxis sample_axis_from_string(std::string_view name) {
  return value_of(kSampleAxes, name, "samples");
}

FeatureStream::FeatureStream(const std::string& path, const FeatureStreamOptions& options)
    : missing_(options.missing) {
  const bool streamed = is_sequential(path);
  if (!streamed && !is_csv_file(path)) {
    open_array(path, options);
    return;
  }
  where_ = path == "-" ? "standard input" : path;
  if (!options.variable.empty() || options.samples == SampleAxis::kColumns) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(where_, ": holds one array with samples in rows; name no variable or axis"));
  }
  reader_ = open_stream(path, missing_, headings_);
  if (options.feature_dim == 0 || reader_->cols() == options.feature_dim) return;
  throw Error(
      ErrorKind::kShapeMismatch,
      concat(where_, ": expected ", options.feature_dim, " columns, got ", reader_->cols()));
}

FeatureStream::~FeatureStream() = default;
FeatureStream::FeatureStream(FeatureStream&&) noexcept = default;
FeatureStream& FeatureStream::operator=(FeatureStream&& other) noexcept {
  reader_ = std::move(other.reader_);  // before the file that it reads
  file_ = std::move(other.file_);
  where_ = std::move(other.where_);
  headings_ = std::move(other.headings_);
  missing_ = other.missing_;
  zeroed_ = other.zeroed_;
  return *this;
}

void FeatureStream::open_array(const std::string& path, const FeatureStreamOptions& options) {
  file_ = ArrayFile::open(path);
  const ChosenArray chosen =
      choose_array(*file_, options.feature_dim, options.variable, {"features"}, options.samples);
  where_ = place(path, chosen.info->name);
  reader_ = file_->open_rows(*chosen.info, chosen.row_axis);
}

Index FeatureStream::read(MatrixView<float> out) {
  const Index first = reader_->position();
  const Index count = reader_->read(out);
  if (missing_ == MissingFeatures::kZero) {
    zero_missing(out.row_block(0, count), zeroed_);
    return count;
  }
  constexpr Index kGrain = 256;
  parallel_for(count, kGrain, [&](Index begin, Index end) {
    for (Index row = begin; row < end; ++row) {
      if (!all_finite(out.row(row))) refuse_value(out.row(row), first + row, where_);
    }
  });
  return count;
}

}  // namespace dem
