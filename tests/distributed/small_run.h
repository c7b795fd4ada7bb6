// A run of a few hundred parameters whose islands' deltas come from seeds, for tests of what follows commits.
#pragma once

#include "core/random.h"
#include "distributed/commit_log.h"
#include "distributed/global_state.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace atl::tests {

inline std::vector<float> random_floats(std::size_t n, std::uint64_t seed, double scale = 1e-2) {
  Random random(seed);
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>((random.uniform() - 0.5) * scale);
  return values;
}

inline distributed::Bytes encoded(const distributed::DeltaCodecConfig& codec, const std::vector<float>& values) {
  distributed::Bytes bytes(distributed::encoded_bytes(codec, values.size()));
  EXPECT_TRUE(distributed::encode(codec, values, bytes));
  return bytes;
}

/// Two fragments of 300 and 200 parameters, three islands.
struct SmallRun {
  distributed::SyncConfig config;
  std::vector<distributed::Fragment> fragments{{.name = "a", .ranges = {{0, 300}}, .islands = {}},
                                               {.name = "b", .ranges = {{300, 200}}, .islands = {}}};
  std::vector<float> parameters = random_floats(500, 1, 1.0);

  [[nodiscard]] distributed::GlobalState begin() const { return {config, fragments, parameters}; }

  /// The commit that leads `state` on in the fragment, with deltas that follow from its version.
  [[nodiscard]] distributed::StoredCommit next(const distributed::GlobalState& state, std::size_t fragment) const {
    const std::int64_t version = state.version(fragment) + 1;
    distributed::StoredCommit stored{
        .commit = {.fragment = fragment, .version = version, .step = 10 * version, .tokens = 300 * version}};
    for (std::uint64_t island = 0; island < 3; ++island) {
      const std::uint64_t seed = derive_seed(static_cast<std::uint64_t>(version), 10 * fragment + island);
      stored.commit.entries.push_back({.island = std::string(1, static_cast<char>('x' + island)),
                                       .push = static_cast<std::uint64_t>(version),
                                       .tokens = 100,
                                       .weight = 1.0 / 3});
      stored.parts.push_back(encoded(config.codec, random_floats(fragments[fragment].num_values(), seed)));
    }
    return stored;
  }
};

}  // namespace atl::tests
