// What a mended copy consists of.
#pragma once

#include <string>

#include "dem/doctor/mend.h"
#include "doctor/specimen.h"

namespace dem {

// Write into `folder`, which is there and empty; dem/doctor/mend.h says what.
// They throw Stopped where specimen.should_stop says so, and add what has no place in the copy to
// report.left_out.
void write_mended_gbu(const Specimen& specimen, const std::string& folder, MendReport& report);
void write_mended_table(const Specimen& specimen, const std::string& folder, MendReport& report);

// Copies the files of the specimen's folder, but for some by name; links to files are followed.
void copy_files(const Specimen& specimen,
                const std::string& to,
                const std::vector<std::string>& but,
                MendReport& report);

// A table with its missing entries filled in with the means of their columns; all-zero descriptions
// and entries of -1 that may be numbers are left alone. Throws Error{kFormat} for a column of which
// nothing is known.
[[nodiscard]] Matrix<float> filled(const Specimen& specimen, const DescriptionTable& table);

}  // namespace dem
