#include "learn/grid_notes.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "dem/base/log.h"
#include "learn/field_text.h"

namespace dem {
namespace {

// The numbers that a setting may come to, ascending; none where one is no number, or the setting
// has no grid.
std::vector<double> numbers_of_grid(const Recipe& recipe, const std::string& name) {
  std::vector<double> numbers;
  if (!recipe.settings.contains(name + "_grid")) return numbers;
  for (const std::string& text : values_of(recipe, name)) {
    const auto number = number_in<double>(text);
    if (!number) return {};
    numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// What the best point comes to with another number of one setting.
std::optional<double> value_with(const JudgedPoints& judged,
                                 const std::string& name,
                                 double number) {
  for (std::size_t i = 0; i < judged.points.size(); ++i) {
    Choice moved = judged.points[judged.best];
    moved[name] = judged.points[i].at(name);
    if (moved == judged.points[i] && number_in<double>(moved[name]) == number) {
      return judged.values[i];
    }
  }
  return std::nullopt;
}

}  // namespace

std::string text_of(const Choice& choice) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : choice) parts.push_back(concat(name, " ", value));
  return join(parts);
}

void warn_of_equals(const JudgedPoints& judged) {
  const auto& values = judged.values;
  if (values.size() < 2) return;
  const bool differ =
      std::any_of(values.begin(), values.end(), [&](double value) { return value != values[0]; });
  if (differ) return;
  log(LogLevel::kWarning,
      concat("validation: all choices are equal; ",
             text_of(judged.points[judged.best]),
             " is only the first"));
}

void note_ends(const Recipe& recipe, const JudgedPoints& judged) {
  for (const auto& [name, text] : judged.points[judged.best]) {
    const std::vector<double> numbers = numbers_of_grid(recipe, name);
    if (numbers.size() < 3) continue;
    const auto here = number_in<double>(text);
    const bool is_last = here == numbers.back();
    if (!is_last && (here != numbers.front() || here == 0.0)) continue;
    const auto beside = value_with(judged, name, is_last ? *(numbers.end() - 2) : numbers[1]);
    if (!beside || *beside == judged.values[judged.best]) continue;
    log(LogLevel::kInfo,
        concat("validation: the best ",
               name,
               ", ",
               text,
               ", is the ",
               is_last ? "largest" : "smallest",
               " of its grid; a wider ",
               name,
               "_grid may do better"));
  }
}

}  // namespace dem
