#include "data/seen_classes.h"

namespace dem {

void derive_seen_classes(Dataset& dataset) {
  std::vector<bool>& seen = dataset.classes.seen;
  seen.assign(dataset.classes.names.size(), false);
  for (const Index row : dataset.split.trainval) {
    seen[static_cast<std::size_t>(dataset.labels[static_cast<std::size_t>(row)])] = true;
  }
  for (std::size_t c = 0; c < seen.size(); ++c) {
    (seen[c] ? dataset.seen_classes : dataset.unseen_classes).push_back(static_cast<ClassId>(c));
  }
}

}  // namespace dem
