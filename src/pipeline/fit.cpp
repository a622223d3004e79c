#include "dem/pipeline/fit.h"

#include "dem/learn/family.h"
#include "pipeline/fit_at_once.h"
#include "pipeline/fit_ensemble.h"
#include "pipeline/network_fit.h"

namespace dem {

FitResult fit(const Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks) {
  options.validate();
  if (!options.members.empty()) return fit_ensemble(dataset, options, callbacks);
  return learns_at_once(options.recipe) ? fit_at_once(dataset, options, callbacks)
                                        : fit_network(dataset, options, callbacks);
}

}  // namespace dem
