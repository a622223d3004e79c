#include "model_warnings.h"

#include <string>
#include <vector>

#include "processes.h"
#include "report.h"

namespace dem::cli {

void warn_of_model(const Model& model, const Dataset& dataset, const EvaluationResult* result) {
  if (!group().is_root()) return;
  std::vector<std::string> lines = model_signs(model, dataset).sentences();
  if (result != nullptr) {
    const std::string crowd = crowding_sentence(*result, dataset);
    if (!crowd.empty()) lines.push_back(crowd);
  }
  const bool is_auto = provenance(model, "recipe") == "auto";
  for (const std::string& line : lines) {
    log(LogLevel::kWarning, line + (is_auto ? "" : "; --recipe auto chooses what suits the data"));
  }
}

}  // namespace dem::cli
