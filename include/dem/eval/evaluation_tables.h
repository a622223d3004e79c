// Tables of an evaluation as CSV files, whole or not at all (docs/evaluation-protocol.md).
#pragma once

#include <span>
#include <string>

#include "dem/eval/scores.h"
#include "dem/model/class_table.h"

namespace dem {

// A heading `gamma,unseen,seen,harmonic`, then a line a point, by ascending gamma; fractions, with
// as many digits as give the same numbers again. Throws Error{kIo}.
void write_curve(std::span<const CurvePoint> curve, const std::string& path);

// A heading `protocol,class,kind,predicted,predicted_kind,images`, then a line a pair of classes
// that some image makes. `protocol` is zero-shot (unseen images among unseen classes) or
// generalised (all images among all classes), a kind is seen or unseen. Throws Error{kIo}, and
// Error{kInvalidArgument} for a class that the table has not.
void write_confusion(const Confusion& confusion,
                     const ClassTable& classes,
                     const std::string& path);

}  // namespace dem
