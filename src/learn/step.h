// What a loop over batches (loop.h) drives: one kind of training step, a network's or another
// model's with parameters in one buffer.
#pragma once

#include <span>
#include <string>

#include "dem/comm/communicator.h"
#include "dem/linalg/matrix.h"

namespace dem {

class Step {
 public:
  Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  virtual ~Step() = default;

  // Takes one step on a batch, given as numbers of images (of TrainingSet::labels), and returns its
  // loss before the update. Throws Error{kNumerical} naming the layer where loss or gradient is not
  // finite. In a group all ranks take it together, return the same loss and throw alike.
  virtual double run(std::span<const Index> image_rows) = 0;

  // All ranks go on from the root's parameters and moments. Their own may differ from those by
  // rounding, where the processors do or the MPI library gives ranks sums of another order.
  virtual void keep_together(Communicator& group) = 0;

  // Adam's moments, laid out as the parameters.
  [[nodiscard]] virtual std::span<const float> moment1() const = 0;
  [[nodiscard]] virtual std::span<const float> moment2() const = 0;
  // Goes on as after `steps` steps that left these moments, with the present parameters.
  virtual void restore(Index steps,
                       std::span<const float> moment1,
                       std::span<const float> moment2) = 0;

  // What the ranks tell each other, for the log, and how much of it this rank has sent.
  [[nodiscard]] virtual std::string describe_exchange() const = 0;
  [[nodiscard]] virtual Index exchanged_bytes() const = 0;
};

}  // namespace dem
