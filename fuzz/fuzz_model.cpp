// dem's own model files and training states, and any file as weights.
#include <span>
#include <string>

#include "dem/exchange/inspect.h"
#include "dem/exchange/model_file.h"
#include "input_file.h"

namespace {

// What is read can be written, and gives the same bytes ever after.
void read_and_write(const std::string& path) {
  const dem::Model model = dem::load_model(path);
  std::string bytes, again;
  dem::fuzz::require(dem::fuzz::attempt([&] {
                       bytes = dem::model_to_bytes(model);
                       const auto read = dem::model_from_bytes(std::as_bytes(std::span(bytes)));
                       again = dem::model_to_bytes(read);
                     }),
                     "a model that was read can be written and read again");
  dem::fuzz::require(bytes == again, "the same bytes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using dem::fuzz::attempt;
  return dem::fuzz::check(data, size, [](const std::string& path) {
    dem::NetworkSpec spec{.inputs = {{"attribute", 3, 1.0f}}, .hidden_dim = 4, .feature_dim = 5};
    attempt([&] { read_and_write(path); });
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
