// ONNX and MINDIR, as dem inspect looks at them.
#include "base/mapped_file.h"
#include "exchange/graph_file.h"
#include "input_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return dem::fuzz::check(data, size, [](const std::string& path) {
    const dem::MappedFile file(path);
    for (const auto format : {dem::GraphFormat::kOnnx, dem::GraphFormat::kMindir}) {
      dem::FileReport report;
      report.path = path;
      try {
        dem::describe_graph_file(file.bytes(), format, report);
        (void)report.to_json();
        (void)report.to_string();
      } catch (const dem::Error& error) {
        if (error.kind() == dem::ErrorKind::kInternal) throw;
      }
    }
  });
}
