#include "data/split_parts.h"

#include "base/text.h"
#include "dem/base/error.h"
#include "io/csv_scanner.h"

namespace dem {
namespace {

constexpr Index kLeftOut = -1;

}  // namespace

TableRows::TableRows(const TableLabels& labels)
    : labels_(labels), size_(static_cast<Index>(labels.classes.size())) {
  for (std::size_t row = 0; row < labels.samples.size(); ++row) {
    rows_.emplace(labels.samples[row], static_cast<Index>(row));
  }
  for (const std::string& sample : labels.left_out) rows_.emplace(sample, kLeftOut);
}

std::optional<Index> TableRows::row(const std::string& sample, const std::string& where) const {
  const auto found = rows_.find(sample);
  if (found != rows_.end()) {
    return found->second == kLeftOut ? std::nullopt : std::optional(found->second);
  }
  refuse_split(where,
               concat("a sample of ", labels_.path),
               concat(shown(sample), have_names() ? "" : ", and the samples there have no names"));
}

void TableRows::require_in_order(const std::string& where) const {
  if (!labels_.reordered) return;
  refuse_split(
      where,
      concat("names of samples, since the features have them in another order than ", labels_.path),
      "parts by position");
}

void refuse_split(const std::string& where, std::string_view expected, const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

}  // namespace dem
