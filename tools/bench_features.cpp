// Optimiser steps on one recording, by turns: with a convolutional encoder, with a frozen published one that sees
// pictures, and with its features from a file; and how fast that file is made. The published encoder is
// agent.model.encoder of the options, or EfficientNet; its weights are random, which costs as much time.
#include "agent/frozen_encoder.h"
#include "agent/pretrained.h"
#include "agent/safetensors.h"
#include "core/clock.h"
#include "core/files.h"
#include "datasets/video/writer.h"
#include "tools/bench.h"
#include "tools/bench_recording.h"
#include "tools/training.h"
#include "trainer/assembly.h"
#include "trainer/trainer.h"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace atl::tools {
namespace {

constexpr std::uint64_t kPictures = 4000;
constexpr int kWarmUpSteps = 3;
constexpr double kTimedSeconds = 3.0;  // of each repeat, and at least one step

trainer::RunConfig base_config(const BenchOptions& options, const std::filesystem::path& folder) {
  trainer::RunConfig config;
  config_document(options).read(config);
  if (config.model.encoder == "conv") config.model.encoder = "efficientnet_lite0";
  trainer::SourceConfig source;
  source.kind = "video";
  source.recordings = {(folder / "recording").string()};
  source.cache = (folder / "cache").string();
  source.relabel = false;
  config.trainer.sources = {source};
  config.trainer.weights = (folder / "weights").string();
  config.trainer.steps = 1'000'000;
  config.trainer.minutes = 0;
  config.trainer.development_examples = 0;
  config.trainer.checkpoint_minutes = 0;
  config.trainer.data.block_examples = 1024;
  return trainer::resolve(config);
}

void write_random_weights(const trainer::RunConfig& config) {
  const agent::FrozenEncoder encoder(config.model, config.contract.frame_size());
  agent::TensorMap tensors;
  for (const agent::NamedTensor& p : encoder.parameters())
    tensors[p.name.substr(agent::kBackbonePrefix.size())] = p.tensor.detach();
  const std::filesystem::path folder = config.trainer.weights;
  std::filesystem::create_directories(folder);
  agent::save_tensors(folder / (config.model.encoder + ".safetensors"), tensors);
}

// One way to train, and what its repeats said.
struct Contender {
  std::string name;
  std::unique_ptr<trainer::Trainer> trainer;
  std::vector<double> rates{};
};

Contender contender(const std::string& name, const trainer::RunConfig& config, const std::filesystem::path& out) {
  trainer::TrainOptions train;
  train.out = out;
  train.services = training_services();
  Contender made{
      .name = fmt::format("{}, {} replicas of {} pictures", name, config.trainer.replicas, config.trainer.batch),
      .trainer = std::make_unique<trainer::Trainer>(config, train)};
  for (int i = 0; i < kWarmUpSteps; ++i) made.trainer->step();
  return made;
}

double rate_of(trainer::Trainer& trainer, int pictures_a_step) {
  const Timestamp begin = MonotonicClock::now();
  int steps = 0;
  do {
    trainer.step();
    ++steps;
  } while (to_seconds(MonotonicClock::now() - begin) < kTimedSeconds);
  return steps * pictures_a_step / to_seconds(MonotonicClock::now() - begin);
}

// Makes the file of features as often as there are repeats; the last one stays.
void bench_making(const trainer::RunConfig& config, std::uint64_t pictures, const BenchOptions& options,
                  std::vector<Figure>& figures) {
  const std::filesystem::path file = config.trainer.sources[0].features;
  figures.push_back(repeat_figure(fmt::format("features made, {} threads", config.trainer.replicas), "pictures/s",
                                  options.repeats, [&] {
                                    std::filesystem::remove(file);
                                    const Timestamp begin = MonotonicClock::now();
                                    static_cast<void>(trainer::open_features(config, training_services(), {}));
                                    return static_cast<double>(pictures) / to_seconds(MonotonicClock::now() - begin);
                                  }));
  const auto bytes_of = [&](const std::filesystem::path& path) {
    return static_cast<double>(std::filesystem::file_size(path)) / static_cast<double>(pictures);
  };
  figures.push_back(make_figure("features", "B/picture", {bytes_of(file)}));
  figures.push_back(
      make_figure("pictures in the training cache", "B/picture", {bytes_of(config.trainer.sources[0].cache)}));
}

}  // namespace

std::vector<Figure> bench_features(const BenchOptions& options) {
  std::vector<Figure> figures;
  const TemporaryFolder folder("atoll-bench");
  const trainer::RunConfig seen = base_config(options, folder.path());
  write_random_weights(seen);
  const std::uint64_t pictures = record_bench_pictures(folder.path() / "recording", seen.contract.frame_size(),
                                                       kPictures, video::video_writer_factory({}));
  trainer::RunConfig read = seen;
  read.trainer.sources[0].features = (folder.path() / "features").string();
  trainer::RunConfig conv = seen;
  conv.model.encoder = "conv";
  bench_making(read, pictures, options, figures);

  std::vector<Contender> contenders;
  contenders.push_back(contender("convolutional encoder", conv, folder.path() / "conv"));
  contenders.push_back(contender("frozen " + seen.model.encoder, seen, folder.path() / "seen"));
  contenders.push_back(contender("frozen " + seen.model.encoder + ", features read", read, folder.path() / "read"));
  for (int i = 0; i < options.repeats; ++i) {
    for (Contender& c : contenders) c.rates.push_back(rate_of(*c.trainer, seen.trainer.batch * seen.trainer.replicas));
  }
  for (Contender& c : contenders) figures.push_back(make_figure(c.name, "pictures/s", std::move(c.rates)));
  return figures;
}

}  // namespace atl::tools
