// What no training step can do without: its products, none waiting for another, and Adam's pass
// over weights and moments; each is one loop of the thread team. No gradient is stored: products
// write into a block that stays in the cache, and Adam reads one. In batches with as many distinct
// classes as those of workload step have on the average. Takes private headers, as product.cpp.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "base/parallel.h"
#include "linalg/strided_product.h"
#include "linalg/transposed.h"
#include "optim/adam.h"
#include "step_case.h"
#include "workload.h"

namespace dem::bench {
namespace {

Index distinct_classes(const StepCase& c) {
  const double classes = static_cast<double>(c.classes);
  const double missing = std::pow(1.0 - 1.0 / classes, static_cast<double>(c.batch_size));
  return static_cast<Index>(std::lround(classes * (1.0 - missing)));
}

// What a thread computes goes here: 16 KiB, and as much of a gradient as Adam takes at a time.
constexpr Index kBlock = 4096;
alignas(64) thread_local std::array<float, kBlock> block;

using Task = std::function<void()>;

// A layer, whose products are forward, gradient of the weights, and where the layer has another one
// below it gradient at its input.
class LayerFloor {
 public:
  LayerFloor(Index rows, Index in, Index out, bool has_below)
      : has_below_(has_below),
        weight_(out, in),
        moment1_(out, in),
        moment2_(out, in),
        input_(make_spaced(rows, in)),
        transposed_input_(make_transposed(rows, in)),
        delta_(make_spaced(rows, out)),
        sums_(make_transposed(rows, out)),
        input_delta_(make_spaced(rows, in)) {}

  void add_products(std::vector<Task>& tasks) {
    for (Index first = 0; first < out(); first += kGrain) {
      const Index count = std::min(kGrain, out() - first);
      tasks.emplace_back([this, first, count] { forward(first, count); });
      tasks.emplace_back([this, first, count] { weight_gradient(first, count); });
    }
    for (Index first = 0; has_below_ && first < in(); first += kInputGrain) {
      const Index count = std::min(kInputGrain, in() - first);
      tasks.emplace_back([this, first, count] { input_gradient(first, count); });
    }
  }

  void add_updates(std::vector<Task>& tasks) {
    const Index size = weight_.size();
    for (Index first = 0; first < size; first += kGrain * kFewColumns) {
      const Index last = std::min(first + kGrain * kFewColumns, size);
      tasks.emplace_back([this, first, last] { update(first, last); });
    }
  }

  [[nodiscard]] double flops() const {
    const double once = 2.0 * static_cast<double>(rows() * in()) * static_cast<double>(out());
    return (has_below_ ? 3.0 : 2.0) * once;
  }

 private:
  // As the step cuts its work.
  static constexpr Index kGrain = 64;
  static constexpr Index kInputGrain = 32;
  static constexpr Index kFewColumns = 800;

  [[nodiscard]] Index rows() const { return input_.rows(); }
  [[nodiscard]] Index in() const { return weight_.cols(); }
  [[nodiscard]] Index out() const { return weight_.rows(); }

  void forward(Index first, Index count) {
    strided_product(as_is(weight_.view().row_block(first, count)),
                    first_columns(transposed_input_, rows()),
                    first_columns(sums_, rows()).row_block(first, count));
  }

  void weight_gradient(Index first, Index count) {
    const Index parts = (in() + kFewColumns - 1) / kFewColumns;
    const Index columns = (in() + parts - 1) / parts;
    const Index most_units = std::min(kBlock / columns / 5 * 5, kGrain);
    for (Index unit = first; unit < first + count; unit += most_units) {
      const Index units = std::min(most_units, first + count - unit);
      for (Index column = 0; column < in(); column += columns) {
        const Index n = std::min(columns, in() - column);
        strided_product(transposed({delta_.data() + unit, rows(), units, delta_.cols()}),
                        {input_.data() + column, rows(), n, input_.cols()},
                        {block.data(), units, n});
      }
    }
  }

  void input_gradient(Index first, Index count) {
    strided_product({delta_.data(), delta_.cols(), 1},
                    {weight_.data() + first, out(), count, in()},
                    {input_delta_.data() + first, rows(), count, input_delta_.cols()});
  }

  void update(Index first, Index last) {
    static const AdamFactors factors = adam_factors({}, 1);
    for (Index i = first; i < last; i += kBlock) {
      const auto count = static_cast<std::size_t>(std::min(kBlock, last - i));
      const auto part = [&](Matrix<float>& m) { return std::span(m.data() + i, count); };
      adam_update(factors,
                  std::span(block).first(count),
                  1.0f,
                  0.0f,
                  {part(weight_), part(moment1_), part(moment2_)});
    }
  }

  bool has_below_;
  Matrix<float> weight_, moment1_, moment2_;
  Matrix<float> input_, transposed_input_, delta_, sums_, input_delta_;
};

struct StepFloor {
  std::vector<LayerFloor> layers;
  std::vector<Task> products, updates;
};

void run_all(const std::vector<Task>& tasks) {
  parallel_for(static_cast<Index>(tasks.size()), 1, [&](Index task, Index) {
    tasks[static_cast<std::size_t>(task)]();
  });
}

Prepared prepare(const StepCase& c, const Options& options) {
  const Recipe recipe = make_recipe("mindspore", c.dataset, c.mode);
  const Index rows = distinct_classes(c);
  const auto floor = std::make_shared<StepFloor>();
  const auto dim = [&](const std::string& space) {
    return space == "word" ? kWordDim : c.attribute_dim;
  };
  for (const std::string& space : input_spaces(c.mode)) {
    const Index out = recipe.network->hidden_dim > 0 ? recipe.network->hidden_dim : kFeatureDim;
    floor->layers.emplace_back(rows, dim(space), out, false);
  }
  if (recipe.network->hidden_dim > 0) {
    floor->layers.emplace_back(rows, recipe.network->hidden_dim, kFeatureDim, true);
  }
  double flops = 0.0;
  for (LayerFloor& layer : floor->layers) {
    layer.add_products(floor->products);
    layer.add_updates(floor->updates);
    flops += layer.flops();
  }
  const auto steps =
      std::max<Index>(1, static_cast<Index>(options.fraction * static_cast<double>(c.steps)));
  return {[floor, steps] {
            for (Index step = 0; step < steps; ++step) {
              run_all(floor->products);
              run_all(floor->updates);
            }
          },
          static_cast<double>(steps),
          flops * static_cast<double>(steps)};
}

}  // namespace

std::vector<Workload> floor_workloads() {
  std::vector<Workload> workloads;
  for (const StepCase& c : kStepCases) {
    workloads.push_back({concat_name("floor/", c),
                         "the products and the update of step/" + std::string(c.name) + " alone",
                         "steps",
                         [c](const Options& options) { return prepare(c, options); }});
  }
  return workloads;
}

}  // namespace dem::bench
