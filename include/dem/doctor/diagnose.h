// The known traps of zero-shot datasets, looked for in one pass over the files.
#pragma once

#include "dem/data/dataset.h"
#include "dem/doctor/diagnosis.h"

namespace dem {

struct DoctorOptions {
  // A row of the test lists is a near duplicate of a training row where their distance is at most
  // this share of the median distance of two rows, as it is and with every column divided by its
  // standard deviation. 0: near duplicates are not looked for, nor are they below 8 dimensions,
  // where chance makes them.
  double near_duplicates = 0.01;

  // Throws Error{kInvalidArgument} naming the field: 0 <= near_duplicates < 1.
  void validate() const;
};

// Examines the dataset that load_dataset(data) would read. Where load_dataset refuses it that is a
// finding, and what can be read all the same is looked at. Nothing is chosen, and nothing learned:
// features of test rows are compared with those of training rows for equality alone.
//
// Features pass by in blocks; memory is some 100 bytes a row besides, and a row of sums a class. A
// second pass over part of them is made where near duplicates are to be confirmed, or where
// load_dataset refused the data on the way.
//
// data.shard and data.on_features are not looked at. What load_dataset logs goes to the log as
// always. Throws Error{kInvalidArgument} for options that leave a choice open, Error{kIo} where
// there is no such dataset.
//
//   const Diagnosis diagnosis = diagnose({.data_path = "data", .name = "AWA2"});
//   if (diagnosis.has_errors()) std::cout << diagnosis.to_string();
[[nodiscard]] Diagnosis diagnose(const DatasetOptions& data, const DoctorOptions& options = {});

}  // namespace dem
