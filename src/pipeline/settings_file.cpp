#include "dem/pipeline/settings_file.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <vector>

#include "base/positioned_file.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMostSettingsBytes = std::uint64_t{16} << 20U;

[[noreturn]] void refuse_settings(const std::string& where,
                                  const std::string& expected,
                                  const std::string& got) {
  throw Error(ErrorKind::kFormat, concat(where, ": expected ", expected, ", got ", got));
}

std::string settings_text(const std::string& path) {
  const PositionedFile file(path);
  if (file.size() > kMostSettingsBytes) {
    refuse_settings(path, "settings of at most 16 MiB", concat(file.size(), " bytes"));
  }
  std::string text(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

// The parser would keep one of two values and say nothing.
class RefuseRepeated {
 public:
  explicit RefuseRepeated(const std::string& path) : path_(path) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& parsed) {
    if (event == Json::parse_event_t::object_start) names_[depth + 1].clear();
    if (event != Json::parse_event_t::key) return true;
    const auto name = parsed.get<std::string>();
    if (!names_[depth].insert(name).second)
      refuse_settings(path_, concat(name, " once"), "it twice");
    return true;
  }

 private:
  const std::string& path_;
  std::map<int, std::set<std::string>> names_;  // of the object that is open at each depth
};

Json parse_settings(const std::string& path) {
  Json json;
  try {
    json = Json::parse(settings_text(path), RefuseRepeated(path));
  } catch (const Json::parse_error& error) {
    refuse_settings(path, "JSON", concat("a syntax error at byte ", error.byte));
  } catch (const Json::exception&) {
    refuse_settings(path, "JSON", "a number beyond double precision");
  }
  if (!json.is_object()) refuse_settings(path, "an object of names and values", json.type_name());
  return json;
}

std::string text_of_value(const Json& value, const std::string& where) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  if (!value.is_array() || value.empty()) {
    refuse_settings(where, "text, a number, true, false or a list", value.dump());
  }
  std::vector<std::string> words;
  for (const Json& item : value) {
    if (item.is_array()) refuse_settings(where, "a list of values", "a list in it");
    words.push_back(text_of_value(item, where));
  }
  return join(words, " ");
}

// A member that is an object; `fallback` where there is none.
const Json& object_in(const Json& json,
                      const char* name,
                      const Json& fallback,
                      const std::string& path) {
  const auto found = json.find(name);
  if (found == json.end()) return fallback;
  if (!found->is_object())
    refuse_settings(concat(path, ": ", name), "an object", found->type_name());
  return *found;
}

// A run that chose says what its settings came to; facts that are no settings are left out.
SettingsFile settings_of_run(const Json& summary, const std::string& path) {
  const Json none = Json::object();
  SettingsFile file;
  file.of_run = true;
  if (summary.contains("ensemble")) {
    refuse_settings(path, "the run of one recipe", "that of an ensemble");
  }
  const Json& recipe = object_in(summary, "recipe", none, path);
  for (const auto& [name, value] : recipe.items()) {
    if (name == "settings") continue;
    file.fields[name] = text_of_value(value, concat(path, ": recipe.", name));
  }
  for (const auto& [name, value] :
       object_in(recipe, "settings", none, concat(path, ": recipe")).items()) {
    file.fields[name] = text_of_value(value, concat(path, ": recipe.settings.", name));
  }
  if (!file.fields.contains("name")) refuse_settings(concat(path, ": recipe"), "a name", "none");
  file.recipe = file.fields.extract("name").mapped();
  for (const auto& [name, value] : object_in(summary, "chosen", none, path).items()) {
    const auto field = file.fields.find(name);
    if (field == file.fields.end()) continue;
    field->second = text_of_value(value, concat(path, ": chosen.", name));
  }
  return file;
}

SettingsFile settings_of_names(const Json& json, const std::string& path) {
  SettingsFile file;
  for (const auto& [name, value] : json.items()) {
    file.fields[name] = text_of_value(value, concat(path, ": ", name));
  }
  if (const auto recipe = file.fields.find("recipe"); recipe != file.fields.end()) {
    file.recipe = recipe->second;
    file.fields.erase(recipe);
  }
  return file;
}

}  // namespace

SettingsFile read_settings_file(const std::string& path) {
  const Json json = parse_settings(path);
  const auto recipe = json.find("recipe");
  const bool of_run = recipe != json.end() && recipe->is_object();
  return of_run ? settings_of_run(json, path) : settings_of_names(json, path);
}

}  // namespace dem
