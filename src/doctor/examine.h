// A dataset's files, read as far as they can be.
#pragma once

#include "dem/doctor/diagnose.h"
#include "doctor/specimen.h"

namespace dem {

// Throws as diagnose(), and Stopped.
[[nodiscard]] Specimen examine(const DatasetOptions& data, ShouldStop should_stop = {});
// What is wrong with it. Throws Stopped.
[[nodiscard]] Diagnosis diagnosis_of(const Specimen& specimen, const DoctorOptions& options);

}  // namespace dem
