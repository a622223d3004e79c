#include "pipeline/prediction_rows.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/csv_cell.h"
#include "base/shortest_text.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

// What has no number is left empty: the margin of an only candidate, a score beyond float32.
void append_if_finite(float value, std::string& text) {
  if (std::isfinite(value)) append_shortest(value, text);
}

// Lines of text, one a row.
class Lines : public PredictionRows {
 public:
  void append(const Prediction& prediction,
              const std::vector<bool>& rejected,
              Index first_row,
              std::string& bytes) const override {
    for (Index i = 0; i < prediction.classes.rows(); ++i) {
      add_line(prediction, i, first_row + i, rejected[static_cast<std::size_t>(i)], bytes);
    }
  }

 protected:
  Lines(const ClassTable& classes, std::string (*cell)(const std::string&)) {
    for (const std::string& name : classes.names) names_.push_back(cell(name));
  }
  virtual void add_line(
      const Prediction& p, Index i, Index row, bool rejected, std::string& text) const = 0;

  [[nodiscard]] const std::string& name(ClassId id) const {
    return names_[static_cast<std::size_t>(id)];
  }

 private:
  std::vector<std::string> names_;
};

class CsvLines : public Lines {
 public:
  explicit CsvLines(const ClassTable& classes) : Lines(classes, csv_cell) {}

 private:
  void add_class(const Prediction& p, Index i, Index k, std::string& text) const {
    text += name(p.classes(i, k));
    text += ',';
    append_if_finite(p.scores(i, k), text);
    text += ',';
    if (!p.probabilities.empty()) append_if_finite(p.probabilities(i, k), text);
  }

  void add_line(
      const Prediction& p, Index i, Index row, bool rejected, std::string& text) const override {
    append_shortest(row, text);
    text += ',';
    add_class(p, i, 0, text);
    text += ',';
    append_if_finite(p.margins[static_cast<std::size_t>(i)], text);
    text += rejected ? ",true" : ",false";
    for (Index k = 1; k < p.classes.cols(); ++k) {
      text += ',';
      add_class(p, i, k, text);
    }
    for (Index k = 0; k < p.distances.cols(); ++k) {
      text += ',';
      append_if_finite(p.distances(i, k), text);
    }
    text += '\n';
  }
};

class JsonLines : public Lines {
 public:
  explicit JsonLines(const ClassTable& classes)
      : Lines(classes, [](const std::string& name) {
          using Json = nlohmann::json;
          return Json(name).dump(-1, ' ', false, Json::error_handler_t::replace);
        }) {}

 private:
  // JSON has no infinity.
  static void append_or_null(float value, std::string& text) {
    if (std::isfinite(value)) {
      append_shortest(value, text);
    } else {
      text += "null";
    }
  }

  void add_line(
      const Prediction& p, Index i, Index row, bool rejected, std::string& text) const override {
    text += "{\"row\":";
    append_shortest(row, text);
    text += rejected ? ",\"rejected\":true,\"margin\":" : ",\"rejected\":false,\"margin\":";
    append_or_null(p.margins[static_cast<std::size_t>(i)], text);
    text += ",\"top\":[";
    for (Index k = 0; k < p.classes.cols(); ++k) {
      text += k > 0 ? ",{\"class\":" : "{\"class\":";
      text += name(p.classes(i, k));
      text += ",\"id\":";
      append_shortest(p.classes(i, k), text);
      text += ",\"score\":";
      append_or_null(p.scores(i, k), text);
      text += ",\"probability\":";
      append_or_null(p.probabilities.empty() ? NAN : p.probabilities(i, k), text);
      if (!p.distances.empty()) {
        text += ",\"distance\":";
        append_or_null(p.distances(i, k), text);
      }
      text += '}';
    }
    text += "]}\n";
  }
};

// The numbers of a .npy file.
class Ids : public PredictionRows {
 public:
  void append(const Prediction& prediction,
              const std::vector<bool>& rejected,
              Index /*first_row*/,
              std::string& bytes) const override {
    const Index top_k = prediction.classes.cols();
    const std::string none(static_cast<std::size_t>(top_k) * sizeof(ClassId), '\xff');  // -1 each
    for (Index i = 0; i < prediction.classes.rows(); ++i) {
      if (rejected[static_cast<std::size_t>(i)]) {
        bytes += none;
      } else {
        const auto ids = std::as_bytes(prediction.classes.row(i));
        bytes.append(reinterpret_cast<const char*>(ids.data()), ids.size());
      }
    }
  }
};

}  // namespace

std::unique_ptr<PredictionRows> make_prediction_rows(PredictionFormat format,
                                                     const ClassTable& classes) {
  switch (format) {
    case PredictionFormat::kCsv:
      return std::make_unique<CsvLines>(classes);
    case PredictionFormat::kJsonLines:
      return std::make_unique<JsonLines>(classes);
    case PredictionFormat::kNpy:
      return std::make_unique<Ids>();
  }
  throw Error(ErrorKind::kInternal, "prediction format out of range");
}

std::string prediction_heading(PredictionFormat format, Index top_k, bool has_distances) {
  if (format != PredictionFormat::kCsv) return "";
  std::string header = "row,class,score,probability,margin,rejected";
  for (Index k = 2; k <= top_k; ++k) {
    header += concat(",class_", k, ",score_", k, ",probability_", k);
  }
  for (Index k = 1; k <= top_k && has_distances; ++k) {
    header += k == 1 ? std::string(",distance") : concat(",distance_", k);
  }
  return header + "\n";
}

}  // namespace dem
