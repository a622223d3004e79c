// The class table of layout gbu.
#pragma once

#include <string>
#include <vector>

#include "data/gbu_folder.h"
#include "dem/data/dataset.h"

namespace dem {

// How many classes there are, and what says so.
struct GbuClassCount {
  Index count = 0;
  std::string why;
  std::vector<std::string> names = {};  // [count]; empty where the data have none
  ArrayRef table = {};                  // what was counted where there are no names
  bool is_told = false;                 // more than the format says how that table lies
};

// By allclasses_names, else by the first table of descriptions. Throws Error{kFormat} for names
// that are no text and where there is neither.
[[nodiscard]] GbuClassCount count_gbu_classes(GbuFolder& folder, SampleAxis axis);

// Fills dataset.classes but for what is seen, and what it says of its attributes.
//   index_base  of the labels, for names where the data have none: "class 1"
void read_gbu_classes(const DatasetOptions& options,
                      GbuFolder& folder,
                      const GbuClassCount& count,
                      int index_base,
                      Dataset& dataset);

}  // namespace dem
