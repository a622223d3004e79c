// Synthetic data in layout dem.
#include <filesystem>

#include "base/text.h"
#include "data/dem_folder.h"
#include "data/synthetic_model.h"
#include "data/synthetic_parts.h"

namespace dem {
namespace {

class DemWriter {
 public:
  explicit DemWriter(const SyntheticOptions& options)
      : options_(options),
        files_(*find_dem_files(options.name)),
        model_(options),
        classes_(draw_classes(options)) {
    Rng rng = size_stream(options);
    train_labels_ =
        repeat(classes_.seen, class_sizes(options.num_train_images, options.num_seen_classes, rng));
    test_labels_ = repeat(classes_.unseen,
                          class_sizes(options.num_test_images, options.num_unseen_classes, rng));
  }

  std::vector<std::string> write() {
    write_features(files_.train_features, train_labels_, 0);
    write_features(files_.test_features, test_labels_, options_.num_train_images);
    write_numbers(files_.test_labels, test_labels_);
    write_numbers(files_.test_class_ids, classes_.unseen);
    write_attributes();
    if (files_.train_words != nullptr) write_words();
    return paths_;
  }

 private:
  // Makes the folder of a file and remembers the file.
  const std::string& path(const char* stem) {
    paths_.push_back(concat(options_.output, "/", files_.folder, "/", stem, ".mat"));
    std::filesystem::create_directories(std::filesystem::path(paths_.back()).parent_path());
    return paths_.back();
  }
  static std::string variable_name(const char* stem) {
    return std::filesystem::path(stem).filename().string();
  }
  void write_matrix(const char* stem, const Matrix<float>& matrix) {
    const MatVariable variable{variable_name(stem), matrix.view()};
    write_mat5(path(stem), std::span(&variable, 1));
  }
  void write_numbers(const char* stem, const std::vector<ClassId>& zero_based) {
    const NumberColumn numbers(variable_name(stem), zero_based);
    const MatVariable variable = numbers.variable();
    write_mat5(path(stem), std::span(&variable, 1));
  }
  void write_features(const char* stem, const std::vector<ClassId>& labels, Index first_image) {
    Matrix<float> features =
        Matrix<float>::uninitialised(static_cast<Index>(labels.size()), options_.feature_dim);
    model_.draw_images(labels, first_image, features);
    write_matrix(stem, features);
  }
  // The published Z_s_con is the one file of version 7.3.
  void write_attributes() {
    const Matrix<float> train = gather_rows(model_.attributes(), train_labels_);
    const std::string name = variable_name(files_.train_attributes);
    if (name == "Z_s_con") {
      write_hdf5_matlab(path(files_.train_attributes), name, train, /*as_double=*/true);
    } else {
      write_matrix(files_.train_attributes, train);
    }
    write_matrix(files_.test_attributes, gather_rows(model_.attributes(), classes_.unseen));
  }
  void write_words() {
    const Matrix<float> words = model_.words(options_.word_dim);
    write_matrix(files_.train_words, gather_rows(words, train_labels_));
    write_matrix(files_.test_words, gather_rows(words, classes_.unseen));
  }

  const SyntheticOptions& options_;
  const DemFiles& files_;
  SyntheticModel model_;
  SeenAndUnseen classes_;
  std::vector<ClassId> train_labels_;
  std::vector<ClassId> test_labels_;
  std::vector<std::string> paths_;
};

}  // namespace

std::vector<std::string> write_synthetic_dem(const SyntheticOptions& options) {
  return DemWriter(options).write();
}

}  // namespace dem
