// [island] of a run's config: whether it is by itself or one island of several (docs/islands.md). Free of LibTorch.
#pragma once

#include "core/config.h"

#include <string>
#include <vector>

namespace atl::trainer {

struct IslandConfig {
  std::string name;                 // of this island, another one for each; empty: the run is by itself
  std::vector<std::string> syncer;  // tcp://HOST:PORT of the syncer, and of those that stand by for it
  std::string keys;                 // folder of `atoll sync keys` for this island; empty: none, on this machine only
  std::vector<int> sources;         // of trainer.sources, by place from 0, those that it learns from; empty: all
  double patience_s = 0.0;          // without a syncer for so long, the run ends; 0: it waits for ever
  double least_step_s = 0.0;        // a step takes at least so long: to emulate slower machines, for studies
};

void describe(ConfigVisitor& v, IslandConfig& config);

}  // namespace atl::trainer
