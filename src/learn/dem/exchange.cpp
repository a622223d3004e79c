#include "learn/dem/exchange.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/at.h"
#include "base/enum_names.h"
#include "base/text.h"

namespace dem {
namespace {

constexpr EnumName<Exchange> kExchanges[] = {{Exchange::kAuto, "auto"},
                                             {Exchange::kGradients, "gradients"},
                                             {Exchange::kStatistics, "statistics"}};

// The most classes that a batch of these images can have.
Index most_classes(const TrainingSet& data, Index batch_size) {
  std::vector<bool> seen(at(data.class_embeddings[0].rows()));
  for (const Index row : data.rows) seen[at(data.labels[at(row)])] = true;
  return std::min<Index>(batch_size, std::count(seen.begin(), seen.end(), true));
}

}  // namespace

std::string_view to_string(Exchange exchange) noexcept {
  return name_of(kExchanges, exchange);
}

Exchange exchange_from_string(std::string_view name) {
  return value_of(kExchanges, name, "exchange");
}

StepExchange::StepExchange(const TrainingSet& data, Index num_parameters, Index batch_size)
    : group_(data.group != nullptr ? *data.group : self_communicator()),
      num_parameters_(num_parameters),
      feature_dim_(data.visual_features.cols()),
      all_classes_(most_classes(data, batch_size)),
      rank_classes_(std::min(all_classes_, (batch_size + group_.size() - 1) / group_.size())) {
  if (group_.size() == 1) return;
  kind_ = data.exchange == Exchange::kAuto ? cheaper() : data.exchange;
}

Exchange StepExchange::cheaper() const {
  // Operations of a step: six a weight and row of the network (forward, backward, gradient). What
  // one number exchanged costs instead depends on the network between the hosts; this is 10 Gbit/s,
  // where each number travels about twice, beside a core of 100 Gflop/s.
  constexpr double kOperationsPerNumber = 640.0;
  const auto cost = [&](Index rows, Index numbers) {
    return 6.0 * static_cast<double>(rows) * static_cast<double>(num_parameters_) +
           kOperationsPerNumber * static_cast<double>(numbers);
  };
  const double statistics = cost(all_classes_, all_classes_ * feature_dim_);
  const double gradients = cost(rank_classes_, num_parameters_);
  return statistics <= gradients ? Exchange::kStatistics : Exchange::kGradients;
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
  const std::string statistics = concat(all_classes_,
                                        " x ",
                                        feature_dim_,
                                        " numbers a step, every rank running the network on ",
                                        all_classes_,
                                        " classes");
  const std::string gradients =
      concat(num_parameters_, " numbers a step, on ", rank_classes_, " classes");
  return of_statistics()
             ? concat("class statistics: at most ", statistics, " (gradients: ", gradients, ")")
             : concat("gradients: ", gradients, " (class statistics: at most ", statistics, ")");
}

}  // namespace dem
