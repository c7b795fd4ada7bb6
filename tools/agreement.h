// Live and stepped Playhouse are one world: the proof, from what is left of a session in the window played with
// `--log` (the tick log) and recorded. Used by `atoll check --ticks`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace atl::tools {

struct Agreement {
  std::uint64_t episodes = 0;                     // of the recording
  std::uint64_t equal_episodes = 0;               // see check_agreement
  std::vector<std::uint64_t> unequal_episodes;    // the others, counted from 0
  std::map<std::string, std::uint64_t> verdicts;  // of the recording, failures included
  std::uint64_t pictures = 0;                     // that were captured
  std::uint64_t equal_pictures = 0;
  std::uint64_t pictures_of_one_tick = 0;  // of those, whose times leave one tick; else the window drew meanwhile
  std::uint64_t distinct_pictures = 0;     // different from each other: a still scene would prove little
  std::vector<std::string> problems;       // one line each, at most 20

  [[nodiscard]] bool is_complete() const { return equal_episodes == episodes && equal_pictures == pictures; }
};

/// Replays the log's ticks in the stepped world. An episode is equal when state hash, verdict, reason and object at its
/// end are, in log, replay and recording. A picture is equal when all its pixels are those of the stepped picture of
/// the tick that the window showed when it was captured, each as a block, and when the one resize of core/ makes the
/// stepped picture of it again. A person's window shows the house at its own size, as finely as the machine can: there
/// a picture is equal when all its pixels are those of that tick's state drawn by one of the window's plans
/// (envs/desktop/playhouse_window/draw_plan.h). Throws Error for files that cannot be read or do not belong together.
[[nodiscard]] Agreement check_agreement(const std::filesystem::path& recording, const std::filesystem::path& log);

}  // namespace atl::tools
