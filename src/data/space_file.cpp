#include "data/space_file.h"

#include <algorithm>

#include "base/text.h"
#include "dem/base/error.h"

namespace dem {
namespace {

bool is_of_mode(const std::string& name) {
  const std::vector<std::string> known = input_spaces(TrainMode::kFusion);
  return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace

std::vector<std::string> space_names(const DatasetOptions& options) {
  std::vector<std::string> names = input_spaces(options.train_mode);
  for (const SpaceSource& space : options.more_spaces) names.push_back(space.name);
  return names;
}

void check_more_spaces(const DatasetOptions& options) {
  for (const SpaceSource& space : options.more_spaces) {
    const bool plain =
        !space.name.empty() && space.name.find_first_of("/ =+,") == std::string::npos;
    const auto same = std::count_if(
        options.more_spaces.begin(), options.more_spaces.end(), [&](const SpaceSource& other) {
          return other.name == space.name;
        });
    if (plain && same == 1 && !is_of_mode(space.name)) continue;
    throw Error(ErrorKind::kInvalidArgument,
                concat("further semantic spaces: expected names of their own without blanks and "
                       "signs, none of ",
                       join(input_spaces(TrainMode::kFusion)),
                       " (train mode), got \"",
                       space.name,
                       '"',
                       same > 1 ? " twice" : ""));
  }
}

}  // namespace dem
