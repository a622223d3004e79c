#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "dem/exchange/model_file.h"
#include "exchange/example_model.h"
#include "io/safetensors.h"
#include "support/files.h"

namespace dem {
namespace {

using test::expect_error;
using test::fill;
using test::fusion_spec;
using test::TemporaryFolder;

TrainingState example_state(std::size_t size) {
  TrainingState state;
  state.seed = std::numeric_limits<std::uint64_t>::max();
  state.epoch = 3;
  state.step_in_epoch = 2;
  state.step = 350;
  state.epoch_loss_sum = 0.1 + 0.2;  // 0.30000000000000004: not what 15 digits give back
  state.best_accuracy = 2.0 / 3.0;
  state.best_epoch = 2;
  state.best_step = 240;
  for (auto* values : {&state.parameters, &state.moment1, &state.moment2, &state.best_parameters}) {
    values->resize(size);
    fill(*values, static_cast<float>(values - &state.parameters));
  }
  state.moment2[0] = 1e-45f;                                  // a denormal
  state.moment2[1] = std::numeric_limits<float>::infinity();  // a gradient beyond 1e19, squared
  state.moment1[0] = -0.0f;
  state.notes = {{"phase", "train"}, {"recipe", "{\"a\": \"b\"}\n"}, {"empty", ""}};
  return state;
}

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

void expect_same(const TrainingState& a, const TrainingState& b) {
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.epoch, b.epoch);
  EXPECT_EQ(a.step_in_epoch, b.step_in_epoch);
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.epoch_loss_sum, b.epoch_loss_sum);
  EXPECT_EQ(a.best_accuracy, b.best_accuracy);
  EXPECT_EQ(a.best_epoch, b.best_epoch);
  EXPECT_EQ(a.best_step, b.best_step);
  EXPECT_TRUE(same_bits(a.parameters, b.parameters));
  EXPECT_TRUE(same_bits(a.moment1, b.moment1));
  EXPECT_TRUE(same_bits(a.moment2, b.moment2));
  EXPECT_TRUE(same_bits(a.best_parameters, b.best_parameters));
  EXPECT_EQ(a.notes, b.notes);
}

class TrainingStateFile : public ::testing::Test {
 protected:
  Network network_{fusion_spec()};
  TrainingState state_ = example_state(network_.parameters().size());
  TemporaryFolder folder_;
  std::string path_ = folder_.file("last.safetensors");
};

TEST_F(TrainingStateFile, EveryBitRoundTrips) {
  save_training_state(state_, network_, path_);
  expect_same(load_training_state(path_, fusion_spec()), state_);
}

TEST_F(TrainingStateFile, AStateWithoutABestRoundTrips) {
  state_.best_parameters.clear();
  state_.best_accuracy = -1.0;
  state_.best_epoch = state_.best_step = 0;
  save_training_state(state_, network_, path_);
  expect_same(load_training_state(path_, fusion_spec()), state_);
}

TEST_F(TrainingStateFile, DoublesOfEverySizeRoundTrip) {
  for (const double value : {0.0,
                             -0.0,
                             1e300,
                             5e-324,
                             std::nextafter(1.0, 2.0),
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::max()}) {
    state_.epoch_loss_sum = value;
    save_training_state(state_, network_, path_);
    const double got = load_training_state(path_, fusion_spec()).epoch_loss_sum;
    EXPECT_EQ(std::memcmp(&got, &value, sizeof(got)), 0) << value << " " << got;
  }
}

TEST_F(TrainingStateFile, TensorsAreNamedByLayer) {
  save_training_state(state_, network_, path_);
  const SafetensorsFile file(path_);
  EXPECT_EQ(file.arrays().size(), 24u);  // 6 tensors of the network, four times
  for (const char* name :
       {"fc1.weight", "moment1.fc2.bias", "moment2.fc3.weight", "best.fc1.bias"}) {
    EXPECT_NE(file.find(name), nullptr) << name;
  }
  // fc1 takes 5 * 4 weights and 5 biases, so fc2's first weight is the 25th parameter.
  float first = 0.0f;
  std::memcpy(&first, file.bytes(file.require("moment1.fc2.weight")).data(), sizeof(first));
  EXPECT_EQ(first, state_.moment1[25]);
}

TEST_F(TrainingStateFile, TheWeightsCanBeLoadedAlone) {
  save_training_state(state_, network_, path_);
  load_weights(network_, path_);
  EXPECT_TRUE(
      same_bits({network_.parameters().begin(), network_.parameters().end()}, state_.parameters));
}

TEST_F(TrainingStateFile, AnotherNetworkIsRefused) {
  save_training_state(state_, network_, path_);
  for (const int change : {0, 1, 2, 3, 4}) {
    NetworkSpec spec = fusion_spec();
    if (change == 0) spec.hidden_dim = 7;
    if (change == 1) spec.inputs[0].space = "sentence";
    if (change == 2) spec.inputs[1].gain = 2.0f;
    if (change == 3) spec.hidden_activation = Activation::kTanh;
    if (change == 4) spec.inputs.pop_back();
    expect_error(ErrorKind::kShapeMismatch, {path_, "network", "attribute"}, [&] {
      (void)load_training_state(path_, spec);
    });
  }
}

TEST_F(TrainingStateFile, ArraysOfAnotherLengthAreNotWritten) {
  state_.moment2.pop_back();
  expect_error(ErrorKind::kInvalidArgument, {path_, "moment2", "81", "80"}, [&] {
    save_training_state(state_, network_, path_);
  });
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(TrainingStateFile, BrokenFilesAreRefused) {
  save_training_state(state_, network_, folder_.file("good"));
  const SafetensorsFile file(folder_.file("good"));
  std::vector<RawTensor> tensors;
  for (const ArrayInfo& info : file.arrays()) {
    tensors.push_back({info.name, info.type, info.shape, file.bytes(info)});
  }
  const std::map<std::string, std::string> facts(file.metadata().begin(), file.metadata().end());
  const auto expect_refused = [&](const std::vector<RawTensor>& t,
                                  const std::map<std::string, std::string>& f,
                                  std::string_view part,
                                  ErrorKind kind = ErrorKind::kFormat) {
    SCOPED_TRACE(part);
    write_safetensors(path_, t, f);
    expect_error(kind, {path_, part}, [&] { (void)load_training_state(path_, fusion_spec()); });
  };
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    std::vector<RawTensor> fewer = tensors;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    // Without the tensor that says that there is a best, the others of it are left over.
    const bool is_mark = tensors[i].name == "best.fc1.weight";
    expect_refused(fewer, facts, is_mark ? "best.fc" : tensors[i].name);
  }
  for (const auto& [key, value] : facts) {
    if (key.starts_with("notes.")) continue;
    auto fewer = facts;
    fewer.erase(key);
    expect_refused(tensors, fewer, "field " + key);
  }
  const std::pair<const char*, const char*> kCases[] = {{"step", "-1"},
                                                        {"step", "1"},
                                                        {"step_in_epoch", "351"},
                                                        {"best_step", "1e2"},
                                                        {"epoch", "9223372036854775808"},
                                                        {"seed", "-1"},
                                                        {"seed", "18446744073709551616"},
                                                        {"best_accuracy", "0.5 "},
                                                        {"epoch_loss_sum", ""},
                                                        {"format", "dem model"}};
  for (const auto& [key, value] : kCases) {
    auto changed = facts;
    changed[key] = value;
    expect_refused(tensors, changed, "field");
  }
  auto newer = facts;
  newer["format_version"] = "2";
  expect_refused(tensors, newer, "newer", ErrorKind::kUnsupported);
  write_safetensors(path_, tensors, facts);
  expect_same(load_training_state(path_, fusion_spec()), state_);
}

}  // namespace
}  // namespace dem
