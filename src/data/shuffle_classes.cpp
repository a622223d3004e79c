#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/rng.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/data/dataset.h"

namespace dem {

void shuffle_class_embeddings(ClassTable& classes, std::uint64_t seed) {
  std::vector<Index> order(static_cast<std::size_t>(classes.size()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  Rng rng(seed, Purpose::kControl);
  shuffle(std::span(order), rng);
  for (Matrix<float>& embeddings : classes.embeddings) {
    Matrix<float> dealt = Matrix<float>::uninitialised(embeddings.rows(), embeddings.cols());
    for (Index i = 0; i < dealt.rows(); ++i) {
      const std::span<const float> source =
          std::as_const(embeddings).row(order[static_cast<std::size_t>(i)]);
      std::copy(source.begin(), source.end(), dealt.row(i).begin());
    }
    embeddings = std::move(dealt);
  }
}

void shuffle_class_embeddings(Dataset& dataset, std::uint64_t seed) {
  if (dataset.shuffled_with) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("shuffle_class_embeddings: expected descriptions in their places, got those "
                       "of ",
                       dataset.name,
                       " shuffled with seed ",
                       *dataset.shuffled_with));
  }
  shuffle_class_embeddings(dataset.classes, seed);
  dataset.shuffled_with = seed;
  Fingerprint hash;
  hash.add(dataset.fingerprint.data(), dataset.fingerprint.size());
  hash.add(&seed, sizeof(seed));
  dataset.fingerprint = hash.hex();
}

}  // namespace dem
