// Small models of every kind.
#pragma once

#include <vector>

#include "exchange/example_model.h"

namespace dem::test {

// One of every kind.
inline std::vector<Model> example_models() {
  std::vector<Model> models;
  models.push_back(example_model());
  models.push_back(linear_model());
  models.push_back(joined_model());
  models.push_back(identity_model());
  models.push_back(kernel_model());
  models.push_back(mlp_model());
  models.push_back(corrected_model());
  models.push_back(ensemble_model());
  return models;
}

}  // namespace dem::test
