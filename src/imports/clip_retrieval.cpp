// What clip-retrieval writes: img_emb/img_emb_0.npy, img_emb_1.npy, ..., an image a row. Which
// class an image is of, and what the classes are, other files say.
#include <filesystem>

#include "base/file_pattern.h"
#include "base/text.h"
#include "data/folders.h"
#include "dem/base/error.h"
#include "imports/import_kinds.h"

namespace dem {
namespace {

namespace fs = std::filesystem;

std::string shards_of(const std::string& source) {
  std::error_code ignored;
  const bool is_inside = fs::is_directory(source + "/img_emb", ignored);
  return pattern_of(source) + (is_inside ? "/img_emb/img_emb_*.npy" : "/img_emb_*.npy");
}

bool fits_clip_retrieval(const std::string& source) {
  return !files_matching(shards_of(source)).empty();
}

Translated translate_clip_retrieval(const ImportOptions& options, const std::string& /*scratch*/) {
  DatasetOptions data = options.data;
  if (data.labels_file.empty() || data.classes_file.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(options.source,
                       ": expected a file of labels, a class an image in the order of the shards, "
                       "and a file of classes, since embeddings alone say neither; got no ",
                       data.labels_file.empty() ? "labels" : "classes"));
  }
  data.name = folder_name(options.source);
  data.layout = "table";
  if (data.features_file.empty()) data.features_file = shards_of(options.source);
  return {std::move(data)};
}

}  // namespace

ImportEntry clip_retrieval_kind() {
  return {{"clip-retrieval",
           "img_emb/img_emb_*.npy as clip-retrieval writes them, with files of labels and classes"},
          fits_clip_retrieval,
          translate_clip_retrieval};
}

}  // namespace dem
