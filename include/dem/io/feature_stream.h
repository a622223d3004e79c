// Features from a file of any size or from a pipe, a block of rows at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dem/io/array_file.h"
#include "dem/io/missing_features.h"

namespace dem {

// Which axis of an array, as `dem inspect` shows its shape, holds the samples.
enum class SampleAxis {
  kAuto,     // the one that leaves feature_dim columns
  kRows,     // [n, feature_dim]
  kColumns,  // [feature_dim, n]
};

// "auto", "rows", "columns"; throws Error{kInvalidArgument} naming the choices.
[[nodiscard]] SampleAxis sample_axis_from_string(std::string_view name);

struct FeatureStreamOptions {
  Index feature_dim = 0;  // that the features must have; 0 takes what comes, in rows unless told
  std::string variable = "";  // of several arrays; empty: the one that fits, else "features"
  SampleAxis samples = SampleAxis::kAuto;
  MissingFeatures missing = MissingFeatures::kRefuse;
};

// Any file that ArrayFile reads, .csv and .npy also from a pipe or standard input. A CSV record may
// have 64 MiB, and takes five times its length in memory. Not thread-safe.
class FeatureStream {
 public:
  // "-" is standard input. Throws Error{kIo}, Error{kFormat}, and Error{kShapeMismatch} listing the
  // arrays where none fits, several do, or an array fits either way round.
  FeatureStream(const std::string& path, const FeatureStreamOptions& options);
  ~FeatureStream();
  FeatureStream(FeatureStream&&) noexcept;
  FeatureStream& operator=(FeatureStream&&) noexcept;

  // -1 where only the end will tell (CSV).
  [[nodiscard]] Index rows() const { return reader_->rows(); }
  [[nodiscard]] Index cols() const { return reader_->cols(); }
  // Rows read and skipped so far.
  [[nodiscard]] Index position() const { return reader_->position(); }
  // "FILE: variable NAME", or what else names the features in messages.
  [[nodiscard]] const std::string& where() const { return where_; }

  // The headings of the columns of text; empty where it has none.
  [[nodiscard]] const std::vector<std::string>& headings() const { return headings_; }

  // As RowReader::read, and throws Error{kFormat} with row and column (counted from 0) where a
  // value is not a finite float32 and the options say nothing else.
  [[nodiscard]] Index read(MatrixView<float> out);
  // Of all rows read so far.
  [[nodiscard]] const ZeroedFeatures& zeroed() const { return zeroed_; }
  // As RowReader::skip. Whether the values are finite is not checked.
  Index skip(Index count) { return reader_->skip(count); }

 private:
  void open_array(const std::string& path, const FeatureStreamOptions& options);

  std::unique_ptr<ArrayFile> file_;
  std::unique_ptr<RowReader> reader_;
  std::string where_;
  std::vector<std::string> headings_;
  MissingFeatures missing_ = MissingFeatures::kRefuse;
  ZeroedFeatures zeroed_;
};

}  // namespace dem
