// CUB-200-2011 (Wah et al., 2011) as published: images.txt, classes.txt, image_class_labels.txt,
// train_test_split.txt, attributes/class_attribute_labels_continuous.txt, and attributes.txt in one
// of three places. It has no features: they come from a file, in the order of images.txt or by its
// names.
#include "base/text.h"
#include "data/folders.h"
#include "data/numbered_lines.h"
#include "dem/base/error.h"
#include "imports/import_kinds.h"
#include "imports/published_set.h"

namespace dem {
namespace {

constexpr std::string_view kClassAttributes = "/attributes/class_attribute_labels_continuous.txt";

// Where copies of the data have it; none says what the attributes are.
std::vector<std::string> read_attribute_names(const std::string& source) {
  for (const char* place :
       {"/attributes.txt", "/attributes/attributes.txt", "/../attributes.txt"}) {
    if (file_exists(source + place)) return read_numbered_lines(source + place);
  }
  return {};
}

void add_images(const std::string& source, PublishedSet& set) {
  const std::string images = source + "/images.txt";
  const std::string labels = source + "/image_class_labels.txt";
  const std::string split = source + "/train_test_split.txt";
  set.samples = read_numbered_lines(images);
  set.labels = published_labels(labels, read_numbered_numbers(labels), set.classes.size());
  require_line_an_image(labels, set.labels.size(), images, set.samples.size());
  if (!file_exists(split)) return;
  for (const Index is_training : read_numbered_numbers(split)) {
    if (is_training != 0 && is_training != 1) {
      throw Error(ErrorKind::kFormat,
                  concat(split,
                         ": entry ",
                         set.tested.size() + 1,
                         ": expected 1 (training) or 0 (test), got ",
                         is_training));
    }
    set.tested.push_back(is_training == 0);
  }
  require_line_an_image(split, set.tested.size(), images, set.samples.size());
}

bool fits_cub(const std::string& source) {
  return file_exists(source + "/images.txt") && file_exists(source + "/image_class_labels.txt") &&
         file_exists(source + "/classes.txt");
}

Translated translate_cub(const ImportOptions& options, const std::string& scratch) {
  const std::string& source = options.source;
  if (options.data.features_file.empty()) {
    throw Error(ErrorKind::kInvalidArgument,
                concat(source,
                       ": expected a features file, a row an image in the order of images.txt or "
                       "with its names, since CUB has images alone; got none"));
  }
  const std::string classes = source + "/classes.txt";
  PublishedSet set;
  set.classes = read_numbered_lines(classes);
  if (options.data.classes_file.empty()) {
    set.attributes = published_attributes(
        concat(source, kClassAttributes), read_attribute_names(source), set.classes.size());
  }
  add_images(source, set);
  set.unseen = published_unseen(source + "/testclasses.txt", set.classes, classes);
  return {in_table_files(set, options, scratch)};
}

}  // namespace

ImportEntry cub_kind() {
  return {{"cub",
           "CUB-200-2011 as published, with images.txt, classes.txt and image_class_labels.txt, "
           "and a features file"},
          fits_cub,
          translate_cub};
}

}  // namespace dem
