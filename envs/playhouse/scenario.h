// A scenario: an episode up to a cut point, as a small TOML file that proves itself. It holds world, seed, task and
// every action up to the cut, and what must be there at some steps: hashes of the state and of each player's picture.
// Replayed on any machine it gives the same bits; `atoll check FILE` says so, or where not.
//
//   version = 1
//   world = "playhouse/flat"      as playhouse_named takes it
//   seed = 1099511627776
//   frame_width_px = 96
//   frame_height_px = 72
//   verdict = "running"           at the cut
//   [task]                        family, split, target, instruction, time_limit_s
//   [prefix]
//   steps = 42                    the cut point
//   actions = ["w x=12; 3* w; -", ...]     steps, joined by "; ": action_text.h; "N* " is the same N times; for two
//                                          players "ACTION | ACTION"
//   [[checkpoint]]                at steps 0, 30, 60, .. and the cut
//   step = 0
//   state = "0123456789abcdef"
//   pictures = ["0123456789abcdef"]        one a player: hash_pixels
//
// What no machine may change: states are integers without libm (fixed.h), pictures are integers, too, and vectors of
// four in two places of the renderer are written out in the language, so that the compiler may choose any instructions
// for them. Nothing asks what the processor can do. The checked-in scenarios are replayed in the release and sanitizer
// builds, in a build with AVX2, and under valgrind, which emulates a processor of its own.
#pragma once

#include "core/action.h"
#include "core/frame.h"
#include "envs/task.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace atl::envs::playhouse {

inline constexpr int kScenarioVersion = 1;
inline constexpr int kCheckpointEvery = 30;  // steps

struct Checkpoint {
  int step = 0;
  std::uint64_t state = 0;
  std::vector<std::uint64_t> pictures;  // one a player
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

struct Scenario {
  std::string world = "playhouse";
  std::uint64_t seed = 0;
  Task task;
  FrameSize frame{96, 72};
  std::vector<std::vector<Action>> steps;  // one action a player each
  std::vector<Checkpoint> checkpoints;     // the first at 0, the last at the cut
  Verdict verdict = Verdict::kRunning;     // at the cut
};

/// Throws Error(kConfig) and Error(kFormat) naming file, key, value and what was expected; for a newer version, too.
[[nodiscard]] Scenario read_scenario(const std::filesystem::path& path);
[[nodiscard]] Scenario parse_scenario(std::string_view text, const std::string& name);

/// As a file, of which parse_scenario makes the same. Throws Error(kFormat) for actions without a text.
[[nodiscard]] std::string to_text(const Scenario& scenario);

/// Plays world, seed, task and steps and fills in the checkpoints and the verdict; whatever was there is lost. Throws
/// what the world throws, and Error(kFormat) when there are steps after the episode's end.
void prove(Scenario& scenario);

/// Replays it. Empty: every checkpoint and the verdict are equal; else what differs, at the first step where something
/// does. Throws like `prove`.
[[nodiscard]] std::vector<std::string> differences(const Scenario& scenario);

}  // namespace atl::envs::playhouse
