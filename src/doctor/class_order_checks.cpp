// Whether labels, class names and descriptions belong together: that the order of one class table
// is not that of another shows nowhere else but in accuracies at chance.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <numeric>
#include <span>
#include <unordered_map>

#include "base/at.h"
#include "base/text.h"
#include "doctor/checks.h"
#include "doctor/relation.h"

namespace dem {
namespace {

// "001.Black_footed_Albatross" and "black footed albatross" are both "blackfootedalbatross".
std::string plain(std::string_view name) {
  std::size_t start = 0;
  while (start < name.size() && std::isdigit(static_cast<unsigned char>(name[start])) != 0) ++start;
  const bool numbered =
      start > 0 && start < name.size() && (name[start] == '.' || name[start] == '_');
  std::string text;
  for (const char c : name.substr(numbered ? start : 0)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80)
      text.push_back(static_cast<char>(std::tolower(byte)));
  }
  return text;
}

using ClassOfName = std::unordered_map<std::string, ClassId>;

// Names that stand for two classes are left out.
ClassOfName plain_names(const Specimen& specimen) {
  ClassOfName names;
  for (Index c = 0; c < specimen.num_classes(); ++c) {
    const auto [entry, added] = names.emplace(plain(specimen.class_names[at(c)]), c);
    if (!added) entry->second = -1;
  }
  std::erase_if(names, [](const auto& entry) { return entry.second < 0 || entry.first.empty(); });
  return names;
}

std::vector<std::string> folders_of(std::string_view path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '/' || c == '\\') {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  parts.pop_back();  // the file itself
  return parts;
}

// The class that the folder of an image is called by, innermost first, alone or with the one above
// (SUN has a/apse/indoor for apse_indoor); -1 where none is.
ClassId class_of_file(const std::string& path, const ClassOfName& names) {
  const std::vector<std::string> folders = folders_of(path);
  for (std::size_t depth = 1; depth <= std::min<std::size_t>(folders.size(), 3); ++depth) {
    std::string name;
    for (std::size_t i = folders.size() - depth; i < folders.size(); ++i) name += folders[i] + ' ';
    const auto found = names.find(plain(name));
    if (found != names.end()) return found->second;
  }
  return -1;
}

// Rows whose image lies in the folder of a class.
struct NamedByFolder {
  Index told = 0;
  std::vector<Index> wrong;      // of another class than the label, ascending
  std::vector<ClassId> classes;  // the labels of these, ascending
};

NamedByFolder named_by_folder(const Specimen& specimen) {
  const ClassOfName names = plain_names(specimen);
  NamedByFolder rows;
  for (std::size_t row = 0; row < specimen.labels.size(); ++row) {
    const ClassId named = class_of_file(specimen.image_files[row], names);
    if (named < 0) continue;
    ++rows.told;
    if (named == specimen.labels[row]) continue;
    rows.wrong.push_back(static_cast<Index>(row));
    if (specimen.labels[row] >= 0) rows.classes.push_back(specimen.labels[row]);
  }
  std::sort(rows.classes.begin(), rows.classes.end());
  rows.classes.erase(std::unique(rows.classes.begin(), rows.classes.end()), rows.classes.end());
  return rows;
}

std::string relation_text(const Relation& relation) {
  return concat("correlation ",
                std::round(relation.correlation * 1000.0) / 1000.0,
                ", of shuffled descriptions ",
                std::round(relation.mean * 1000.0) / 1000.0,
                " with deviation ",
                std::round(relation.deviation * 1000.0) / 1000.0,
                ", over ",
                relation.num_classes,
                " seen classes");
}

// How descriptions in another order fit, and what that order is called.
struct OtherOrder {
  const char* what;
  Relation relation;
};

// The table with row order[c] at c.
Relation relation_in_order(const FeatureFacts& facts,
                           const Matrix<float>& table,
                           std::span<const Index> order) {
  Matrix<float> out(table.rows(), table.cols());
  for (Index c = 0; c < out.rows(); ++c) {
    const auto source = table.row(order[at(c)]);
    std::copy(source.begin(), source.end(), out.row(c).begin());
  }
  return relation_of(facts, out);
}

// Places by name: where in alphabetical order each class stands, and which stands at each place.
struct Alphabet {
  std::vector<Index> at_place, place_of;

  explicit Alphabet(const std::vector<std::string>& names)
      : at_place(names.size()), place_of(names.size()) {
    std::iota(at_place.begin(), at_place.end(), Index{0});
    std::stable_sort(at_place.begin(), at_place.end(), [&](Index a, Index b) {
      return names[at(a)] < names[at(b)];
    });
    for (std::size_t i = 0; i < at_place.size(); ++i) {
      place_of[at(at_place[i])] = static_cast<Index>(i);
    }
  }
};

// Orders in which tables are found: of labels that count from elsewhere, of unseen classes before
// or behind seen ones, of names sorted in one file and not in the other.
std::vector<OtherOrder> other_orders(const Specimen& specimen, const Matrix<float>& table) {
  const FeatureFacts& facts = specimen.features;
  const Index n = table.rows();
  std::vector<OtherOrder> orders;
  const auto add = [&](const char* what, const std::vector<Index>& order) {
    orders.push_back({what, relation_in_order(facts, table, order)});
  };
  const auto moved = [&](Index by) {
    std::vector<Index> order(at(n));
    for (Index c = 0; c < n; ++c) order[at(c)] = (c + by + n) % n;
    return order;
  };
  add("moved by one class down, as where labels count from 0 in one file and from 1 in the other",
      moved(-1));
  add("moved by one class up, as where labels count from 0 in one file and from 1 in the other",
      moved(1));
  const std::vector<Index> trained = specimen.rows_a_class(Part::kTrainval);
  const Index seen =
      std::count_if(trained.begin(), trained.end(), [](Index rows) { return rows > 0; });
  add("with the last classes first, as where unseen classes stand behind seen ones in one file",
      moved(seen % n));
  add("with the first classes last, as where unseen classes stand before seen ones in one file",
      moved(n - seen % n));
  std::vector<Index> reversed(at(n));
  std::iota(reversed.rbegin(), reversed.rend(), Index{0});
  add("in reverse", reversed);
  if (specimen.has_class_names) {
    const Alphabet alphabet(specimen.class_names);
    add("taken for sorted by name", alphabet.place_of);
    add("sorted by name", alphabet.at_place);
  }
  if (table.rows() == table.cols()) {
    Matrix<float> turned(n, n);
    for (Index c = 0; c < n; ++c) {
      for (Index d = 0; d < n; ++d) turned(c, d) = table(d, c);
    }
    orders.push_back({"with rows and columns exchanged", relation_of(facts, turned)});
  }
  return orders;
}

Finding unrelated(const DescriptionTable& table, const Relation& relation) {
  return {.id = "descriptions-unrelated",
          .severity = Severity::kWarning,
          .title = concat("classes with like descriptions have no like features: ",
                          relation_text(relation)),
          .where = table.where,
          .count = relation.num_classes,
          .cost = "what is learned of seen classes may say nothing of unseen ones: T1 near chance",
          .mend =
              "compare the order of the class table with that of the labels; descriptions may "
              "also say nothing that features show"};
}

Finding out_of_order(const DescriptionTable& table,
                     const Relation& relation,
                     const OtherOrder& other) {
  return {.id = "class-order",
          .severity = Severity::kError,
          .title = concat("descriptions do not fit the features as they stand (",
                          relation_text(relation),
                          "), but ",
                          other.what,
                          " (correlation ",
                          std::round(other.relation.correlation * 1000.0) / 1000.0,
                          ")"),
          .where = table.where,
          .count = relation.num_classes,
          .cost = "every class has another one's description: T1 will be near chance",
          .mend = "put the descriptions into the order of the labels"};
}

}  // namespace

void check_image_files(const Specimen& specimen, Findings& findings) {
  if (specimen.image_files.size() != specimen.labels.size() || !specimen.has_class_names) return;
  const NamedByFolder rows = named_by_folder(specimen);
  // Folders that are called by few classes are called by something else.
  if (rows.wrong.empty() || 2 * rows.told < specimen.num_rows()) return;
  const Index count = std::ssize(rows.wrong);
  const std::size_t first = at(rows.wrong[0]);
  const ClassId label = specimen.labels[first];
  const bool mostly = 2 * count > rows.told;
  findings.push_back(
      {.id = "labels-against-files",
       .severity = Severity::kError,
       .title = concat(count,
                       " of ",
                       rows.told,
                       " rows have the name of another class in the path of their image: row ",
                       first,
                       " is ",
                       specimen.image_files[first],
                       " and labelled ",
                       label < 0 ? std::string("with none") : specimen.class_names[at(label)]),
       .where = concat(specimen.image_files_where, "; ", specimen.labels_where),
       .rows = Some::rows(rows.wrong),
       .classes = Some::classes(specimen, rows.classes),
       .count = count,
       .cost = mostly
                   ? "the class table is in another order than the labels: T1 will be near chance"
                   : "these rows are trained and tested on as what they are not",
       .mend = mostly ? "put names and descriptions into the order that labels are numbered in"
                      : "correct the labels of these rows"});
}

void check_relation(const Specimen& specimen, Findings& findings) {
  constexpr double kRelated = 2.0, kClearly = 4.0;  // deviations above shuffled descriptions
  const FeatureFacts& facts = specimen.features;
  if (!facts.complete || facts.class_sums.empty()) return;
  for (const DescriptionTable& table : specimen.tables) {
    if (table.values.rows() != facts.class_sums.rows()) continue;
    const Relation relation = relation_of(facts, table.values);
    if (!relation.is_known() || relation.z() >= kRelated) continue;
    const OtherOrder* better = nullptr;
    const std::vector<OtherOrder> orders = other_orders(specimen, table.values);
    for (const OtherOrder& order : orders) {
      if (order.relation.z() < kClearly) continue;
      if (better == nullptr || order.relation.z() > better->relation.z()) better = &order;
    }
    findings.push_back(better != nullptr ? out_of_order(table, relation, *better)
                                         : unrelated(table, relation));
  }
}

}  // namespace dem
