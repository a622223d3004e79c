// What training of the class-normalised classifier goes by, with the values of its paper.
#pragma once

#include <array>

#include "dem/base/types.h"

namespace dem {

struct CnzslSettings {
  bool norm_before_relu = true;  // class normalisation of the second hidden layer, before its ReLU
  bool norm_after_relu = true;   // and behind it
  bool output_relu = true;       // prototypes through a ReLU
  bool centre = false;           // features less the mean of the training images
  bool attribute_scale = true;   // descriptions of norm sqrt(embedding_dim)
  bool proper_init = true;  // output weights from U(-b, b), b = sqrt(3 / (hidden * feature_dim))
  std::array<Index, 2> hidden_dims = {1024, 1024};
  double scale = 5.0;  // a logit is scale^2 cosines
  double learning_rate = 5e-4;
  Index decay_epochs = 25;    // the learning rate is multiplied every so many epochs
  double decay_factor = 0.1;  // by this
  double l2_penalty = 1e-4;   // times a parameter, added to its gradient before Adam
  Index batch_size = 256;
  Index num_epochs = 50;
  double norm_momentum = 0.1;  // share of a step's moments in the running ones
  double norm_epsilon = 1e-5;  // added to variances
};

}  // namespace dem
