// Class statistics as files: gathered once from images of any number, merged, and trained from.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/learn/class_statistics.h"
#include "dem/learn/fold_statistics.h"
#include "dem/learn/row_sample.h"

namespace dem {

// Statistics with all that training needs beside them, so that it needs no dataset.
struct SavedStatistics {
  ClassStatistics statistics;  // a row a class of `classes`
  ClassTable classes;          // with descriptions, unseen classes too; seen: has images here
  // What each image went through first: kNone, or kL2, which cannot be applied afterwards. All
  // other scalings are fitted to the statistics.
  ScalingKind row_scaling = ScalingKind::kNone;
  std::string dataset;
  std::string layout;  // as Dataset::layout
  std::string train_mode;
  std::string rows;  // "trainval" or "train", "mixed" where merged
  // Of the descriptions, as in Dataset. Where files do not say whether the data have un-normalised
  // attributes, it is taken that they have.
  bool original_attributes = false;
  bool has_original_attributes = false;
  // Of the descriptions, too. Files that do not say have them as they were.
  MissingDescriptions missing_descriptions = MissingDescriptions::kKeep;
  Index num_missing = 0;
  MissingFeatures missing_features = MissingFeatures::kRefuse;
  Index zeroed_features = 0;              // values that became 0
  std::vector<std::string> fingerprints;  // of the datasets that the images are from
  // Where second moments were gathered: the same images by fold, by folds_of() of the class names
  // (statistics.second_moment is the folds' sum), and images to score by. Files of format 1 have
  // neither, and the one second moment.
  std::optional<FoldStatistics> folds = {};
  RowSample sample = {};  // after row_scaling; max_rows 0 where there is none

  // Whether data whose missing entries are treated so have the descriptions that are here.
  [[nodiscard]] bool suits(MissingDescriptions missing) const;
  // Whether the data read with DatasetOptions::original_attributes as given have the descriptions
  // that are here: where there is one kind alone, either way.
  [[nodiscard]] bool suits(bool takes_original_attributes) const {
    return !has_original_attributes || original_attributes == takes_original_attributes;
  }
};

struct GatherOptions {
  bool second_moment = false;  // second moments by fold, and a sample of rows
  // Rows of the sample, at least 0, 0 for none; only with second_moment. The file has them as they
  // are: whoever has it has these images' features.
  Index sample_rows = 12000;
  ScalingKind row_scaling = ScalingKind::kNone;  // kNone or kL2
  std::string rows = "trainval";  // all training rows, or "train": those outside validation

  // Throws Error{kInvalidArgument} naming the field.
  void validate() const;
};

// Reads the dataset's features once, in blocks; they are never in memory together. Throws what
// load_dataset throws, and Error{kInvalidArgument} where the data have no such rows.
[[nodiscard]] SavedStatistics gather_statistics(const DatasetOptions& data,
                                                const GatherOptions& options);

// Writes a safetensors file (docs/formats.md), whole or not at all. Throws Error{kIo}.
void save_statistics(const SavedStatistics& saved, const std::string& path);

// Throws Error{kIo}; Error{kFormat} naming file and field or tensor, also for values that are not
// finite and counts that do not add up; Error{kUnsupported} for a newer version.
[[nodiscard]] SavedStatistics load_statistics(const std::string& path);

// The statistics of all images together. Classes are known by name: the table is that of the first
// file and what the others add to it, in their order. `paths` are for messages. Throws
// Error{kShapeMismatch} for another feature width or other semantic spaces, and
// Error{kInvalidArgument} for another row scaling or kind of attributes, a class that two describe
// differently, a name twice in one table, second moments in some only, or the same dataset twice.
// Folds are kept where all files have them, else given up with a warning; the sample has the rows
// that the smallest sample asked for, none where a file has none.
[[nodiscard]] SavedStatistics merge_statistics(std::span<const SavedStatistics> parts,
                                               std::span<const std::string> paths);

// A dataset of the file's classes and no images. Classes without images are the unseen ones.
[[nodiscard]] Dataset dataset_without_images(const SavedStatistics& saved);

// The statistics with a row a class of the dataset, whose descriptions may be others. Throws
// Error{kInvalidArgument} naming a class with images that the dataset has not, or not among its
// seen ones, Error{kShapeMismatch} for another feature width.
[[nodiscard]] ClassStatistics statistics_of(const SavedStatistics& saved, const Dataset& dataset);

// The same by fold, and the sample with the dataset's class numbers. Throw as statistics_of(), and
// Error{kInvalidArgument} where the file has none: second moments were not gathered, or the file
// is of format 1 or merged with such a file.
[[nodiscard]] FoldStatistics fold_statistics_of(const SavedStatistics& saved,
                                                const Dataset& dataset);
[[nodiscard]] RowSample sample_of(const SavedStatistics& saved, const Dataset& dataset);

// Whether a recipe learns from statistics: not one that needs single images though it learns at
// once. True of a name that is no recipe's.
[[nodiscard]] bool learns_from_statistics(const Recipe& recipe);

}  // namespace dem
