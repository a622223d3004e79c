#include "pipeline/feature_shards.h"

#include "base/sequential_file.h"
#include "base/text.h"
#include "data/folders.h"
#include "data/shard_files.h"
#include "dem/base/error.h"

namespace dem {
namespace {

std::vector<std::string> files_at(const std::string& input) {
  if (is_sequential(input)) return {input};
  std::vector<std::string> paths = shard_files(input);
  const bool is_pattern = input.find_first_of("*?[") != std::string::npos;
  // What is not there cannot be read, which FeatureStream says.
  if (paths.empty() && !is_pattern && !file_exists(input)) paths = {input};
  if (paths.empty()) {
    throw Error(ErrorKind::kIo, concat(input, ": expected files of features, got none"));
  }
  if (paths[0] != input) require_all_shards(input, paths);
  return paths;
}

}  // namespace

FeatureShards::FeatureShards(const std::string& input, const FeatureStreamOptions& options)
    : paths_(files_at(input)), options_(options) {
  if (paths_.size() > 1) look_at_all();
  open_next();
  if (paths_.size() == 1) rows_ = stream_->rows();
}

void FeatureShards::look_at_all() {
  std::vector<std::string> first;
  std::string first_path;
  for (const std::string& path : paths_) {
    const FeatureStream stream(path, options_);
    if (first.empty()) {
      first = stream.headings();
      first_path = path;
    }
    require_same_headings(first_path, first, path, stream.headings());
    rows_ = rows_ < 0 || stream.rows() < 0 ? -1 : rows_ + stream.rows();
  }
}

bool FeatureShards::open_next() {
  if (opened_ == paths_.size()) return false;
  zeroed_before_ = zeroed();
  stream_.emplace(paths_[opened_], options_);
  ++opened_;
  return true;
}

Index FeatureShards::read(MatrixView<float> out) {
  Index done = 0;
  do {
    done += stream_->read(out.row_block(done, out.rows() - done));
  } while (done < out.rows() && open_next());
  position_ += done;
  return done;
}

Index FeatureShards::skip(Index count) {
  Index done = 0;
  do {
    done += stream_->skip(count - done);
  } while (done < count && open_next());
  position_ += done;
  return done;
}

ZeroedFeatures FeatureShards::zeroed() const {
  if (!stream_) return {};
  return {zeroed_before_.values + stream_->zeroed().values,
          zeroed_before_.rows + stream_->zeroed().rows};
}

}  // namespace dem
