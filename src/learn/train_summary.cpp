#include <nlohmann/json.hpp>

#include "dem/learn/trainer.h"

namespace dem {

std::string_view to_string(StopReason reason) noexcept {
  switch (reason) {
    case StopReason::kFinished:
      return "finished";
    case StopReason::kStopped:
      return "stopped";
    case StopReason::kOutOfTime:
      return "max_seconds";
  }
  return "finished";
}

std::string TrainSummary::to_json() const {
  nlohmann::ordered_json json;
  json["stop_reason"] = to_string(stop_reason);
  json["epochs"] = epochs;
  json["steps"] = steps;
  if (last_loss) json["last_loss"] = *last_loss;
  json["seconds"] = seconds;
  json["step_seconds"] = step_seconds;
  json["selected"] = selected;
  json["selected_epoch"] = selected_epoch;
  json["selected_step"] = selected_step;
  if (best_accuracy) json["best_accuracy"] = *best_accuracy;
  if (exchanged_bytes > 0) json["exchanged_bytes"] = exchanged_bytes;
  return json.dump();
}

}  // namespace dem
