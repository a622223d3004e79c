// Classes in several semantic spaces, for recipes that take one description.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "dem/learn/family.h"
#include "dem/model/space_join.h"

namespace dem {

// Of a dataset of one space nothing: a recipe learns from its table as it is.
class JoinedClasses {
 public:
  JoinedClasses() = default;
  JoinedClasses(const ClassTable& classes, std::vector<double> weights);
  // With weights that nobody gave, found on held-out classes or equal.
  JoinedClasses(const ClassTable& classes, std::vector<double> weights, bool were_found)
      : JoinedClasses(classes, std::move(weights)) {
    were_left_ = true;
    were_found_ = were_found;
  }

  // What the recipe learns from: the joined table, or `own` where there is none.
  [[nodiscard]] const ClassTable& classes(const ClassTable& own) const {
    return join_ ? table_ : own;
  }
  // Lets a model that learned from the joined table take the spaces, and notes their weights.
  void describe(Learned& learned) const;
  [[nodiscard]] bool are_weights_left() const { return were_left_; }
  [[nodiscard]] bool are_weights_found() const { return were_found_; }

 private:
  std::optional<SpaceJoin> join_;
  ClassTable table_;
  std::vector<double> weights_;  // [spaces], sum 1
  bool were_left_ = false;
  bool were_found_ = false;
};

// By recipe.space_weights, or by weights found on held-out seen classes (`data` has the classes in
// their own spaces), which the log tells. Throws Error{kInvalidArgument} where the recipe has
// another number of weights than the classes have spaces.
[[nodiscard]] JoinedClasses join_classes(const ClassTable& classes,
                                         const Recipe& recipe,
                                         const LearningData& data);

}  // namespace dem
