#include "pipeline/same_run.h"

#include <span>
#include <string>

#include "base/text.h"
#include "dem/exchange/model_file.h"

namespace dem {
namespace {

// What the images of saved statistics are from; "" without.
std::string saved_fingerprints(const FitOptions& options) {
  if (options.saved_statistics == nullptr) return "";
  return concat(", statistics of ", join(options.saved_statistics->fingerprints, " "));
}

}  // namespace

FitOptions of_rank(FitOptions options, const Communicator& group) {
  if (!group.is_root()) options.output.clear();
  return options;
}

void require_same_run(Communicator& group, const Dataset& dataset, const FitOptions& options) {
  require_same(group, "data fingerprint", dataset.fingerprint);
  require_same(group, "recipe", options.recipe.to_json());
  require_same(group,
               "options",
               concat("seed ",
                      options.seed,
                      ", train mode ",
                      to_string(dataset.train_mode),
                      ", solver ",
                      to_string(options.solver),
                      " ",
                      to_string(options.statistics.method),
                      ", max_seconds ",
                      options.statistics.max_seconds,
                      saved_fingerprints(options),
                      ", exchange ",
                      to_string(options.exchange),
                      ", interval_step ",
                      options.interval_step,
                      options.resume ? ", resumed" : "",
                      options.init_file.empty() ? "" : ", from given weights",
                      dataset.is_sharded() ? ", a shard" : ", all images"));
}

void take_from_root(Communicator& group, Model& model) {
  if (group.size() == 1) return;
  std::string bytes;
  if (group.is_root()) bytes = model_to_bytes(model);
  broadcast(group, bytes);
  if (!group.is_root()) model = model_from_bytes(std::as_bytes(std::span(bytes)));
}

}  // namespace dem
