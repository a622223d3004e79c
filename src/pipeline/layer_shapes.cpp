#include "pipeline/layer_shapes.h"

#include <algorithm>

#include "base/text.h"
#include "exchange/tensor_file.h"

namespace dem {

std::vector<LayerShape> layer_shapes(const FileReport& report) {
  std::vector<LayerShape> shapes;
  while (true) {
    const std::string layer = concat("fc", shapes.size() + 1, ".weight");
    const auto found =
        std::find_if(report.arrays.begin(), report.arrays.end(), [&](const ArrayInfo& tensor) {
          return (tensor.name == layer || tensor.name.ends_with("." + layer)) &&
                 !is_training_state(tensor.name) && tensor.shape.size() == 2;
        });
    if (found == report.arrays.end()) return shapes;
    shapes.push_back({found->shape[0], found->shape[1]});
  }
}

}  // namespace dem
