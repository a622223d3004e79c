#include "dem/pipeline/class_groups.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "base/at.h"
#include "base/text.h"
#include "data/text_table.h"
#include "dem/base/error.h"
#include "dem/base/log.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

[[noreturn]] void refuse_groups(const std::string& where,
                                const std::string& expected,
                                const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

bool is_class_heading(const std::string& cell) {
  return equal_ignoring_case(cell, "class") || equal_ignoring_case(cell, "name") ||
         equal_ignoring_case(cell, "class_name");
}

// The group that each class of a file is in.
std::unordered_map<std::string, std::string> read_pairs(const std::string& path) {
  TextTable table = read_text_table(path, CsvFirstColumn::kCells);
  if (table.width != 2) {
    refuse_groups(path, "two columns, a class and its group", concat(table.width, " columns"));
  }
  if (is_class_heading(table.cell(0, 0))) table.drop_first();
  std::unordered_map<std::string, std::string> groups;
  for (Index row = 0; row < table.rows(); ++row) {
    const std::string& group = table.cell(row, 1);
    if (group.empty()) refuse_groups(table.where(row), "a group's name", "an empty cell");
    if (!groups.emplace(table.cell(row, 0), group).second) {
      refuse_groups(table.where(row), "a class once", shown(table.cell(row, 0)) + " again");
    }
  }
  return groups;
}

struct Group {
  Index place = 0;
  double probability = 0.0;
  float score = -std::numeric_limits<float>::infinity();
};

}  // namespace

ClassGroups read_class_groups(const std::string& path, const ClassTable& classes) {
  const auto pairs = read_pairs(path);
  std::unordered_map<std::string, Index> places;
  ClassGroups groups;
  std::size_t used = 0;
  for (const std::string& name : classes.names) {
    const auto found = pairs.find(name);
    if (found == pairs.end()) {
      refuse_groups(path, "a group for each class of the model", "none for " + shown(name));
    }
    const auto next = static_cast<Index>(groups.names.size());
    const auto [place, is_new] = places.emplace(found->second, next);
    if (is_new) groups.names.push_back(found->second);
    groups.of_class.push_back(place->second);
    ++used;
  }
  if (used < pairs.size()) {
    log(LogLevel::kInfo,
        concat(path, ": ", pairs.size() - used, " classes that the model has not are left out"));
  }
  return groups;
}

Index num_groups_of(const ClassGroups& groups, std::span<const ClassId> classes) {
  std::vector<bool> known(groups.names.size());
  for (const ClassId c : classes) known[at(groups.of_class[at(c)])] = true;
  return std::count(known.begin(), known.end(), true);
}

Prediction grouped(const Prediction& all, const ClassGroups& groups, Index top_k) {
  const Index rows = all.classes.rows();
  if (rows > 0 && all.probabilities.empty()) {
    throw Error(ErrorKind::kInvalidArgument, "groups: expected probabilities, got none");
  }
  const Index most = rows > 0 ? num_groups_of(groups, all.classes.row(0)) : top_k;
  if (top_k < 1 || top_k > most) {
    throw Error(ErrorKind::kInvalidArgument,
                concat("groups: expected top_k of 1 to ", most, ", got ", top_k));
  }
  Prediction out;
  out.classes = Matrix<ClassId>(rows, top_k);
  out.scores = Matrix<float>(rows, top_k);
  out.probabilities = Matrix<float>(rows, top_k);
  out.margins.assign(at(rows), std::numeric_limits<float>::quiet_NaN());
  std::vector<Group> sums;
  for (Index i = 0; i < rows; ++i) {
    sums.assign(groups.names.size(), {});
    for (std::size_t g = 0; g < sums.size(); ++g) sums[g].place = static_cast<Index>(g);
    for (Index k = 0; k < all.classes.cols(); ++k) {
      Group& group = sums[at(groups.of_class[at(all.classes(i, k))])];
      group.probability += double{all.probabilities(i, k)};
      group.score = std::max(group.score, all.scores(i, k));
    }
    std::partial_sort(
        sums.begin(), sums.begin() + top_k, sums.end(), [](const Group& a, const Group& b) {
          return a.probability != b.probability ? a.probability > b.probability : a.place < b.place;
        });
    for (Index k = 0; k < top_k; ++k) {
      out.classes(i, k) = static_cast<ClassId>(sums[at(k)].place);
      out.scores(i, k) = sums[at(k)].score;
      out.probabilities(i, k) = static_cast<float>(std::min(1.0, sums[at(k)].probability));
    }
  }
  return out;
}

}  // namespace dem
