#include "pipeline/prediction_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/atomic_file.h"
#include "base/positioned_file.h"
#include "base/text.h"
#include "dem/base/error.h"
#include "io/npy_writer.h"

namespace dem {
namespace {

class FileSink : public ByteSink {
 public:
  explicit FileSink(const std::string& path) : file_(path) {}
  void write(std::string_view bytes) override { file_.write(bytes); }
  void commit() override { file_.commit(); }

 private:
  AtomicFile file_;
};

class CallSink : public ByteSink {
 public:
  explicit CallSink(const std::function<void(std::string_view)>& write) : write_(write) {}
  void write(std::string_view bytes) override { write_(bytes); }
  void commit() override {}

 private:
  const std::function<void(std::string_view)>& write_;
};

// The shortest digits that give the same float32 again.
template <typename Number>
void append_number(Number value, std::string& text) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  text.append(digits.data(), end);
}

// What has no number is left empty: the margin of an only candidate, a score beyond float32.
void append_if_finite(float value, std::string& text) {
  if (std::isfinite(value)) append_number(value, text);
}

// RFC 4180: quoted where a comma, a quote or a line end is in it, or blanks at its ends.
std::string csv_cell(const std::string& text) {
  const bool plain = text.find_first_of(",\"\r\n") == std::string::npos && !text.empty() &&
                     text.front() != ' ' && text.back() != ' ' && text.front() != '\t' &&
                     text.back() != '\t';
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  return quoted + '"';
}

// Lines of text, one a row.
class LineWriter : public PredictionWriter {
 public:
  void add(const Prediction& prediction, const std::vector<bool>& rejected) override {
    text_.clear();
    for (Index i = 0; i < prediction.classes.rows(); ++i) {
      add_line(prediction, i, rejected[static_cast<std::size_t>(i)], text_);
      ++row_;
    }
    sink_.write(text_);
  }
  void finish() override { sink_.commit(); }

 protected:
  LineWriter(ByteSink& sink, const ClassTable& classes, std::string (*cell)(const std::string&))
      : sink_(sink) {
    for (const std::string& name : classes.names) names_.push_back(cell(name));
  }
  virtual void add_line(const Prediction& p, Index i, bool rejected, std::string& text) const = 0;

  [[nodiscard]] const std::string& name(ClassId id) const {
    return names_[static_cast<std::size_t>(id)];
  }

  ByteSink& sink_;
  Index row_ = 0;

 private:
  std::vector<std::string> names_;
  std::string text_;
};

class CsvWriter : public LineWriter {
 public:
  CsvWriter(ByteSink& sink, const ClassTable& classes, Index top_k)
      : LineWriter(sink, classes, csv_cell) {
    std::string header = "row,class,score,probability,margin,rejected";
    for (Index k = 2; k <= top_k; ++k) {
      header += concat(",class_", k, ",score_", k, ",probability_", k);
    }
    sink.write(header + "\n");
  }

 private:
  void add_class(const Prediction& p, Index i, Index k, std::string& text) const {
    text += name(p.classes(i, k));
    text += ',';
    append_if_finite(p.scores(i, k), text);
    text += ',';
    if (!p.probabilities.empty()) append_if_finite(p.probabilities(i, k), text);
  }

  void add_line(const Prediction& p, Index i, bool rejected, std::string& text) const override {
    append_number(row_, text);
    text += ',';
    add_class(p, i, 0, text);
    text += ',';
    append_if_finite(p.margins[static_cast<std::size_t>(i)], text);
    text += rejected ? ",true" : ",false";
    for (Index k = 1; k < p.classes.cols(); ++k) {
      text += ',';
      add_class(p, i, k, text);
    }
    text += '\n';
  }
};

class JsonWriter : public LineWriter {
 public:
  JsonWriter(ByteSink& sink, const ClassTable& classes)
      : LineWriter(sink, classes, [](const std::string& name) {
          using Json = nlohmann::json;
          return Json(name).dump(-1, ' ', false, Json::error_handler_t::replace);
        }) {}

 private:
  // JSON has no infinity.
  static void append(float value, std::string& text) {
    if (std::isfinite(value)) {
      append_number(value, text);
    } else {
      text += "null";
    }
  }

  void add_line(const Prediction& p, Index i, bool rejected, std::string& text) const override {
    text += "{\"row\":";
    append_number(row_, text);
    text += rejected ? ",\"rejected\":true,\"margin\":" : ",\"rejected\":false,\"margin\":";
    append(p.margins[static_cast<std::size_t>(i)], text);
    text += ",\"top\":[";
    for (Index k = 0; k < p.classes.cols(); ++k) {
      text += k > 0 ? ",{\"class\":" : "{\"class\":";
      text += name(p.classes(i, k));
      text += ",\"id\":";
      append_number(p.classes(i, k), text);
      text += ",\"score\":";
      append(p.scores(i, k), text);
      text += ",\"probability\":";
      append(p.probabilities.empty() ? NAN : p.probabilities(i, k), text);
      text += '}';
    }
    text += "]}\n";
  }
};

// The header holds the number of rows: where that comes last, the numbers wait in a scratch file.
class NpyWriter : public PredictionWriter {
 public:
  NpyWriter(ByteSink& sink, Index top_k, Index rows) : sink_(sink), top_k_(top_k) {
    if (rows < 0) {
      waiting_.emplace();
    } else {
      write_header(rows);
    }
  }

  void add(const Prediction& prediction, const std::vector<bool>& rejected) override {
    const Index n = prediction.classes.rows();
    Matrix<ClassId> ids = prediction.classes.clone();
    for (Index i = 0; i < n; ++i) {
      if (!rejected[static_cast<std::size_t>(i)]) continue;
      for (ClassId& id : ids.row(i)) id = -1;
    }
    rows_ += n;
    const auto bytes = std::as_bytes(std::span(ids.data(), static_cast<std::size_t>(ids.size())));
    if (waiting_) {
      waiting_->append(bytes);
    } else {
      write(bytes);
    }
  }

  void finish() override {
    if (waiting_) {
      write_header(rows_);
      std::vector<std::byte> buffer(std::size_t{1} << 20);
      for (std::size_t at = 0; at < waiting_->size(); at += buffer.size()) {
        const std::size_t part = std::min(buffer.size(), waiting_->size() - at);
        waiting_->read(at, std::span(buffer).first(part));
        write(std::span(buffer).first(part));
      }
    }
    sink_.commit();
  }

 private:
  void write_header(Index rows) {
    const Index shape[] = {rows, top_k_};
    sink_.write(npy_preamble(ElementType::kInt32, shape, "predictions"));
  }
  void write(std::span<const std::byte> bytes) {
    sink_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  ByteSink& sink_;
  Index top_k_;
  Index rows_ = 0;
  std::optional<ScratchFile> waiting_;
};

}  // namespace

std::unique_ptr<ByteSink> open_sink(const PredictFileOptions& options) {
  if (!options.output.empty()) return std::make_unique<FileSink>(options.output);
  if (options.write) return std::make_unique<CallSink>(options.write);
  throw Error(ErrorKind::kInvalidArgument,
              "predict: expected an output file or a function to write to, got neither");
}

std::unique_ptr<PredictionWriter> make_prediction_writer(
    PredictionFormat format, ByteSink& sink, const ClassTable& classes, Index top_k, Index rows) {
  switch (format) {
    case PredictionFormat::kCsv:
      return std::make_unique<CsvWriter>(sink, classes, top_k);
    case PredictionFormat::kJsonLines:
      return std::make_unique<JsonWriter>(sink, classes);
    case PredictionFormat::kNpy:
      return std::make_unique<NpyWriter>(sink, top_k, rows);
  }
  throw Error(ErrorKind::kInternal, "prediction format out of range");
}

}  // namespace dem
