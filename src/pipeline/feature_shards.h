// Features of one file or of several, a block of rows at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dem/io/feature_stream.h"

namespace dem {

// The rows of files that follow one another, one of which is open at a time.
class FeatureShards {
 public:
  // `input` is a file, standard input ("-"), a folder or a pattern, as shard_files has it. Looks
  // at all of several files before the first row is read. Throws as FeatureStream, as
  // require_all_shards and require_same_headings do, and Error{kIo} where there is no file.
  FeatureShards(const std::string& input, const FeatureStreamOptions& options);

  // -1 where only the end will tell.
  [[nodiscard]] Index rows() const { return rows_; }
  // Rows read and skipped so far.
  [[nodiscard]] Index position() const { return position_; }
  // The file that is read, in messages.
  [[nodiscard]] const std::string& where() const { return stream_->where(); }
  // As FeatureStream::read, whose messages count the rows of a file.
  [[nodiscard]] Index read(MatrixView<float> out);
  // Of all rows read so far.
  [[nodiscard]] ZeroedFeatures zeroed() const;
  // As FeatureStream::skip.
  Index skip(Index count);

 private:
  void look_at_all();
  // False where there is no further file.
  bool open_next();

  std::vector<std::string> paths_;
  FeatureStreamOptions options_;
  std::size_t opened_ = 0;
  std::optional<FeatureStream> stream_;
  ZeroedFeatures zeroed_before_;  // in files before the one that is open
  Index rows_ = 0;
  Index position_ = 0;
};

}  // namespace dem
