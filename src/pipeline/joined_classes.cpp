#include "pipeline/joined_classes.h"

#include <numeric>
#include <string>
#include <utility>

#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/log.h"
#include "learn/kernel/space_weights.h"

namespace dem {
namespace {

void log_weights(const FoundWeights& found, const ClassTable& classes) {
  const std::string join = join_of(classes, found.weights).to_string();
  if (found.num_folds == 0) {
    log(LogLevel::kWarning,
        concat("semantic spaces ",
               join,
               ": nothing to choose weights by (too few or too many seen classes, or statistics "
               "without a sample): they are equal"));
    return;
  }
  std::vector<std::string> alone;
  for (std::size_t s = 0; s < found.alone.size(); ++s) {
    alone.push_back(concat(classes.spaces[s], " alone ", found.alone[s]));
  }
  log(LogLevel::kInfo,
      concat("semantic spaces ",
             join,
             ", on ",
             found.num_folds,
             " folds of held-out seen classes: mean reciprocal rank ",
             found.rank,
             ", equal weights ",
             found.equal_rank,
             ", ",
             dem::join(alone)));
}

}  // namespace

JoinedClasses::JoinedClasses(const ClassTable& classes, std::vector<double> weights)
    : join_(join_of(classes, weights)), weights_(std::move(weights)) {
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& weight : weights_) weight /= sum;
  table_ = join_->table(classes);
}

void JoinedClasses::describe(Learned& learned) const {
  if (!join_) return;
  learned.class_map.set_join(*join_);
  std::vector<std::string> texts;
  for (const double weight : weights_) texts.push_back(shortest_text(weight));
  learned.facts["space_weights"] = dem::join(texts, " ");
}

JoinedClasses join_classes(const ClassTable& classes,
                           const Recipe& recipe,
                           const LearningData& data) {
  if (!recipe.space_weights.empty()) {
    JoinedClasses joined(classes, recipe.space_weights);
    return classes.spaces.size() > 1 ? std::move(joined) : JoinedClasses();
  }
  if (classes.spaces.size() < 2) return {};
  const FoundWeights found = find_space_weights(data);
  log_weights(found, classes);
  return {classes, found.weights, found.num_folds > 0};
}

}  // namespace dem
