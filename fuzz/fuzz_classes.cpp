// Descriptions of new classes and lists of names, as `dem predict` takes them.
#include <array>

#include "dem/data/class_file.h"
#include "input_file.h"

namespace {

// A table of one class, described in this space or, where that is empty, in both.
dem::ClassTable known_classes(const std::string& space) {
  dem::ClassTable known;
  known.names = {"zebra"};
  known.seen = {true};
  if (space != "attribute") {
    known.spaces.emplace_back("word");
    known.embeddings.emplace_back(1, 2);
    known.dimension_names.emplace_back();
  }
  if (space != "word") {
    known.spaces.emplace_back("attribute");
    known.embeddings.emplace_back(1, 3);
    known.dimension_names.push_back({"stripes", "swims", "flies"});
  }
  return known;
}

// A table that Model::add_classes can take, but for names that it checks itself.
void check_table(const dem::ClassTable& table, const dem::ClassTable& known) {
  using dem::fuzz::require;
  require(!table.names.empty() && table.seen.size() == table.names.size(), "a name a class");
  require(table.spaces == known.spaces, "the spaces of the model");
  for (std::size_t i = 0; i < table.embeddings.size(); ++i) {
    require(table.embeddings[i].rows() == table.size(), "a description a name");
    require(table.embeddings[i].cols() == known.embeddings[i].cols(), "the model's width");
  }
}

void read_classes(const std::string& path, const std::string& names, const std::string& space) {
  const dem::ClassTable known = known_classes(space);
  const std::array files = {dem::ClassFile{path, space}};
  check_table(dem::read_new_classes(files, names, known), known);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    using dem::fuzz::attempt;
    const dem::fuzz::NamedInput text(path, ".csv");
    for (const std::string& given : {path, text.path()}) {
      attempt([&] { (void)dem::read_name_list(given); });
      for (const char* space : {"", "word", "attribute"}) {
        attempt([&] { read_classes(given, "", space); });
      }
      attempt([&] { read_classes(given, text.path(), "attribute"); });
    }
  });
}
