// The rows of a prediction as bytes of the output.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dem/pipeline/predict.h"

namespace dem {

class PredictionRows {
 public:
  virtual ~PredictionRows() = default;
  // Appends row first_row of the output and those behind it; rejected[i] belongs to row i of the
  // prediction.
  virtual void append(const Prediction& prediction,
                      const std::vector<bool>& rejected,
                      Index first_row,
                      std::string& bytes) const = 0;
};

[[nodiscard]] std::unique_ptr<PredictionRows> make_prediction_rows(PredictionFormat format,
                                                                   const ClassTable& classes);

// RFC 4180's header line, and nothing for the other formats.
[[nodiscard]] std::string prediction_heading(PredictionFormat format,
                                             Index top_k,
                                             bool has_distances);

}  // namespace dem
