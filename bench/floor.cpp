// What no training step can do without: its products, none waiting for another, and Adam's pass
// over weights and moments. In batches with as many distinct classes as those of workload step have
// on the average. The one file here that takes private headers.
#include <cmath>
#include <memory>

#include "base/parallel.h"
#include "linalg/strided_product.h"
#include "linalg/transposed.h"
#include "optim/adam.h"
#include "step_case.h"
#include "workload.h"

namespace dem::bench {
namespace {

constexpr Index kGrain = 64;

Index distinct_classes(const StepCase& c) {
  const double classes = static_cast<double>(c.classes);
  const double missing = std::pow(1.0 - 1.0 / classes, static_cast<double>(c.batch_size));
  return static_cast<Index>(std::lround(classes * (1.0 - missing)));
}

// The products of a layer: forward, gradient of the weights, and where the layer has another one
// below it gradient at its input; and the update.
class LayerFloor {
 public:
  LayerFloor(Index rows, Index in, Index out, bool has_below)
      : in_(in),
        out_(out),
        has_below_(has_below),
        weight_(out, in),
        moment1_(out, in),
        moment2_(out, in),
        input_(make_spaced(rows, in)),
        transposed_input_(make_transposed(rows, in)),
        delta_(make_spaced(rows, out)),
        sums_(make_transposed(rows, out)),
        input_delta_(make_spaced(rows, in)),
        gradient_((out + kGrain - 1) / kGrain * kGrain, in) {}

  void multiply() {
    const Index rows = input_.rows();
    parallel_for(out_, kGrain, [&](Index first, Index last) {
      const Index count = last - first;
      strided_product(as_is(weight_.view().row_block(first, count)),
                      first_columns(transposed_input_, rows),
                      first_columns(sums_, rows).row_block(first, count));
      strided_product(transposed({delta_.data() + first, rows, count, delta_.cols()}),
                      {input_.data(), rows, in_, input_.cols()},
                      gradient_.view().row_block(first, count));
    });
    if (!has_below_) return;
    parallel_for(in_ / kGrain, 1, [&](Index piece, Index) {
      const Index first = piece * kGrain;
      const Index count = piece + 1 == in_ / kGrain ? in_ - first : kGrain;
      strided_product({delta_.data(), delta_.cols(), 1},
                      {weight_.data() + first, out_, count, in_},
                      {input_delta_.data() + first, rows, count, input_delta_.cols()});
    });
  }

  void update() {
    const AdamFactors factors = adam_factors({}, 1);
    parallel_for(out_, kGrain, [&](Index first, Index last) {
      const auto part = [&](Matrix<float>& m) {
        return std::span(m.row(first).data(), static_cast<std::size_t>((last - first) * in_));
      };
      adam_update(
          factors, part(gradient_), 1.0f, 0.0f, {part(weight_), part(moment1_), part(moment2_)});
    });
  }

  [[nodiscard]] double flops() const {
    const double once = 2.0 * static_cast<double>(input_.rows() * in_) * static_cast<double>(out_);
    return (has_below_ ? 3.0 : 2.0) * once;
  }

 private:
  Index in_, out_;
  bool has_below_;
  Matrix<float> weight_, moment1_, moment2_;
  Matrix<float> input_, transposed_input_, delta_, sums_, input_delta_, gradient_;
};

Prepared prepare(const StepCase& c, const Options& options) {
  const Recipe recipe = make_recipe("mindspore", c.dataset, c.mode);
  const Index rows = distinct_classes(c);
  const auto layers = std::make_shared<std::vector<LayerFloor>>();
  const auto dim = [&](const std::string& space) {
    return space == "word" ? kWordDim : c.attribute_dim;
  };
  for (const std::string& space : input_spaces(c.mode)) {
    const Index out = recipe.hidden_dim > 0 ? recipe.hidden_dim : kFeatureDim;
    layers->emplace_back(rows, dim(space), out, false);
  }
  if (recipe.hidden_dim > 0) layers->emplace_back(rows, recipe.hidden_dim, kFeatureDim, true);
  const auto steps =
      std::max<Index>(1, static_cast<Index>(options.fraction * static_cast<double>(c.steps)));
  double flops = 0.0;
  for (const LayerFloor& layer : *layers) flops += layer.flops();
  return {[layers, steps] {
            for (Index step = 0; step < steps; ++step) {
              for (LayerFloor& layer : *layers) layer.multiply();
              for (LayerFloor& layer : *layers) layer.update();
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
