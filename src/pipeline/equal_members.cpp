#include "pipeline/equal_members.h"

#include <map>
#include <string>

#include "base/hash.h"
#include "base/text.h"
#include "dem/base/log.h"
#include "dem/exchange/model_file.h"

namespace dem {
namespace {

// Of what a member gives to an ensemble: its maps and how it compares.
std::string fingerprint_of_member(const Model& model) {
  Model parts = model.clone();
  parts.gamma = 0.0f;
  parts.prototypes.offset.clear();
  parts.update_prototypes();
  parts.temperature = 0.0f;
  parts.rejection = {};
  parts.provenance.clear();
  const std::string bytes = model_to_bytes(parts);
  Fingerprint fingerprint;
  fingerprint.add(bytes.data(), bytes.size());
  return fingerprint.hex();
}

}  // namespace

void warn_of_equal_members(const std::vector<FitResult>& members) {
  std::map<std::string, std::vector<std::string>> alike;
  for (std::size_t m = 0; m < members.size(); ++m) {
    const RunReport& report = members[m].report;
    alike[fingerprint_of_member(members[m].model)].push_back(
        concat(m + 1, " (", report.recipe.name, ", seed ", report.seed, ")"));
  }
  for (const auto& [fingerprint, names] : alike) {
    if (names.size() < 2) continue;
    log(LogLevel::kWarning,
        concat("ensemble: members ",
               join(names),
               " came out the same, since nothing that was drawn from their seeds made a "
               "difference: they count as one member with the weight of ",
               names.size()));
  }
}

}  // namespace dem
