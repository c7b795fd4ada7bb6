// Random hands in random houses for as long as one wants, with an eye on what must never happen: see problems in
// SoakReport. Memory and crashes are for the caller to watch (soak_program.cpp).
#pragma once

#include "envs/playhouse/physics.h"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace atl::envs::playhouse {

struct SoakReport {
  std::int64_t steps = 0;  // of the action clock, each with one picture
  std::int64_t ticks = 0;
  std::int64_t episodes = 0;
  std::map<std::string, std::int64_t> episodes_of_level;
  std::map<std::string, std::int64_t> verdicts;
  std::array<std::int64_t, static_cast<std::size_t>(EventKind::kRefused) + 1> events{};  // by EventKind
  // In words, the first 20: a player with any part of the body inside a wall or outside of the house, below the floor
  // or above the ceiling; a thing that lies outside; a state that its own snapshot does not give back.
  std::vector<std::string> problems;
};

/// Plays `steps` steps of random seeds, levels, looks and tasks, all drawn from `seed`. `progress` is told now and
/// then.
[[nodiscard]] SoakReport soak(std::int64_t steps, std::uint64_t seed,
                              const std::function<void(const SoakReport&)>& progress = {});

}  // namespace atl::envs::playhouse
