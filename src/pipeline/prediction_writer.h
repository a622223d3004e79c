// Predictions as text or numbers.
#pragma once

#include <memory>
#include <string>
#include <vector>

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
  // rejected[i] belongs to row i of the prediction.
  virtual void add(const Prediction& prediction, const std::vector<bool>& rejected) = 0;
  virtual void finish() = 0;
};

//   rows  of all predictions, -1 where that is not known yet
[[nodiscard]] std::unique_ptr<PredictionWriter> make_prediction_writer(
    PredictionFormat format, ByteSink& sink, const ClassTable& classes, Index top_k, Index rows);

}  // namespace dem
