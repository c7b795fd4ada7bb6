// The smallest model that still learns: for the tests of agent/ and trainer/. No LibTorch here.
#pragma once

#include "agent/model_config.h"

namespace atl::agent::tiny {

inline ModelConfig config() {
  ModelConfig config;
  config.stem_channels = 12;
  config.patch_channels = 16;
  config.residual_blocks = 1;
  config.scene_channels = 4;
  config.max_words = 6;
  config.word_width = 8;
  config.query_width = 16;
  config.text_heads = 2;
  config.hidden_width = 32;
  config.memory_width = 16;
  config.memory_heads = 2;
  return config;
}

}  // namespace atl::agent::tiny
