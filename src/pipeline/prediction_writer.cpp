#include "pipeline/prediction_writer.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/positioned_file.h"
#include "dem/base/error.h"
#include "io/npy_writer.h"
#include "pipeline/prediction_rows.h"

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

class TextWriter : public PredictionWriter {
 public:
  TextWriter(std::unique_ptr<ByteSink> sink, const std::string& heading) : sink_(std::move(sink)) {
    if (!heading.empty()) sink_->write(heading);
  }
  void add(std::string_view rows) override { sink_->write(rows); }
  void finish() override { sink_->commit(); }

 private:
  std::unique_ptr<ByteSink> sink_;
};

// The header holds the number of rows: where that comes last, the numbers wait in a scratch file.
class NpyWriter : public PredictionWriter {
 public:
  NpyWriter(std::unique_ptr<ByteSink> sink, Index top_k, Index rows)
      : sink_(std::move(sink)), top_k_(top_k) {
    if (rows < 0) {
      waiting_.emplace();
    } else {
      write_header(rows);
    }
  }

  void add(std::string_view rows) override {
    if (waiting_) {
      waiting_->append(std::as_bytes(std::span(rows)));
    } else {
      sink_->write(rows);
    }
  }

  void finish() override {
    if (waiting_) {
      write_header(static_cast<Index>(waiting_->size() / sizeof(ClassId)) / top_k_);
      std::string buffer(std::size_t{1} << 20, '\0');
      for (std::size_t at = 0; at < waiting_->size(); at += buffer.size()) {
        const auto part = std::span(buffer).first(std::min(buffer.size(), waiting_->size() - at));
        waiting_->read(at, std::as_writable_bytes(part));
        sink_->write({part.data(), part.size()});
      }
    }
    sink_->commit();
  }

 private:
  void write_header(Index rows) {
    const Index shape[] = {rows, top_k_};
    sink_->write(npy_preamble(ElementType::kInt32, shape, "predictions"));
  }

  std::unique_ptr<ByteSink> sink_;
  Index top_k_;
  std::optional<ScratchFile> waiting_;
};

}  // namespace

std::unique_ptr<ByteSink> open_sink(const PredictFileOptions& options) {
  if (!options.output.empty()) return std::make_unique<FileSink>(options.output);
  if (options.write) return std::make_unique<CallSink>(options.write);
  throw Error(ErrorKind::kInvalidArgument,
              "predict: expected an output file or a function to write to, got neither");
}

std::unique_ptr<PredictionWriter> make_prediction_writer(PredictionFormat format,
                                                         std::unique_ptr<ByteSink> sink,
                                                         PredictionShape shape,
                                                         Index rows) {
  if (format == PredictionFormat::kNpy) {
    return std::make_unique<NpyWriter>(std::move(sink), shape.top_k, rows);
  }
  return std::make_unique<TextWriter>(std::move(sink),
                                      prediction_heading(format, shape.top_k, shape.has_distances));
}

}  // namespace dem
