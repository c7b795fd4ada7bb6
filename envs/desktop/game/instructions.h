// From what is asked for to one instruction of a profile, and its judge.
#pragma once

#include "envs/desktop/game/profile.h"
#include "envs/task.h"

#include <cstdint>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// A task with every field filled in, and how it is judged.
struct GameTask {
  Task task;
  JudgeProfile judge;  // {target} filled in; kind "none": free play, which never ends by itself
  int count = 1;       // readings that have to show success
  std::string target;  // what judges and mods call the target
  std::string scene;
};

/// Fills in what `task` leaves empty, drawing from `seed`: the same profile, seed and task give the same. Words that
/// are an instruction's mean that instruction; other words are judged as the family and the target that are given with
/// them, and are free play with `tasks.judge` where there are none. Nothing at all is free play, too. Throws
/// Error(kEnvironment) for a family that the profile does not have, and for a target that its family does not have,
/// naming those that it has.
[[nodiscard]] GameTask resolve_task(const GameProfile& profile, std::uint64_t seed, const Task& task);

/// Every instruction in its usual words, each with each of its targets.
[[nodiscard]] std::vector<std::string> all_instructions(const GameProfile& profile);

}  // namespace atl::envs::desktop
