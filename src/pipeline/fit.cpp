#include "dem/pipeline/fit.h"

#include "dem/learn/family.h"
#include "pipeline/fit_at_once.h"
#include "pipeline/network_fit.h"

namespace dem {

FitResult fit(const Dataset& dataset, const FitOptions& options, const FitCallbacks& callbacks) {
  options.validate();
  return learns_at_once(options.recipe) ? fit_at_once(dataset, options, callbacks)
                                        : fit_network(dataset, options, callbacks);
}

}  // namespace dem
