#include "exchange/model_checks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "io/character_rows.h"

namespace dem {
namespace {

class Checker {
 public:
  Checker(const Model& model, ErrorKind kind, const std::string& where)
      : model_(model), kind_(kind), where_(where) {}

  void check() const {
    check_table();
    check_texts();
    check_dimension_names();
    check_inputs();
    check_scaling();
    check_prototypes();
    require(model_.temperature >= 0.0f && model_.temperature <= std::numeric_limits<float>::max(),
            "temperature",
            "a number of at least 0",
            concat(model_.temperature));
    require_finite(model_.network.parameters(), finite_kind(), where_ + ": parameters");
  }

 private:
  void require(bool good,
               const std::string& field,
               const std::string& expected,
               const std::string& got) const {
    if (good) return;
    throw Error(kind_, concat(where_, ": ", field, ": expected ", expected, ", got ", got));
  }

  void require_shape(MatrixView<const float> values,
                     Index rows,
                     Index cols,
                     const std::string& field) const {
    require(values.rows() == rows && values.cols() == cols,
            field,
            concat("[", rows, ", ", cols, "]"),
            concat("[", values.rows(), ", ", values.cols(), "]"));
    for (Index i = 0; i < rows; ++i) {
      require_finite(values.row(i), finite_kind(), concat(where_, ": ", field, ": row ", i));
    }
  }

  void check_table() const {
    const ClassTable& classes = model_.classes;
    const auto count = static_cast<std::size_t>(classes.size());
    require(classes.seen.size() == count,
            "classes: seen",
            concat("a flag for each of ", count, " classes"),
            std::to_string(classes.seen.size()));
    require(classes.embeddings.size() == classes.spaces.size(),
            "classes: embeddings",
            concat("an array for each of ", classes.spaces.size(), " spaces"),
            std::to_string(classes.embeddings.size()));
    for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
      const auto first = std::find(classes.spaces.begin(), classes.spaces.end(), classes.spaces[i]);
      require(first == classes.spaces.begin() + static_cast<std::ptrdiff_t>(i),
              "classes: spaces",
              "names of their own",
              classes.spaces[i] + " twice");
      const Matrix<float>& embeddings = classes.embeddings[i];
      require_shape(embeddings, classes.size(), embeddings.cols(), "classes." + classes.spaces[i]);
    }
  }

  void check_texts() const {
    const auto check = [&](const std::string& text, const std::string& field) {
      std::vector<char32_t> codes;
      require(decode_utf8(std::as_bytes(std::span(text)), codes), field, "UTF-8", "other bytes");
    };
    for (const std::string& name : model_.classes.names) check(name, "classes: names");
    for (const std::string& space : model_.classes.spaces) check(space, "classes: spaces");
    for (const auto& [key, value] : model_.provenance) check(value, "provenance: " + key);
    for (const auto& names : model_.classes.dimension_names) {
      for (const std::string& name : names) check(name, "classes: dimension_names");
    }
  }

  void check_dimension_names() const {
    const ClassTable& classes = model_.classes;
    if (classes.dimension_names.empty()) return;
    require(classes.dimension_names.size() == classes.spaces.size(),
            "classes: dimension_names",
            concat("a list for each of ", classes.spaces.size(), " spaces"),
            std::to_string(classes.dimension_names.size()));
    for (std::size_t i = 0; i < classes.spaces.size(); ++i) {
      const auto& names = classes.dimension_names[i];
      const Index width = classes.embeddings[i].cols();
      require(names.empty() || static_cast<Index>(names.size()) == width,
              "classes: dimension_names of " + classes.spaces[i],
              concat(width, " names"),
              std::to_string(names.size()));
    }
  }

  void check_inputs() const {
    const ClassTable& classes = model_.classes;
    if (classes.size() == 0 && classes.spaces.empty()) return;  // bare weights
    for (const NetworkInput& input : model_.network.spec().inputs) {
      const auto found = std::find(classes.spaces.begin(), classes.spaces.end(), input.space);
      require(found != classes.spaces.end(),
              "classes: spaces",
              concat("\"", input.space, "\", which the network takes"),
              classes.spaces.empty() ? "none" : join(classes.spaces));
      const auto i = static_cast<std::size_t>(found - classes.spaces.begin());
      const Index dim = classes.embeddings[i].cols();
      require(dim == input.dim,
              "classes." + input.space,
              concat("width ", input.dim, " as the network takes"),
              std::to_string(dim));
    }
  }

  void check_scaling() const {
    const FeatureScaling& scaling = model_.scaling;
    const bool fitted =
        scaling.kind == ScalingKind::kMinMax || scaling.kind == ScalingKind::kStandard;
    const Index width = fitted ? model_.network.spec().feature_dim : 0;
    for (const auto& [name, values] : {std::pair("scaling.shift", &scaling.shift),
                                       std::pair("scaling.factor", &scaling.factor)}) {
      require(static_cast<Index>(values->size()) == width,
              name,
              concat(width, " numbers for scaling ", to_string(scaling.kind)),
              std::to_string(values->size()));
      require_finite(*values, finite_kind(), concat(where_, ": ", name));
    }
  }

  void check_prototypes() const {
    const Index count = model_.classes.size();
    if (count == 0 && model_.prototypes.empty()) return;
    require_shape(model_.prototypes, count, model_.network.spec().feature_dim, "prototypes");
  }

  // In a file they are bad data; in memory, the result of a computation.
  [[nodiscard]] ErrorKind finite_kind() const {
    return kind_ == ErrorKind::kFormat ? kind_ : ErrorKind::kNumerical;
  }

  const Model& model_;
  ErrorKind kind_;
  const std::string& where_;
};

}  // namespace

void check_model(const Model& model, ErrorKind kind, const std::string& where) {
  Checker(model, kind, where).check();
}

void require_finite(std::span<const float> values, ErrorKind kind, const std::string& where) {
  const auto found = std::find_if_not(
      values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  if (found == values.end()) return;
  throw Error(kind,
              concat(where,
                     ": expected finite numbers, got ",
                     *found,
                     " at position ",
                     found - values.begin()));
}

}  // namespace dem
