// What the trainer's tests share: a small run in Playhouse that takes a second.
#pragma once

#include "core/files.h"
#include "envs/playhouse/playhouse.h"
#include "tests/agent/tiny_config.h"
#include "trainer/assembly.h"
#include "trainer/config.h"
#include "trainer/source.h"
#include "trainer/trainer.h"

#include <string>
#include <vector>

namespace atl::trainer::testing {

inline SourceServices playhouse_services() {
  SourceServices services;
  services.create_world = [](const std::string&, FrameSize frame) { return envs::create_playhouse({.frame = frame}); };
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
                    .delay_steps = config.contract.delay_steps},
          .contract = config.contract,
          .data = config.trainer.data,
          .part = part,
          .seed = config.trainer.seed};
}

}  // namespace atl::trainer::testing
