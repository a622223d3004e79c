// What tests of imports share: an import into a folder of its own, and the dataset that it makes.
#pragma once

#include <string>

#include "data/table_toy.h"
#include "dem/imports/import_table.h"
#include "support/temporary_folder.h"

namespace dem::test {

class ImportTest : public testing::Test {
 protected:
  // The source is SOURCE, the output is OUT, both in a folder of the test.
  [[nodiscard]] ImportOptions from(const std::string& source = "SOURCE") const {
    ImportOptions options;
    options.source = folder_.file(source);
    options.output = folder_.file("OUT");
    return options;
  }
  [[nodiscard]] Dataset imported(TrainMode mode = TrainMode::kAttribute) const {
    DatasetOptions options;
    options.data_path = folder_.path().string();
    options.name = "OUT";
    options.layout = "table";
    options.train_mode = mode;
    return load_dataset(options);
  }
  [[nodiscard]] std::string out(const std::string& name) const {
    return read_bytes(folder_.file("OUT/" + name));
  }
  // Nothing of a failed import stays.
  void expect_no_output() const {
    EXPECT_FALSE(std::filesystem::exists(folder_.file("OUT")));
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      EXPECT_EQ(entry.path().string().find(".partial"), std::string::npos) << entry.path();
    }
  }

  TemporaryFolder folder_;
};

}  // namespace dem::test
