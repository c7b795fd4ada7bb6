// What the trainer's tests share: a small run in Playhouse that takes a second, and recordings to train on.
#pragma once

#include "core/files.h"
#include "datasets/writer.h"
#include "envs/oracle.h"
#include "envs/playhouse/playhouse.h"
#include "envs/seeds.h"
#include "tests/agent/tiny_config.h"
#include "trainer/assembly.h"
#include "trainer/config.h"
#include "trainer/source.h"
#include "trainer/trainer.h"

#include <filesystem>
#include <string>
#include <vector>

namespace atl::trainer::testing {

inline SourceServices playhouse_services() {
  SourceServices services;
  services.create_world = [](const std::string& world, FrameSize frame) {
    return envs::create_playhouse({.frame = frame, .episode = envs::playhouse_named(world)});
  };
  return services;
}

inline RunConfig small_config() {
  RunConfig config;
  const int max_words = config.model.max_words;  // Playhouse's sentences are longer than those of agent's tests
  config.model = agent::tiny::config();
  config.model.max_words = max_words;
  TrainerConfig& t = config.trainer;
  t.steps = 12;
  t.replicas = 2;
  t.batch = 4;
  t.log_every = 5;
  t.evaluate_every = 6;
  t.development_examples = 16;
  t.checkpoint_minutes = 0;
  t.data.block_examples = 64;
  t.optimizer.warmup_steps = 3;
  SourceConfig source;
  source.world = "playhouse";
  source.families = {"go to", "pick up"};
  t.sources = {source};
  return config;
}

inline SourceSetup small_setup(const RunConfig& config, DataPart part = DataPart::kTraining) {
  return {.shape = {.frame = config.contract.frame_size(),
                    .window = config.trainer.data.window,
                    .instructions = config.trainer.data.instructions,
                    .chunk_actions = config.contract.chunk_actions,
                    .patch_pixels = 8,
                    .patch_rows = 9,
                    .patch_columns = 12,
                    .steps_per_policy = config.contract.actions_per_policy_step,
                    .past_actions = config.model.past_actions,
                    .delay_steps = config.contract.delay_steps},
          .contract = config.contract,
          .data = config.trainer.data,
          .part = part,
          .seed = config.trainer.seed};
}

/// Plays `episodes` expert episodes into a recording without video.
inline void record(const std::filesystem::path& folder, int episodes, envs::SeedRange range,
                   const std::string& split = "train") {
  const auto world = envs::create_playhouse({});
  datasets::RecordingOptions options;
  options.folder = folder;
  options.facts = world->spec().facts;
  auto writer = datasets::RecordingWriter::create(options);
  for (int i = 0; i < episodes; ++i) {
    const std::uint64_t seed = envs::seed_in(range, static_cast<std::uint64_t>(i) + 1);
    envs::Observation observation = world->reset(seed, {.family = "go to", .split = split});
    const envs::Task& task = world->task();
    writer->begin_episode({.episode = static_cast<std::uint64_t>(i),
                           .time = observation.time,
                           .seed = seed,
                           .family = task.family,
                           .split = task.split,
                           .target = task.target,
                           .instruction = task.instruction,
                           .time_limit_s = task.time_limit_s,
                           .start_hash = world->oracle()->state_hash(),
                           .player = "expert"});
    const auto expert = world->oracle()->create_expert(seed, {.noise = 0.05});
    while (!world->outcome().is_over()) {
      const Action action = expert->next();
      writer->action({.step = observation.step, .time = observation.time, .action = action, .origin = Origin::kExpert});
      observation = world->step(action);
    }
    writer->end_episode({.episode = static_cast<std::uint64_t>(i),
                         .time = observation.time,
                         .num_steps = observation.step,
                         .verdict = std::string(envs::to_string(world->outcome().verdict)),
                         .reason = {},
                         .object = {},
                         .judge = "playhouse",
                         .end_hash = world->oracle()->state_hash()});
  }
  writer->close();
}

inline SourceConfig replay_config(const std::filesystem::path& recording, bool relabel) {
  SourceConfig config;
  config.kind = "replay";
  config.recordings = {recording.string()};
  config.relabel = relabel;
  config.keep = 1.0;
  config.development = 0.0;
  return config;
}

}  // namespace atl::trainer::testing
