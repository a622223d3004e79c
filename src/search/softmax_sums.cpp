#include "search/softmax_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "linalg/double_sums.h"

namespace dem {
namespace {

constexpr std::size_t kLanes = 16;
constexpr double kLogitTolerance = 1e-3;  // of a logit, and so of a probability relatively
constexpr float kLowest = -87.0f;         // exp of less is no normal float32

// Range reduction to [-ln 2 / 2, ln 2 / 2] with ln 2 in two parts, then the Taylor polynomial of
// degree 7, whose next term is below 6e-9 there.
inline float exp_of(float x) noexcept {
  const float clamped = x < kLowest ? kLowest : x;
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  const float shifted = clamped * 1.44269504f + kRound;
  const float whole = shifted - kRound;
  const float r = (clamped - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) - 0x4b400000u + 127u;
  const float value = p * std::bit_cast<float>(exponent << 23);
  return x < kLowest ? 0.0f : value;
}

float largest_of(std::span<const float> values) {
  float lane[kLanes];
  std::fill(std::begin(lane), std::end(lane), -std::numeric_limits<float>::infinity());
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) {
      const float v = values.data()[i + l];
      lane[l] = v > lane[l] ? v : lane[l];
    }
  }
  for (std::size_t l = 0; i + l < values.size(); ++l) lane[l] = std::max(lane[l], values[i + l]);
  return *std::max_element(std::begin(lane), std::end(lane));
}

double sum_of_exp(std::span<const float> values, float largest) {
  float lane[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t l = 0; l < kLanes; ++l) lane[l] += exp_of(values.data()[i + l] - largest);
  }
  for (std::size_t l = 0; i + l < values.size(); ++l) lane[l] += exp_of(values[i + l] - largest);
  double sum = 0.0;
  for (const float part : lane) sum += double{part};
  return sum;
}

}  // namespace

float fast_exp(float x) noexcept {
  return exp_of(x);
}

SoftmaxSums::SoftmaxSums(const PrototypeScores& scores, double temperature)
    : scores_(scores), temperature_(temperature) {}

void SoftmaxSums::start(MatrixView<const float> block) {
  block_ = block;
  running_.assign(static_cast<std::size_t>(block.rows()), {});
  for (Index i = 0; i < block.rows(); ++i) {
    const double norm = std::sqrt(squared_norm(block.row(i)));
    const double factor = scores_.score_of_cost(norm) / temperature_;
    Running& running = running_[static_cast<std::size_t>(i)];
    running.factor = static_cast<float>(factor);
    running.serves = factor * scores_.usual_cost_error(norm) <= kLogitTolerance;
  }
}

void SoftmaxSums::visit(Index query, Index first, std::span<const float> products) {
  Running& running = running_[static_cast<std::size_t>(query)];
  if (!running.serves) return;  // its sum stays 0, and is computed in double when asked for
  logits_.resize(products.size());
  const float* scale = scores_.scale() + first;
  const float* level = scores_.level() + first;
  const float factor = running.factor;
  float* logits = logits_.data();
  for (std::size_t j = 0; j < products.size(); ++j) {
    logits[j] = factor * (products.data()[j] * scale[j] - level[j]);
  }
  const float largest = largest_of(logits_);
  if (first == 0) {
    running.largest = largest;
  } else if (largest > running.largest) {
    running.sum *= std::exp(double{running.largest} - double{largest});
    running.largest = largest;
  }
  running.sum += sum_of_exp(logits_, running.largest);
}

double SoftmaxSums::sum(Index query, double best_score) const {
  const double sum = running_[static_cast<std::size_t>(query)].sum;
  // 0 for a query whose products do not serve, no number where something overflowed.
  return std::isfinite(sum) && sum > 0.0 ? std::max(sum, 1.0) : exact_sum(query, best_score);
}

double SoftmaxSums::exact_sum(Index query, double best_score) const {
  const auto x = block_.row(query);
  const double norm = scores_.norm_of(x);
  double sum = 0.0;
  for (Index j = 0; j < scores_.prototypes().rows(); ++j) {
    const double score = scores_.exact_score(x, norm, j);
    if (std::isfinite(score)) sum += std::exp((score - best_score) / temperature_);
  }
  return std::max(sum, 1.0);
}

}  // namespace dem
