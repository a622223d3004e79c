#include "data/synthetic_model.h"

#include <algorithm>
#include <cmath>

#include "base/parallel.h"
#include "base/rng.h"

namespace dem {
namespace {

constexpr Index kHidden = 64;
constexpr double kDescriptionError = 0.3;  // of attributes, words and appearance
constexpr double kAttributeGain = 1.5;
constexpr double kAttributeBias = -2.0;
constexpr double kAttributeBiasSpread = 1.2;
constexpr double kOffsetSpread = 0.3;

// Streams of one seed: one a quantity, so that a change of one size leaves the others as they are,
// then one an image.
enum Stream : std::uint64_t {
  kTraits,
  kAttributes,
  kWords,
  kAppearance,
  kHiddenMap,
  kFeatureMap,
  kOffset,
  kFirstImage = 16,
};

Matrix<float> normal_matrix(Rng& rng, Index rows, Index cols, double scale) {
  Matrix<float> out = Matrix<float>::uninitialised(rows, cols);
  for (Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<float>(scale * rng.normal());
  return out;
}

Matrix<float> with_error(const Matrix<float>& traits, Rng& rng) {
  Matrix<float> out = traits.clone();
  for (Index i = 0; i < out.size(); ++i) {
    out.data()[i] += static_cast<float>(kDescriptionError * rng.normal());
  }
  return out;
}

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

Matrix<float> make_attributes(const Matrix<float>& traits, Index dim, std::uint64_t seed) {
  Rng rng(seed, Purpose::kSynthetic, kAttributes);
  const Matrix<float> seen_traits = with_error(traits, rng);
  const double scale = kAttributeGain / std::sqrt(static_cast<double>(traits.cols()));
  Matrix<float> out = Matrix<float>::uninitialised(traits.rows(), dim);
  for (Index j = 0; j < dim; ++j) {
    const double bias = kAttributeBias + kAttributeBiasSpread * rng.normal();
    const Matrix<float> direction = normal_matrix(rng, 1, traits.cols(), scale);
    for (Index c = 0; c < out.rows(); ++c) {
      const double logit = dot(direction.row(0), seen_traits.row(c)) + bias;
      out(c, j) = static_cast<float>(100.0 / (1.0 + std::exp(-logit)));
    }
  }
  return out;
}

}  // namespace

SyntheticModel::SyntheticModel(const SyntheticOptions& options)
    : seed_(options.seed), noise_(static_cast<float>(options.noise)) {
  const auto stream = [&](Stream s) { return Rng(seed_, Purpose::kSynthetic, s); };
  const Index t = options.num_traits;
  Rng traits = stream(kTraits);
  Rng appearance = stream(kAppearance);
  Rng hidden = stream(kHiddenMap);
  Rng feature = stream(kFeatureMap);
  Rng offset = stream(kOffset);
  traits_ = normal_matrix(traits, options.num_seen_classes + options.num_unseen_classes, t, 1.0);
  attributes_ = make_attributes(traits_, options.attribute_dim, seed_);
  appearance_ = with_error(traits_, appearance);
  hidden_map_ = normal_matrix(hidden, kHidden, t, 1.0 / std::sqrt(static_cast<double>(t)));
  feature_map_ = normal_matrix(
      feature, kHidden, options.feature_dim, 1.0 / std::sqrt(static_cast<double>(kHidden)));
  offset_.resize(static_cast<std::size_t>(options.feature_dim));
  for (float& value : offset_) value = static_cast<float>(kOffsetSpread * offset.normal());
  spread_ = measure_spread();
}

Matrix<float> SyntheticModel::words(Index word_dim) const {
  Rng rng(seed_, Purpose::kSynthetic, kWords);
  const Matrix<float> seen_traits = with_error(traits_, rng);
  const Matrix<float> directions = normal_matrix(rng, word_dim, traits_.cols(), 1.0);
  Matrix<float> out = Matrix<float>::uninitialised(traits_.rows(), word_dim);
  for (Index c = 0; c < out.rows(); ++c) {
    for (Index j = 0; j < word_dim; ++j) {
      out(c, j) = static_cast<float>(dot(directions.row(j), seen_traits.row(c)));
    }
    const double length = std::sqrt(dot(out.row(c), out.row(c)));
    for (float& value : out.row(c)) value = static_cast<float>(value / length);
  }
  return out;
}

// The order of additions is fixed (hidden units in turn), so the same on every machine and for
// every number of threads; a library's matrix product is neither.
void SyntheticModel::map_to_features(std::span<const float> traits, std::span<float> out) const {
  std::copy(offset_.begin(), offset_.end(), out.begin());
  for (Index k = 0; k < kHidden; ++k) {
    const auto unit = static_cast<float>(std::tanh(dot(hidden_map_.row(k), traits)));
    const std::span<const float> weights = feature_map_.row(k);
    for (std::size_t j = 0; j < out.size(); ++j) out[j] += unit * weights[j];
  }
}

// Standard deviation over all entries of all class centres before the cut at zero.
float SyntheticModel::measure_spread() const {
  std::vector<float> centre(offset_.size());
  double sum = 0.0;
  double squares = 0.0;
  for (Index c = 0; c < appearance_.rows(); ++c) {
    map_to_features(appearance_.row(c), centre);
    for (const float value : centre) sum += value;
    squares += dot(centre, centre);
  }
  const auto n = static_cast<double>(appearance_.rows()) * static_cast<double>(centre.size());
  return static_cast<float>(std::sqrt(std::max(0.0, squares / n - (sum / n) * (sum / n))));
}

void SyntheticModel::draw_images(std::span<const ClassId> labels,
                                 Index first_image,
                                 MatrixView<float> out) const {
  constexpr Index kGrain = 64;
  parallel_for(out.rows(), kGrain, [&](Index first, Index last) {
    std::vector<float> traits(static_cast<std::size_t>(appearance_.cols()));
    for (Index i = first; i < last; ++i) {
      Rng rng(
          seed_, Purpose::kSynthetic, kFirstImage + static_cast<std::uint64_t>(first_image + i));
      const auto mean = appearance_.row(labels[static_cast<std::size_t>(i)]);
      for (std::size_t k = 0; k < traits.size(); ++k) {
        traits[k] = mean[k] + noise_ * static_cast<float>(rng.normal());
      }
      map_to_features(traits, out.row(i));
      const float scale = noise_ * spread_;
      for (float& value : out.row(i)) {
        value = std::max(0.0F, value + scale * static_cast<float>(rng.normal()));
      }
    }
  });
}

}  // namespace dem
