// Class statistics by fold, of which some classes can be left out: validation without images.
//
// Zero-shot learning is validated on classes that training has not seen. Here each class, with all
// of its images, belongs to one of a few folds. Sums over images are kept a fold, and those of all
// folds but one come from adding up the others: nothing is subtracted, so nothing cancels. Counts
// and means are of classes and kept once.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dem/learn/class_statistics.h"

namespace dem {

inline constexpr Index kNumFolds = 4;  // of statistics files

// The fold of a class, 0 .. num_folds - 1: XXH3_64bits of the name's bytes modulo num_folds.
//
// It follows from the name alone, and not from the class's place among the others: a class has the
// same fold in every file, so that files of different classes merge fold by fold. The price is that
// folds are only about of one size and that a fold may have no class with images (in one of 25,000
// sets of 40 classes and 4 folds; in two of five sets of 8). Whoever goes through folds goes
// through folds_with_images(). Throws Error{kInvalidArgument} for num_folds below 1.
[[nodiscard]] Index fold_of(std::string_view class_name, Index num_folds);
[[nodiscard]] std::vector<Index> folds_of(std::span<const std::string> class_names,
                                          Index num_folds);

struct FoldStatistics {
  // Of the images of one fold's classes, as in ClassStatistics.
  struct Part {
    std::vector<double> scatter;   // [feature_dim]
    std::vector<float> lowest;     // [feature_dim], infinity where the fold has no images
    std::vector<float> highest;    // [feature_dim]
    Matrix<double> second_moment;  // [feature_dim, feature_dim], or empty in all folds

    [[nodiscard]] static Part without_images(Index feature_dim, bool second_moment);
  };
  std::vector<Index> fold_of_class;  // [num_classes], 0 .. num_folds - 1
  std::vector<Index> counts;         // [num_classes], images of each class
  Matrix<double> means;              // [num_classes, feature_dim]; zeros without images
  std::vector<Part> parts;           // [num_folds]

  [[nodiscard]] Index num_folds() const { return static_cast<Index>(parts.size()); }
  [[nodiscard]] Index num_classes() const { return means.rows(); }
  [[nodiscard]] Index feature_dim() const { return means.cols(); }
  [[nodiscard]] bool has_second_moments() const;
  [[nodiscard]] std::vector<Index> folds_with_images() const;  // ascending
  [[nodiscard]] FoldStatistics clone() const;

  // Statistics of all images; of those outside a fold; of those in it. The classes stay: those left
  // out have count 0 and mean 0. Throw Error{kInvalidArgument} for a fold that there is not.
  [[nodiscard]] ClassStatistics all() const;
  [[nodiscard]] ClassStatistics without(Index fold) const;
  [[nodiscard]] ClassStatistics only(Index fold) const;

  // Adds another set of images, as ClassStatistics::add() does. Throws its errors, and
  // Error{kInvalidArgument} for another number of folds or a class with another fold.
  void add(const FoldStatistics& other);
  // Takes out images that are among these [n, feature_dim], labels [n]: one copy for each that is
  // given. Ranges stay as they are; what they would be is not known. All else is as if the others
  // alone had been gathered, but for rounding, which goes by the sums as they were. Memory is that
  // of the images of a fold in double precision. Throws Error{kShapeMismatch}, and
  // Error{kInvalidArgument} for a label out of range or more images of a class than it has here.
  void remove(MatrixView<const float> features, std::span<const ClassId> labels);
  // The same images where class c has number places[c] among classes of these folds
  // [new num_classes]; places differ. -1 leaves out a class, one without images. Throws
  // Error{kInvalidArgument} where a class with images would come into another fold.
  [[nodiscard]] FoldStatistics moved(std::span<const Index> places,
                                     std::span<const Index> new_fold_of_class) const;
};

// Gathers them in one pass, as StatisticsGatherer does: about each class's first image, in double
// precision, from blocks of any size. Memory is that of StatisticsGatherer without second moments,
// with them num_folds matrices [feature_dim, feature_dim] of double and some MiB; finish() adds
// two [num_classes, feature_dim] of double, one of which it returns. Not thread-safe.
class FoldStatisticsGatherer {
 public:
  // fold_of_class [num_classes], 0 .. num_folds - 1. Throws Error{kInvalidArgument}.
  FoldStatisticsGatherer(std::vector<Index> fold_of_class,
                         Index num_folds,
                         Index feature_dim,
                         bool second_moments);

  // As StatisticsGatherer::add().
  void add(MatrixView<const float> features, std::span<const ClassId> labels);
  void add(MatrixView<const float> features, std::span<const StatisticsGatherer::Image> images);
  // Of all images so far, with the bits of a StatisticsGatherer without second moments. (The folds'
  // sums add up to the same but for rounding.)
  [[nodiscard]] ClassStatistics pooled() const { return all_.finish(); }
  // The statistics of all images, and the end of gathering.
  [[nodiscard]] FoldStatistics finish() &&;

 private:
  void add_columns(MatrixView<const float> features,
                   std::span<const StatisticsGatherer::Image> images,
                   Index first,
                   Index last);
  void add_second_moments(MatrixView<const float> features,
                          std::span<const StatisticsGatherer::Image> images);
  void centre(Index fold, FoldStatistics& out) const;

  StatisticsGatherer all_;
  std::vector<Index> fold_of_class_;
  std::vector<FoldStatistics::Part> parts_;  // about the first images
};

// Of data.rows, those of all ranks where data has a group: every rank gets the statistics of all.
// fold_of_class [num_classes], at least 0, the same on every rank; the number of folds is one more
// than the largest. The result does not depend on the number of threads, and on that of ranks to
// rounding. Throws what gather_statistics() throws.
[[nodiscard]] FoldStatistics gather_fold_statistics(const TrainingSet& data,
                                                    std::span<const Index> fold_of_class,
                                                    bool second_moments);

}  // namespace dem
