// A toy dataset in layout gbu, small enough to work out by hand.
//
// 8 images of 2 feature dimensions, image i (from 0) has features 10 i and 10 i + 1. Four classes
// "one" .. "four" of 3 attributes, class c (from 0) has attributes 0.1 (c + 1), 0.2 (c + 1) ^ 2,
// 0.5.
//   image (from 1)  1 2 3 4 5 6 7 8
//   class (from 1)  1 1 2 2 3 3 4 4
// trainval 7 1 3 8, test seen 2 4, test unseen 6 5: seen classes 1 2 4, unseen class 3.
// train 1 3 and val 7 8 are disjoint in classes; train lists test row 2 besides, as the published
// files do.
#pragma once

#include "test_files.h"

namespace dem::test {

inline std::vector<Variable> toy_features() {
  return {matrix("features", 2, 8, {0, 10, 20, 30, 40, 50, 60, 70, 1, 11, 21, 31, 41, 51, 61, 71}),
          column("labels", {1, 1, 2, 2, 3, 3, 4, 4})};
}

inline std::vector<Variable> toy_split() {
  return {matrix("att", 3, 4, {.1, .2, .3, .4, .2, .8, 1.8, 3.2, .5, .5, .5, .5}),
          matrix("original_att", 3, 4, {1, 2, 3, 4, 2, 8, -1, 32, 5, 5, 5, -1}),
          lines("allclasses_names", {"one", "two", "three", "four"}),
          column("trainval_loc", {7, 1, 3, 8}),
          column("train_loc", {1, 3, 2}),
          column("val_loc", {7, 8}),
          column("test_seen_loc", {2, 4}),
          column("test_unseen_loc", {6, 5})};
}

// The variables with one replaced, or added where there is none of its name.
inline std::vector<Variable> with(std::vector<Variable> variables, Variable changed) {
  for (Variable& v : variables) {
    if (v.name == changed.name) {
      v = std::move(changed);
      return variables;
    }
  }
  variables.push_back(std::move(changed));
  return variables;
}

inline std::vector<Variable> without(std::vector<Variable> variables, std::string_view name) {
  std::erase_if(variables, [&](const Variable& v) { return v.name == name; });
  return variables;
}

inline void write_toy_gbu(const std::string& folder,
                          const std::vector<Variable>& features = toy_features(),
                          const std::vector<Variable>& split = toy_split()) {
  write_mat4(folder + "/res101.mat", features);
  write_mat4(folder + "/att_splits.mat", split);
}

}  // namespace dem::test
