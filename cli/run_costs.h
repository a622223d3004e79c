// What runs of a benchmark take, from those that have been.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "dem/dem.h"

namespace dem::cli {

class RunCosts {
 public:
  void add(const RunRecord& record);

  // Mean over runs of the same recipe on the same data that had a result; 0 where there is none.
  [[nodiscard]] double seconds(const RunKey& key) const;
  // The largest of runs of the same recipe on the same data; else of other recipes there, with a
  // quarter on top; 0 where nothing is known of the data.
  [[nodiscard]] Index bytes(const RunKey& key) const;

 private:
  struct Cost {
    double seconds = 0.0;  // of `runs` together
    int runs = 0;          // with a result
    Index peak_bytes = 0;
  };

  std::map<std::pair<std::string, std::string>, Cost> costs_;  // by data and recipe
  std::map<std::string, Index> peak_of_data_;
};

}  // namespace dem::cli
