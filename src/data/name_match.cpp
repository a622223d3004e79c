#include "data/name_match.h"

#include <algorithm>
#include <cctype>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "dem/base/log.h"

namespace dem {
namespace {

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool between = c == '_' || c == '-' || c == '+' || c == ' ';
    out.push_back(between ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return out;
}

[[noreturn]] void refuse_match(const std::string& path,
                               const std::string& expected,
                               const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(path, ": expected ", expected, ", got ", got));
}

// Each row has one class at most.
void check_distinct(const std::string& path,
                    std::span<const std::string> given,
                    std::span<const std::string> classes,
                    std::span<const Index> places) {
  std::unordered_map<Index, std::size_t> class_of;
  for (std::size_t c = 0; c < places.size(); ++c) {
    const auto [known, added] = class_of.emplace(places[c], c);
    if (added) continue;
    refuse_match(
        path,
        concat("a row for \"", classes[known->second], "\" and one for \"", classes[c], '"'),
        concat("only \"", given[at(places[c])], "\" for both"));
  }
}

void log_others(const std::string& path,
                std::span<const std::string> given,
                std::span<const Index> places) {
  if (given.size() == places.size()) return;
  std::vector<bool> taken(given.size());
  for (const Index place : places) taken[at(place)] = true;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < given.size() && others.size() < 4; ++i) {
    if (!taken[i]) others.push_back(given[i]);
  }
  others.resize(std::min<std::size_t>(others.size(), 3));
  const std::size_t count = given.size() - places.size();
  log(LogLevel::kInfo,
      concat(path,
             ": ",
             count,
             count == 1 ? " row of another class" : " rows of other classes",
             " left out (",
             first_few(others),
             count > others.size() ? ", ..." : "",
             ")"));
}

}  // namespace

NameFinder::NameFinder(std::span<const std::string> names) {
  const auto add = [](auto& map, auto&& key, Index place) {
    Places& places = map[std::forward<decltype(key)>(key)];
    if (places.count++ == 0) places.first = place;
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    add(exact_, std::string_view(names[i]), static_cast<Index>(i));
    add(folded_, folded(names[i]), static_cast<Index>(i));
  }
}

std::optional<NameFinder::Found> NameFinder::find(const std::string& name) const {
  if (const auto found = exact_.find(name); found != exact_.end()) {
    return Found{found->second.first, true, found->second.count};
  }
  const auto found = folded_.find(folded(name));
  if (found == folded_.end()) return std::nullopt;
  return Found{found->second.first, false, found->second.count};
}

std::string first_few(std::span<const std::string> names) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i) {
    text += concat(i == 0 ? "\"" : ", \"", names[i], '"');
  }
  if (names.size() > kMost) text += concat(" and ", names.size() - kMost, " more");
  return text;
}

namespace {

// The rows whose names are one of the classes', or like it.
struct Hits {
  Index first = 0;
  Index count = 0;

  void add(Index row) {
    if (count++ == 0) first = row;
  }
};

// By the classes' names, which are few where the rows may be a whole vocabulary.
class RowFinder {
 public:
  RowFinder(std::span<const std::string> given, std::span<const std::string> classes) {
    for (const std::string& name : classes) {
      exact_.emplace(name, Hits());
      folded_.emplace(folded(name), Hits());
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
      const auto row = static_cast<Index>(i);
      if (const auto found = exact_.find(given[i]); found != exact_.end()) found->second.add(row);
      if (const auto found = folded_.find(folded(given[i])); found != folded_.end()) {
        found->second.add(row);
      }
    }
  }
  [[nodiscard]] const Hits& exact(const std::string& name) const { return exact_.at(name); }
  [[nodiscard]] const Hits& like(const std::string& name) const { return folded_.at(folded(name)); }

 private:
  std::unordered_map<std::string_view, Hits> exact_;
  std::unordered_map<std::string, Hits> folded_;
};

}  // namespace

std::vector<Index> match_names(const std::string& path,
                               std::span<const std::string> given,
                               std::span<const std::string> classes,
                               const std::string& whose) {
  const RowFinder finder(given, classes);
  std::vector<Index> places;
  std::vector<std::string> missing, loose;
  for (const std::string& name : classes) {
    const Hits& exact = finder.exact(name);
    const Hits& like = exact.count > 0 ? exact : finder.like(name);
    if (exact.count > 1) refuse_match(path, "each class once", concat('"', name, "\" twice"));
    if (like.count > 1) {
      refuse_match(path,
                   concat("one row for the class \"", name, "\" of ", whose),
                   concat(like.count, " names that are alike"));
    }
    if (like.count == 0) {
      missing.push_back(name);
      continue;
    }
    if (exact.count == 0) loose.push_back(given[at(like.first)]);
    places.push_back(like.first);
  }
  if (!missing.empty()) {
    refuse_match(
        path, concat("a row for each class of ", whose), concat("none for ", first_few(missing)));
  }
  check_distinct(path, given, classes, places);
  if (!loose.empty()) {
    log(LogLevel::kInfo,
        concat(path,
               ": names taken without regard to case and to blank, _, - and +: ",
               first_few(loose)));
  }
  log_others(path, given, places);
  return places;
}

}  // namespace dem
