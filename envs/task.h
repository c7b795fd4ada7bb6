// What an episode is about: the task that it starts from, what a player sees, and what only judges and recorders see.
// `Observation` and `Outcome` are two types, so that nothing privileged can leak into a policy.
#pragma once

#include "core/clock.h"
#include "core/config.h"
#include "core/frame.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atl::envs {

/// One thing to do. Worlds fill what is left empty, drawing from the seed.
struct Task {
  std::string family{};  // "go to", "pick up", ...: one of EnvironmentSpec::tasks
  // Which combinations and phrases: "train", "held_out_pairs", "held_out_phrases", "held_out_compositions".
  std::string split = "train";
  std::string target{};       // the world's name of the thing meant ("red ball"); empty: drawn from the seed
  std::string instruction{};  // the words; empty: phrased by the world
  double time_limit_s = 0.0;  // in world time; 0: the world's default for the family
};

/// In files and messages.
void describe(ConfigVisitor& v, Task& task);

enum class Verdict : std::uint8_t { kRunning, kSuccess, kWrongObject, kFailed, kTimeout, kImpossible, kAborted };

/// "running", "success", "wrong_object", ...: the words of results.json.
[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::optional<Verdict> find_verdict(std::string_view name);

/// All that a player sees. Frame and instruction are borrowed from the environment until its next reset or step.
struct Observation {
  ImageView frame;               // BGRA8 at EnvironmentSpec::frame
  std::string_view instruction;  // UTF-8
  std::uint64_t step = 0;        // action-clock steps since reset
  Timestamp time;                // stepped worlds: world time since reset
};

/// What only judges and recorders see.
struct Outcome {
  bool terminated = false;  // the judge decided
  bool truncated = false;   // time ran out, or the world ended for another reason
  double reward = 0.0;      // 1 at success, else 0
  Verdict verdict = Verdict::kRunning;
  std::string reason;  // in words: "went to the big green cone, asked to go to the red ball"
  std::string object;  // the thing that the verdict is about, by the world's name; empty if none

  [[nodiscard]] bool is_over() const { return terminated || truncated; }
};

}  // namespace atl::envs
