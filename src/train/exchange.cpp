#include "train/exchange.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/at.h"
#include "base/text.h"
#include "dem/base/error.h"

namespace dem {

std::string_view to_string(Exchange exchange) noexcept {
  switch (exchange) {
    case Exchange::kAuto:
      return "auto";
    case Exchange::kGradients:
      return "gradients";
    case Exchange::kStatistics:
      return "statistics";
  }
  return "unknown";
}

Exchange exchange_from_string(std::string_view name) {
  for (const Exchange exchange : {Exchange::kAuto, Exchange::kGradients, Exchange::kStatistics}) {
    if (name == to_string(exchange)) return exchange;
  }
  throw Error(ErrorKind::kInvalidArgument,
              concat("exchange: expected auto, gradients or statistics, got \"", name, "\""));
}

Index most_classes(const TrainingSet& data, Index batch_size) {
  std::vector<bool> seen(at(data.class_embeddings[0].rows()));
  for (const Index row : data.rows) seen[at(data.labels[at(row)])] = true;
  return std::min<Index>(batch_size, std::count(seen.begin(), seen.end(), true));
}

StepExchange::StepExchange(const TrainingSet& data, Index num_parameters, Index max_rows)
    : group_(data.group != nullptr ? *data.group : self_communicator()),
      num_parameters_(num_parameters),
      max_rows_(max_rows),
      feature_dim_(data.visual_features.cols()) {
  if (group_.size() == 1) return;
  kind_ = data.exchange;
  if (kind_ != Exchange::kAuto) return;
  kind_ =
      max_rows_ * feature_dim_ <= num_parameters_ ? Exchange::kStatistics : Exchange::kGradients;
}

void StepExchange::sum(std::span<float> values) {
  group_.sum(values);
  if (kind_ != Exchange::kAuto) bytes_ += static_cast<Index>(values.size_bytes());
}

double StepExchange::sum(double value) {
  group_.sum(std::span(&value, 1));
  if (kind_ != Exchange::kAuto) bytes_ += static_cast<Index>(sizeof value);
  return value;
}

std::string StepExchange::describe() const {
  const std::string statistics = concat(max_rows_, " x ", feature_dim_, " numbers a step");
  const std::string gradients = concat(num_parameters_, " numbers a step");
  return of_statistics()
             ? concat("class statistics, at most ", statistics, " (gradients: ", gradients, ")")
             : concat("gradients, ", gradients, " (class statistics: at most ", statistics, ")");
}

}  // namespace dem
