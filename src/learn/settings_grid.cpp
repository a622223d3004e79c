#include "learn/settings_grid.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "dem/base/error.h"
#include "learn/closed_form_recipe.h"
#include "learn/field_text.h"

namespace dem {
namespace {

constexpr std::string_view kAuto = "auto";

std::string grid_name(const std::string& name) {
  return name + "_grid";
}

std::vector<std::string> grid_words(const Recipe& recipe, const std::string& name) {
  std::vector<std::string> words = words_of(recipe.settings.at(grid_name(name)));
  require_field(!words.empty(), recipe, grid_name(name), "values, got none");
  return words;
}

// `read` makes a value of a text, or nothing. `one` and `some` are what is expected of
// the setting and of its grid, in words.
template <typename Read>
void check_setting(const Recipe& recipe,
                   const std::string& name,
                   const std::string& one,
                   const std::string& some,
                   Read&& read) {
  const std::string& given = recipe.settings.at(name);
  require_field(
      given == kAuto || read(given).has_value(), recipe, name, concat(one, ", got \"", given, '"'));
  std::map<typename std::decay_t<decltype(read(given))>::value_type, std::string> known;
  for (const std::string& word : grid_words(recipe, name)) {
    const auto value = read(word);
    require_field(value.has_value(), recipe, grid_name(name), concat(some, ", got \"", word, '"'));
    const auto [first, is_new] = known.emplace(*value, word);
    require_field(is_new,
                  recipe,
                  grid_name(name),
                  concat("a value once, got ", first->second, " and ", word));
  }
}

std::string text_of(const NumberRange& range) {
  const std::string least = concat(range.above ? "above " : "of at least ", range.least);
  return std::isfinite(range.most) ? concat(least, ", at most ", range.most) : least;
}

}  // namespace

std::vector<std::string> values_of(const Recipe& recipe, const std::string& name) {
  const std::string& value = recipe.settings.at(name);
  if (value != kAuto) return {value};
  return grid_words(recipe, name);
}

std::vector<Choice> grid_of(const Recipe& recipe, const std::vector<std::string>& names) {
  std::vector<Choice> grid(1);
  for (const std::string& name : names) {
    std::vector<Choice> longer;
    for (const Choice& choice : grid) {
      for (const std::string& value : values_of(recipe, name)) {
        longer.push_back(choice);
        longer.back()[name] = value;
      }
    }
    grid = std::move(longer);
  }
  return grid;
}

Recipe settled(Recipe recipe, const Choice& values) {
  for (const auto& [name, value] : values) {
    const auto setting = recipe.settings.find(name);
    if (setting != recipe.settings.end()) setting->second = value;
  }
  return recipe;
}

std::optional<double> positive_number(const std::string& text) {
  const auto value = number_in<double>(text);
  return value && std::isfinite(*value) && *value > 0.0 ? value : std::nullopt;
}

double number_of(const Choice& choice, const std::string& name) {
  const std::string& text = choice.at(name);
  if (const auto value = positive_number(text)) return *value;
  throw Error(ErrorKind::kInvalidArgument,
              concat("setting ", name, ": expected a number above 0, got \"", text, '"'));
}

void check_numbers(const Recipe& recipe, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    check_setting(recipe, name, "auto or a number above 0", "numbers above 0", positive_number);
  }
}

double number_in_text(const std::string& text) {
  return number_from_text<double>(text, "setting");
}

void check_range(const Recipe& recipe, const std::string& name, const NumberRange& range) {
  const std::string words = text_of(range);
  check_setting(recipe,
                name,
                concat("auto or a number ", words),
                concat("numbers ", words),
                [&](const std::string& text) {
                  const auto value = number_in<double>(text);
                  const bool good = value && std::isfinite(*value) && *value <= range.most &&
                                    (range.above ? *value > range.least : *value >= range.least);
                  return good ? value : std::nullopt;
                });
}

void check_texts(const Recipe& recipe,
                 const std::string& name,
                 const std::string& expected,
                 const std::function<std::optional<std::string>(const std::string&)>& canonical) {
  check_setting(recipe, name, concat(kAuto, ", ", expected), expected, canonical);
}

void check_counts(const Recipe& recipe, const std::vector<std::string>& names) {
  const auto count = [](const std::string& text) {
    const auto value = number_in<Index>(text);
    return value && *value >= 0 && *value <= kMostCount ? value : std::nullopt;
  };
  const std::string range = concat("0 .. ", kMostCount);
  for (const std::string& name : names) {
    check_setting(recipe,
                  name,
                  concat("auto or a whole number of ", range),
                  concat("whole numbers of ", range),
                  count);
  }
}

void check_words(const Recipe& recipe,
                 const std::string& name,
                 const std::vector<std::string>& words) {
  const std::string expected = join(words, " or ");
  check_setting(
      recipe, name, concat(kAuto, ", ", expected), expected, [&](const std::string& text) {
        const bool is_known = std::find(words.begin(), words.end(), text) != words.end();
        return is_known ? std::optional(text) : std::nullopt;
      });
}

}  // namespace dem
