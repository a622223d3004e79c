#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/at.h"
#include "dem/report/result_table.h"

namespace dem {
namespace {

struct Column {
  const char* name;   // of the score
  const char* title;  // over the column
  double factor;
  const char* pattern;
};
constexpr Column kColumns[] = {{"T1", "T1", 100.0, "%.1f"},
                               {"U", "U", 100.0, "%.1f"},
                               {"S", "S", 100.0, "%.1f"},
                               {"H", "H", 100.0, "%.1f"},
                               {"AUSUC", "AUSUC", 100.0, "%.1f"},
                               {"N1_skewness", "N_1 skewness", 1.0, "%.2f"},
                               {"seconds", "seconds", 1.0, "%.1f"}};

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

// Cells as text, headings first: every layout of a table is made from it.
using Grid = std::vector<std::vector<std::string>>;

// `between`: what joins a mean and its standard deviation.
std::string cell(const ResultRow& row, const Column& column, const char* between) {
  const ScoreStatistic* score = row.scores ? row.scores->find(column.name) : nullptr;
  if (score == nullptr) return "-";
  std::string text = format(column.pattern, column.factor * score->mean);
  if (score->sd) text += between + format(column.pattern, column.factor * *score->sd);
  return text;
}

std::vector<std::string> headings() {
  std::vector<std::string> cells{"data", "recipe", "runs", "selection"};
  for (const Column& column : kColumns) cells.emplace_back(column.title);
  return cells;
}

std::vector<std::string> cells_of(const ResultRow& row, const char* between) {
  std::string runs = std::to_string(row.scores ? row.scores->num_runs() : 0);
  if (row.failed > 0) runs += ", " + std::to_string(row.failed) + " failed";
  std::vector<std::string> cells{
      row.dataset, row.recipe, runs, row.selection.empty() ? "-" : row.selection};
  for (const Column& column : kColumns) cells.push_back(cell(row, column, between));
  return cells;
}

std::vector<std::string> cells_of(const ResultRow& row, const PublishedScores& published) {
  std::vector<std::string> cells{
      row.dataset, published.system + " (published)", "-", published.selection};
  for (const Column& column : kColumns) {
    const auto found = published.scores.find(column.name);
    cells.push_back(found == published.scores.end() ? "-" : format("%.1f", found->second));
  }
  return cells;
}

// Published numbers follow the last row of their data.
Grid grid_of(std::span<const ResultRow> rows, const char* between) {
  Grid grid{headings()};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    grid.push_back(cells_of(rows[i], between));
    const bool is_last = std::none_of(
        rows.begin() + static_cast<std::ptrdiff_t>(i) + 1, rows.end(), [&](const ResultRow& later) {
          return later.dataset == rows[i].dataset;
        });
    if (!is_last) continue;
    for (const PublishedScores& each : published_scores(rows[i].split, rows[i].feature_dim)) {
      grid.push_back(cells_of(rows[i], each));
    }
  }
  return grid;
}

// Columns as a terminal shows them: a code point is a column wide.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

std::string failures_text(std::span<const ResultRow> rows) {
  std::string text;
  for (const ResultRow& row : rows) {
    if (row.failed == 0) continue;
    text += row.dataset + ", " + row.recipe + ": " + row.error + "\n";
  }
  return text;
}

std::string sources_text(std::span<const ResultRow> rows, const char* line_start) {
  std::string text;
  for (const ResultRow& row : rows) {
    for (const PublishedScores& each : published_scores(row.split, row.feature_dim)) {
      const std::string line = line_start + each.system + ": " + each.source + "\n";
      if (text.find(line) == std::string::npos) text += line;
    }
  }
  if (text.empty()) return text;
  return "\nPublished numbers are of the same split and of features of the same width, which may "
         "be of another network:\n" +
         text;
}

std::string latex_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("&%$#_{}").find(c) != std::string_view::npos) out += '\\';
    if (c == '\\') {
      out += "\\textbackslash{}";
    } else if (c == '~' || c == '^') {
      out += std::string("\\") + c + "{}";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string aligned_text(std::span<const std::vector<std::string>> rows) {
  std::vector<std::size_t> widths;
  for (const auto& cells : rows) {
    widths.resize(std::max(widths.size(), cells.size()));
    for (std::size_t j = 0; j < cells.size(); ++j) {
      widths[j] = std::max(widths[j], width_of(cells[j]));
    }
  }
  std::string text;
  for (const auto& cells : rows) {
    std::string line;
    for (std::size_t j = 0; j < cells.size(); ++j) {
      line += cells[j] + std::string(widths[j] - width_of(cells[j]) + 2, ' ');
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string to_text(std::span<const ResultRow> rows) {
  return aligned_text(grid_of(rows, " ± ")) + failures_text(rows) + sources_text(rows, "  ");
}

std::string to_markdown(std::span<const ResultRow> rows) {
  const Grid grid = grid_of(rows, " ± ");
  std::string text;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    text += "|";
    for (const std::string& cell : grid[i]) {
      text += " ";
      for (const char c : cell) text += c == '|' ? std::string("\\|") : std::string(1, c);
      text += " |";
    }
    text += "\n";
    if (i > 0) continue;
    text += "|";
    for (std::size_t j = 0; j < grid[0].size(); ++j) text += "-|";
    text += "\n";
  }
  return text + failures_text(rows) + sources_text(rows, "- ");
}

std::string to_latex(std::span<const ResultRow> rows) {
  constexpr std::size_t kNames = 4;  // columns of words; the others are numbers
  const Grid grid = grid_of(rows, " \\pm ");
  std::string text = "% \\input this file; it needs no package.\n\\begin{tabular}{" +
                     std::string(kNames, 'l') + std::string(grid[0].size() - kNames, 'r') +
                     "}\n\\hline\n";
  for (std::size_t i = 0; i < grid.size(); ++i) {
    for (std::size_t j = 0; j < grid[i].size(); ++j) {
      const std::string& cell = grid[i][j];
      if (j > 0) text += " & ";
      const bool is_number = i > 0 && j >= kNames && cell != "-";
      text += is_number ? "$" + cell + "$" : latex_escaped(cell);
    }
    text += " \\\\\n";
    if (i == 0) text += "\\hline\n";
  }
  return text + "\\hline\n\\end{tabular}\n";
}

}  // namespace dem
