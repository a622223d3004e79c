#include "imports/class_codes.h"

#include <cmath>
#include <numeric>
#include <set>

#include "base/at.h"

namespace dem {

ClassCodes::ClassCodes(Index columns) : candidates_(at(columns)) {
  std::iota(candidates_.begin(), candidates_.end(), Index{0});
}

void ClassCodes::add(const std::string& label, std::span<const float> row) {
  ++samples_;
  if (candidates_.empty()) return;
  const auto known = rows_.try_emplace(label, row.begin(), row.end()).first;
  std::erase_if(candidates_, [&](Index column) {
    const float value = row[at(column)];
    return std::trunc(value) != value || known->second[at(column)] != value;
  });
}

std::vector<Index> ClassCodes::found() const {
  if (rows_.size() < 2 || samples_ < 2 * rows_.size()) return {};
  std::vector<Index> columns;
  for (const Index column : candidates_) {
    std::set<float> values;
    for (const auto& [label, row] : rows_) values.insert(row[at(column)]);
    if (values.size() == rows_.size()) columns.push_back(column);
  }
  return columns;
}

}  // namespace dem
