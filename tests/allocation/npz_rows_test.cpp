// Rows of a .npz archive take no more memory where there are more of them. What zlib asks malloc
// for is not seen here: its state is of one size.
#include <gtest/gtest.h>

#include "io/npz.h"
#include "io/zip_builder.h"
#include "support/allocations.h"
#include "support/files.h"

namespace dem {
namespace {

constexpr Index kCols = 256;

// float32 [rows, kCols] of zeros, in one archive entry.
std::string archive_of(Index rows, bool fortran_order, bool deflate) {
  const std::string content = test::npy_bytes(
      std::string("{'descr': '<f4', 'fortran_order': ") + (fortran_order ? "True" : "False") +
          ", 'shape': (" + std::to_string(rows) + ", " + std::to_string(kCols) + "), }",
      static_cast<std::size_t>(rows * kCols) * sizeof(float));
  return test::zip_archive(
      {deflate ? test::deflated_entry("a.npy", content) : test::stored_entry("a.npy", content)});
}

std::size_t peak_of_reading(const std::string& path) {
  return test::peak_of([&] {
    NpzFile file(path);
    const auto reader = file.open_rows(file.require("a"), 0);
    Matrix<float> block(1000, kCols);
    while (reader->read(block) > 0) {
    }
    EXPECT_EQ(reader->position(), reader->rows());
  });
}

TEST(Allocation, RowsOfNpzTakeNoMoreMemoryWhereThereAreMore) {
  const test::TemporaryFolder folder;
  for (const bool fortran_order : {false, true}) {
    for (const bool deflate : {false, true}) {
      SCOPED_TRACE(std::string(fortran_order ? "Fortran" : "C") + (deflate ? ", deflated" : ""));
      // 10 MB, then 40 MB: both fill every buffer.
      const std::size_t few =
          peak_of_reading(folder.write("few.npz", archive_of(10'000, fortran_order, deflate)));
      const std::size_t many =
          peak_of_reading(folder.write("many.npz", archive_of(40'000, fortran_order, deflate)));
      EXPECT_LE(many, few + 65'536);
      EXPECT_LE(many, std::size_t{20} << 20);
    }
  }
}

}  // namespace
}  // namespace dem
