#include "eval/class_counts.h"

#include <limits>

#include "base/at.h"

namespace dem {

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

}  // namespace

ClassCounts::ClassCounts(Index num_classes) : counts_(2 * at(num_classes)) {}

void ClassCounts::add(ClassId label, bool is_right) {
  ++counts_[2 * at(label)];
  counts_[2 * at(label) + 1] += is_right ? 1 : 0;
}

void ClassCounts::sum(Communicator& ranks) {
  ranks.sum(counts_);
}

Index ClassCounts::images(Index class_id) const {
  return counts_[2 * at(class_id)];
}

Index ClassCounts::right(Index class_id) const {
  return counts_[2 * at(class_id) + 1];
}

std::optional<double> ClassCounts::accuracy(Index class_id) const {
  if (images(class_id) == 0) return std::nullopt;
  return static_cast<double>(right(class_id)) / static_cast<double>(images(class_id));
}

double ClassCounts::class_accuracy() const {
  double sum = 0.0;
  Index classes = 0;
  for (Index c = 0; c < num_classes(); ++c) {
    if (images(c) == 0) continue;
    sum += *accuracy(c);
    ++classes;
  }
  return classes == 0 ? kNone : sum / static_cast<double>(classes);
}

double ClassCounts::sample_accuracy() const {
  Index all = 0, right = 0;
  for (std::size_t c = 0; c < counts_.size(); c += 2) {
    all += counts_[c];
    right += counts_[c + 1];
  }
  return all == 0 ? kNone : static_cast<double>(right) / static_cast<double>(all);
}

}  // namespace dem
