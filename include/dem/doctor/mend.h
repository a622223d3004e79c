// A copy of a dataset with what can be mended safely.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dem/data/dataset.h"
#include "dem/doctor/diagnose.h"
#include "dem/doctor/diagnosis.h"

namespace dem {

struct MendOptions {
  DoctorOptions doctor = {};  // of the diagnosis, by which the copy is examined, too
  // Asked between blocks of some MiB; where it says so nothing stays of the copy.
  std::function<bool()> should_stop = {};
};

struct MendReport {
  bool stopped = false;            // should_stop said so: nothing was written, all else is empty
  std::string folder;              // OUTPUT/NAME, to be read with data path OUTPUT
  std::vector<std::string> files;  // written there
  std::uint64_t bytes = 0;         // of all of them
  int index_base = 1;              // layout gbu: what labels and lists count from
  std::vector<std::string> done;   // ids of findings that are not in the copy, each once
  std::vector<std::string> left;   // ids of the errors and warnings that are in the copy
  // What the copy has not: arrays that cannot be written (structs, sparse ones, ...), folders, with
  // a slash at the end, and what else is no file.
  std::vector<std::string> left_out;
};

// Throws as mend_dataset() for a layout that is not mended, for a table of files that are named one
// by one, and for an output folder that has something in it, before any work. `data` has the layout
// that was found.
void require_mendable(const DatasetOptions& data, const std::string& output);

// Writes OUTPUT/NAME/, whole or not at all, in the layout of the data:
//
//   gbu    *_loc lists with each row once, ascending, counted from where labels are; train and val
//          within trainval; trainval without rows that equal a test row (unless their class has no
//          other); missing entries of att and original_att filled in with the mean of the attribute
//          over classes, and att made of original_att again, at length 1, where it was. They go to
//          att_splits.mat, with all else that the split's files have, of doubles what float32 can
//          tell apart; features and all other files are copied byte for byte.
//   table  missing entries of classes.* filled in, as classes.csv; all else is copied.
//
// diagnosis is that of diagnose(data, options.doctor). The copy is examined likewise before it gets
// its name: what is gone is `done`, what needs a decision (class order, transposed tables, test
// rows among training rows, ...) stays: `left`.
//
// Throws Error{kInvalidArgument} where `output` is there and not empty, Error{kUnsupported} for
// layout dem and files without a folder, Error{kFormat} where lists have entries that are no rows,
// Error{kIo}.
//
//   const MendReport report = mend_dataset(data, diagnose(data), "mended");
MendReport mend_dataset(const DatasetOptions& data,
                        const Diagnosis& diagnosis,
                        const std::string& output,
                        const MendOptions& options = {});

}  // namespace dem
