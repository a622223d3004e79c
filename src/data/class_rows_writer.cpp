#include <algorithm>
#include <filesystem>

#include "base/at.h"
#include "base/atomic_file.h"
#include "base/csv_cell.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/data/class_file.h"
#include "io/csv_facts.h"
#include "io/csv_numbers.h"

namespace dem {
namespace {

// A first line of names that begins with one of these would be taken for headings, or for a row.
bool needs_headings(const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return csv_number_kind(name) != CsvNumberKind::kNone || is_name_heading(name);
  });
}

std::string heading_line(Index dim, const std::vector<std::string>& dimension_names) {
  std::string line = "class";
  for (Index d = 0; d < dim; ++d) {
    line.push_back(',');
    line += dimension_names.empty() ? std::to_string(d) : csv_cell(dimension_names[at(d)]);
  }
  return line + '\n';
}

}  // namespace

void write_class_rows(const std::string& path,
                      const std::vector<std::string>& names,
                      MatrixView<const float> rows,
                      const std::vector<std::string>& dimension_names) {
  if (!equal_ignoring_case(std::filesystem::path(path).extension().string(), ".csv")) {
    throw Error(ErrorKind::kInvalidArgument, path + ": expected a name that ends in .csv");
  }
  AtomicFile file(path);
  std::string line;
  if (!dimension_names.empty() || rows.cols() == 0 || needs_headings(names)) {
    file.write(std::string_view(heading_line(rows.cols(), dimension_names)));
  }
  for (Index i = 0; i < rows.rows(); ++i) {
    line = csv_cell(names[at(i)]);
    for (const float value : rows.row(i)) {
      line.push_back(',');
      append_shortest(value, line);
    }
    line.push_back('\n');
    file.write(std::string_view(line));
  }
  file.commit();
}

}  // namespace dem
