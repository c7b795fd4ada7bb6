// How a parent talks to Playhouse's window (the program atoll_playhouse with --controlled): one JSON object a line,
// commands on its stdin, events on its stdout. Both sides use these functions.
//
//   commands   {"command": "reset", "seed": 5, "task": {"family": "go to", "split": "train", "target": "",
//               "instruction": "", "time_limit_s": 0}, "from": "seed"}   task and each of its fields may be left out.
//              from: "seed", the start that the seed gives; "here", where the present episode, which has this seed,
//              stands; "again", the present episode's own start, whatever the task says
//              {"command": "pause"}    the world stands still, the window answers
//              {"command": "resume"}
//              {"command": "quit"}     so does the end of stdin
//   events     {"event": "opened", ...}   once, when the window can be captured
//              {"event": "ready", ...}    an episode's first picture is on the screen
//              {"event": "verdict", ...}  the episode is over; its last picture stays until the next reset. A person
//              who left it makes it aborted, with a reason (envs/wishes.h: they want the same start once more)
//              {"event": "error", ...}    a command could not be carried out; nothing has changed
//
// Where a person plays (--person) there are two more events, and the clock of an episode, after `ready`, stands still
// until they do something:
//
//              {"event": "keys", "keys": {"forward": "up", ...}}   their keys (key_bindings.h), once the window is open
//              and whenever one has changed; never while an episode runs
//              {"event": "wish", "again": false}   after a verdict: they want the next task, or the same start again;
//              with a "task", they want that one, from "here"
//
// Time of an episode: tick k (0, 1, ...) is carried out at start + (k + 1) / 60 s with all input that came before, and
// its picture is shown at once. So input sent from start + s / 15 s on for less than one tick is what the stepped world
// gets as action step s. Times are CLOCK_MONOTONIC ns; hashes are hexadecimal. Not thread-safe beyond plain functions.
#pragma once

#include "core/clock.h"
#include "core/frame.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/playhouse/episode.h"
#include "envs/task.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace atl::envs::desktop {

inline constexpr int kWindowProtocolVersion = 4;

/// How many times larger than `frame`, what an agent sees, the window is unless told otherwise: as little as makes it
/// 640 px wide.
[[nodiscard]] constexpr int default_scale(FrameSize frame) { return (640 + frame.width_px - 1) / frame.width_px; }

enum class StartFrom : std::uint8_t { kSeed, kHere, kAgain };
inline constexpr std::array<std::string_view, 3> kStartFromNames{"seed", "here", "again"};

struct ResetCommand {
  std::uint64_t seed = 0;
  Task task{};
  StartFrom from = StartFrom::kSeed;
};
struct PauseCommand {};
struct ResumeCommand {};
struct QuitCommand {};
using WindowCommand = std::variant<ResetCommand, PauseCommand, ResumeCommand, QuitCommand>;

struct OpenedEvent {
  int version = kWindowProtocolVersion;
  std::uint32_t window = 0;  // X11 id of the window
  FrameSize frame;           // what an agent sees
  playhouse::EpisodeOptions world;
  int scale = 1;            // the window is this many times larger
  bool agent_view = false;  // the window shows exactly the agent's pixels, each as scale x scale
  WindowGeometry area;      // the house's picture in the window's client area; what else there is is words for a person
};
struct ReadyEvent {
  std::uint64_t seed = 0;
  Task task;  // as resolved: with target, instruction and time limit
  std::uint64_t state_hash = 0;
  Timestamp start;
};
struct VerdictEvent {
  Outcome outcome;
  int num_ticks = 0;
  int late_ticks = 0;  // carried out more than one tick after their time
  std::uint64_t state_hash = 0;
  Timestamp time;
};
struct ErrorEvent {
  std::string message;
};
struct KeysEvent {
  KeyBindings keys;
};
struct WishEvent {
  bool again = false;
  std::optional<Task> task{};  // as resolved
};
using WindowEvent = std::variant<OpenedEvent, ReadyEvent, VerdictEvent, ErrorEvent, KeysEvent, WishEvent>;

/// One line, without its end.
[[nodiscard]] std::string to_line(const WindowCommand& command);
[[nodiscard]] std::string to_line(const WindowEvent& event);

/// Throw Error(kFormat) saying what is wrong with the line, and Error(kVersion) for an `opened` of another version.
[[nodiscard]] WindowCommand parse_command(std::string_view line);
[[nodiscard]] WindowEvent parse_event(std::string_view line);

}  // namespace atl::envs::desktop
