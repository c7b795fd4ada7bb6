// Islands that learn what their names and windows say, over any exchange, and what must come of it.
#pragma once

#include "distributed/exchange.h"
#include "distributed/global_state.h"
#include "tests/distributed/running_syncer.h"
#include "tests/distributed/small_run.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace atl::tests {

inline constexpr std::size_t kValues = 3000;

// A model of two "layers" in the flat vector.
inline std::vector<distributed::TensorPlace> tensors() { return {{"layers.0", 0, 2000}, {"layers.1", 2000, 1000}}; }

// What an island learns in a window: a step to a place of its own, by name and window.
inline void learn(const std::string& name, std::int64_t window, std::vector<float>& values) {
  const std::vector<float> step = random_floats(
      values.size(), derive_seed(static_cast<std::uint64_t>(name[0]), static_cast<std::uint64_t>(window)), 1e-2);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] -= step[i];
}

// Windows of all fragments in turn, as a synchronous island makes them. Returns its last values.
inline std::vector<std::vector<float>> train(distributed::Exchange& exchange, const std::string& name,
                                             std::int64_t first, std::int64_t windows) {
  std::vector<std::vector<float>> values;
  for (const distributed::Fragment& fragment : exchange.fragments()) values.emplace_back(fragment.num_values());
  for (std::size_t f = 0; f < values.size(); ++f)
    EXPECT_TRUE(exchange.wait_take(f, values[f], in(std::chrono::seconds(10))));
  for (std::int64_t window = first; window < first + windows; ++window) {
    for (std::size_t f = 0; f < values.size(); ++f) {
      learn(name, window, values[f]);
      EXPECT_TRUE(exchange.push(f, values[f], {.step = 10 * (window + 1), .steps = 10, .tokens = 100}, {}))
          << name << " window " << window;
      EXPECT_TRUE(exchange.wait_take(f, values[f], in(std::chrono::seconds(20)))) << name << " window " << window;
    }
  }
  return values;
}

// The same, computed here without any network.
inline std::vector<std::vector<float>> reference(const distributed::SyncConfig& config,
                                                 const std::vector<std::string>& names, std::int64_t windows) {
  distributed::GlobalState state(config, distributed::make_fragments(config.fragments, tensors()),
                                 random_floats(kValues, 1, 1.0));
  std::vector<std::vector<float>> values;
  std::vector<distributed::MeanEncoder> encoders;
  for (std::size_t f = 0; f < state.fragments().size(); ++f) {
    values.emplace_back(state.values(f).begin(), state.values(f).end());
    encoders.emplace_back(config, values[f].size());
  }
  for (std::int64_t window = 0; window < windows; ++window) {
    for (std::size_t f = 0; f < values.size(); ++f) {
      distributed::StoredCommit stored{.commit = {.fragment = f, .version = window + 1}};
      for (const std::string& name : names) {
        std::vector<float> local(state.values(f).begin(), state.values(f).end());
        learn(name, window, local);
        for (std::size_t i = 0; i < local.size(); ++i) local[i] = state.values(f)[i] - local[i];
        stored.commit.entries.push_back({.island = name, .push = 1, .weight = 1.0 / static_cast<double>(names.size())});
        stored.parts.push_back(encoded(config.codec, local));
      }
      if (config.reply == "mean")
        stored = {.commit = stored.commit,
                  .form = distributed::DeltaForm::kMean,
                  .parts = {encoders[f].encode(stored.commit, stored.deltas())}};
      state.apply(stored.commit, stored.deltas());
      values[f].assign(state.values(f).begin(), state.values(f).end());
    }
  }
  return values;
}

}  // namespace atl::tests
