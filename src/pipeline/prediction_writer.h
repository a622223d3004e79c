// Where the bytes of predictions go.
#pragma once

#include <memory>
#include <string_view>

#include "dem/pipeline/predict.h"

namespace dem {

// Takes bytes in order.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::string_view bytes) = 0;
  // The end: only now the output appears.
  virtual void commit() = 0;
};
[[nodiscard]] std::unique_ptr<ByteSink> open_sink(const PredictFileOptions& options);

class PredictionWriter {
 public:
  virtual ~PredictionWriter() = default;
  // Bytes of PredictionRows, in the order of the rows.
  virtual void add(std::string_view rows) = 0;
  virtual void finish() = 0;
};

// What a prediction's rows hold.
struct PredictionShape {
  Index top_k = 1;
  bool has_distances = false;
};

//   rows  of all predictions, -1 where that is not known yet
[[nodiscard]] std::unique_ptr<PredictionWriter> make_prediction_writer(
    PredictionFormat format, std::unique_ptr<ByteSink> sink, PredictionShape shape, Index rows);

}  // namespace dem
