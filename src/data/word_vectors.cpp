#include "data/word_vectors.h"

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

void refuse_without_word_vectors(TrainMode mode,
                                 std::string_view dataset,
                                 const std::string& folder) {
  throw Error(ErrorKind::kInvalidArgument,
              concat("train mode ",
                     to_string(mode),
                     ": dataset ",
                     dataset,
                     " has no word vectors",
                     folder.empty() ? "" : concat(" (", folder, ")"),
                     ": give a file of word vectors, or take train mode att"));
}

}  // namespace dem
