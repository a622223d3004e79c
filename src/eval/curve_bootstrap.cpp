#include "eval/curve_bootstrap.h"

#include <algorithm>
#include <span>
#include <vector>

#include "base/at.h"
#include "base/parallel.h"
#include "base/rng.h"

namespace dem {
namespace {

constexpr Index kAreasAPiece = 4;

// Places in curve.images() of the images of each class of one kind; classes without are left out.
using ImagesOfClasses = std::vector<std::vector<std::size_t>>;

ImagesOfClasses images_of(const GammaCurve& curve, bool are_unseen) {
  ImagesOfClasses classes;
  for (std::size_t i = 0; i < curve.images().size(); ++i) {
    const ImageGap& image = curve.images()[i];
    if (image.is_unseen != are_unseen) continue;
    if (at(image.label) >= classes.size()) classes.resize(at(image.label) + 1);
    classes[at(image.label)].push_back(i);
  }
  std::erase_if(classes, [](const std::vector<std::size_t>& images) { return images.empty(); });
  return classes;
}

// What the drawn images of one kind add to its mean over classes, each at its place.
void draw_credits(const ImagesOfClasses& classes,
                  Resampled what,
                  std::span<const ImageGap> images,
                  Rng& rng,
                  std::vector<double>& credits) {
  for (std::size_t j = 0; j < classes.size(); ++j) {
    const std::size_t c = what == Resampled::kRows ? j : rng.below(classes.size());
    const std::vector<std::size_t>& own = classes[c];
    const double credit =
        1.0 / (static_cast<double>(own.size()) * static_cast<double>(classes.size()));
    for (std::size_t draw = 0; draw < own.size(); ++draw) {
      const std::size_t image = own[rng.below(own.size())];
      if (images[image].is_right) credits[image] += credit;
    }
  }
}

}  // namespace

ScoreDraws resample_area(const GammaCurve& curve, Resampled what, Index replicates) {
  const ImagesOfClasses unseen = images_of(curve, true), seen = images_of(curve, false);
  const std::vector<ImageGap>& images = curve.images();
  if (unseen.empty() || seen.empty()) return {};
  ScoreDraws draws(at(replicates));
  parallel_for(replicates, kAreasAPiece, [&](Index first, Index last) {
    std::vector<double> credits(images.size());
    for (Index r = first; r < last; ++r) {
      std::fill(credits.begin(), credits.end(), 0.0);
      Rng rng(0, Purpose::kBootstrap, replicate_index(ScoreStream::kAusuc, what, r));
      draw_credits(unseen, what, images, rng, credits);
      draw_credits(seen, what, images, rng, credits);
      draws[at(r)] = curve.area_of(credits);
    }
  });
  return draws;
}

}  // namespace dem
