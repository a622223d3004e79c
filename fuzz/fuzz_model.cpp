// dem's own model files and training states, and any file as weights.
#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using dem::fuzz::attempt;
  return dem::fuzz::check(data, size, [](const std::string& path) {
    dem::NetworkSpec spec{.inputs = {{"attribute", 3, 1.0f}}, .hidden_dim = 4, .feature_dim = 5};
    attempt([&] { (void)dem::load_model(path); });
    attempt([&] { (void)dem::load_training_state(path, spec); });
    attempt([&] {
      dem::Network network(spec);
      dem::load_weights(network, path);
    });
    const dem::FileReport report = dem::inspect_file(path);
    (void)report.to_json();
    (void)report.to_string();
  });
}
