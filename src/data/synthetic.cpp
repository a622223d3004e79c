#include "dem/data/synthetic.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <new>

#include "base/text.h"
#include "data/dem_folder.h"
#include "data/synthetic_parts.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// The real sizes of the two datasets, for every size that is 0.
SyntheticOptions with_real_sizes(SyntheticOptions options) {
  const bool cub = equal_ignoring_case(options.name, "CUB");
  const auto fill = [](Index& value, Index real) { value = value == 0 ? real : value; };
  fill(options.num_train_images, cub ? 8855 : 24295);
  fill(options.num_test_images, cub ? 2933 : 6180);
  fill(options.num_seen_classes, cub ? 150 : 40);
  fill(options.num_unseen_classes, cub ? 50 : 10);
  fill(options.num_test_seen_images,
       std::max(options.num_train_images / 5, options.num_seen_classes));
  fill(options.attribute_dim, cub ? 312 : 85);
  return options;
}

template <typename Got>
[[noreturn]] void refuse(const char* field, const std::string& expected, const Got& got) {
  throw Error(ErrorKind::kInvalidArgument,
              concat("synthetic data: ", field, ": expected ", expected, ", got ", got));
}

void require_at_least(const char* field, Index value, Index least, const char* why) {
  if (value < least) refuse(field, concat("at least ", least, why), value);
}

void check_names(const SyntheticOptions& options) {
  if (options.output.empty()) refuse("output", "a folder", "\"\"");
  if (options.layout != "dem" && options.layout != "gbu") {
    refuse("layout", "dem or gbu", options.layout);
  }
  if (options.layout == "dem" && find_dem_files(options.name) == nullptr) {
    refuse("name", "AwA or CUB in layout dem", options.name);
  }
  const std::string& name = options.name;
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    refuse("name", "a folder's name", concat("\"", name, "\""));
  }
}

void check_sizes(const SyntheticOptions& options) {
  require_at_least("num_train_images", options.num_train_images, 0, "");
  require_at_least("num_test_images", options.num_test_images, 0, "");
  require_at_least("num_test_seen_images", options.num_test_seen_images, 0, "");
  require_at_least("num_seen_classes", options.num_seen_classes, 0, "");
  require_at_least("num_unseen_classes", options.num_unseen_classes, 0, "");
  require_at_least("attribute_dim", options.attribute_dim, 0, "");
  require_at_least("word_dim", options.word_dim, 1, "");
  require_at_least("feature_dim", options.feature_dim, 1, "");
  require_at_least("num_traits", options.num_traits, 1, "");
}

// Every class has an image of each kind, and all class numbers fit their type.
void check_class_counts(const SyntheticOptions& options) {
  constexpr Index kMost = std::numeric_limits<ClassId>::max() / 2;
  const auto check_most = [&](const char* field, Index value) {
    if (value > kMost) refuse(field, concat("at most ", kMost), value);
  };
  check_most("num_seen_classes", options.num_seen_classes);
  check_most("num_unseen_classes", options.num_unseen_classes);
  const char* one_each = ", one a class";
  require_at_least(
      "num_train_images", options.num_train_images, options.num_seen_classes, one_each);
  require_at_least(
      "num_test_images", options.num_test_images, options.num_unseen_classes, one_each);
  if (options.layout == "gbu") {
    require_at_least(
        "num_test_seen_images", options.num_test_seen_images, options.num_seen_classes, one_each);
  }
}

}  // namespace

void SyntheticOptions::validate() const {
  check_names(*this);
  check_sizes(*this);
  check_class_counts(with_real_sizes(*this));
  if (!(noise >= 0.0) || !std::isfinite(noise)) refuse("noise", "a number of at least 0", noise);
}

[[noreturn]] static void refuse_sizes() {
  throw Error(ErrorKind::kInvalidArgument, "synthetic data: sizes need more memory than there is");
}

std::vector<std::string> write_synthetic(const SyntheticOptions& options) {
  options.validate();
  const SyntheticOptions sized = with_real_sizes(options);
  try {
    return options.layout == "dem" ? write_synthetic_dem(sized) : write_synthetic_gbu(sized);
  } catch (const std::bad_alloc&) {
    refuse_sizes();
  } catch (const std::length_error&) {
    refuse_sizes();
  } catch (const std::filesystem::filesystem_error& error) {
    throw Error(ErrorKind::kIo,
                concat(error.path1().string(), ": cannot be made: ", error.code().message()));
  }
}

}  // namespace dem
