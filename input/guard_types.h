// What a guard is told and what it tells: settings, states, reports. Shared by GuardClient (input/guard.h) and the
// guard process.
#pragma once

#include "core/action.h"
#include "core/clock.h"
#include "core/controls.h"
#include "input/pointer_area.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace atl::input {

/// What the guard injects through, and hears people by.
enum class GuardSink : std::uint8_t {
  kX11 = 0,     // a window of an X display
  kUinput = 1,  // devices of the kernel: Wayland, consoles. Knows no focus: keys go to whatever has it
};

struct GuardSettings {
  GuardSink sink = GuardSink::kX11;
  std::string display{};     // ":77"; empty: the display that the process was started on
  std::uint32_t window = 0;  // the game's; absolute positions refer to its client area
  PointerArea area{};        // uinput: what absolute positions refer to
  bool gamepads = false;     // people's are told and take over, all that this user may read: they know no display
  std::vector<std::string> human_devices{};  // uinput: people's, /dev/input/event*; empty: all keyboards, mice, pads
  double action_rate_hz = 15.0;              // of the action clock: a step lasts one period
  ControlSet allowed{};                      // all that may ever be pressed; nothing unless named
  bool allow_pointer = false;                // whether absolute pointer positions may be set
  Control kill_key = control_named("f12");   // a person's press ends injection until rearm()
  bool require_focus = true;                 // inject only while `window` has the focus
  bool human_takeover = true;                // any press or motion of a person stops the agent
  Duration human_idle = Duration::zero();    // control comes back after a person did nothing for so long; 0: by rearm()
  double max_events_per_s = 1000.0;          // presses, releases, motions together; a step beyond it is refused
  int max_counts_per_step = 4000;            // of mouse motion on each axis; more is cut
  int max_wheel_per_step = 10;               // detents; more is cut
  double max_chunks_per_s = 200.0;           // chunks beyond it are refused
  Origin origin = Origin::kAgent;            // who is said to have caused what the guard injects
  bool key_repeat = false;    // held keys repeat, as in text fields; also into a window that took the focus
  bool show_control = false;  // in a corner of the screen: who has control, and how to stop it
};

inline constexpr int kMaxChunkSteps = 64;

/// Every problem of the settings in words; empty if they are fit.
[[nodiscard]] std::vector<std::string> problems_of(const GuardSettings& settings);

enum class GuardState : std::uint8_t {
  kArmed = 0,       // carries out what is scheduled
  kUnfocused = 1,   // the window has not the focus; back by itself
  kHuman = 2,       // a person took over; back by rearm() or when idle
  kKilled = 3,      // the kill key was pressed; back by rearm()
  kWindowGone = 4,  // the window was closed; back when the session names the one that took its place
  kLost = 5,        // the guard process ended
};

[[nodiscard]] std::string_view to_string(GuardState state);

struct StateChange {
  Timestamp time;
  GuardState state = GuardState::kArmed;
  std::string reason;  // "key w", "focus lost", ...
  friend bool operator==(const StateChange&, const StateChange&) = default;
};

enum class StepResult : std::uint8_t {
  kDone = 0,     // begun at its time
  kLate = 1,     // its chunk came after its begin: carried out at once
  kMissed = 2,   // its chunk came when the step was over or done by an older chunk: not carried out
  kRefused = 3,  // beyond the rate limit: not carried out, all released
};

[[nodiscard]] std::string_view to_string(StepResult result);

/// One step of the action clock, as carried out.
struct StepReport {
  std::uint64_t step = 0;
  Timestamp planned;  // when it should begin
  Timestamp done;     // when its events were handed to the system
  StepResult result = StepResult::kDone;
  Action action;         // after allow-list and limits; as planned where it was not carried out
  ControlSet forbidden;  // controls that the plan asked for and the allow-list refused
  friend bool operator==(const StepReport&, const StepReport&) = default;
};

/// Since the start.
struct GuardCounts {
  std::uint64_t steps_done = 0;  // late ones included
  std::uint64_t steps_late = 0;
  std::uint64_t steps_missed = 0;
  std::uint64_t steps_refused = 0;   // by the rate limit
  std::uint64_t chunks_refused = 0;  // too many, too long, or while not armed
  std::uint64_t forbidden = 0;       // steps with a control that is not allowed
  std::uint64_t motion_cut = 0;      // steps with motion beyond the limits
  std::uint64_t chunk_ends = 0;      // a chunk ended and no newer one had come: all released
  std::uint64_t events_sent = 0;
  std::uint64_t human_events = 0;
  std::uint64_t presses_outside = 0;  // left out: focus (keys) or pointer (clicks, wheel) were not with the window
  std::uint64_t reports_lost = 0;     // the session did not read them in time
  std::uint64_t input_losses = 0;     // times that the kernel dropped a person's events
  friend bool operator==(const GuardCounts&, const GuardCounts&) = default;
};

struct GuardStatus {
  GuardState state = GuardState::kArmed;
  Timestamp since;
  std::string reason;
  GuardCounts counts;  // as of the last report
};

}  // namespace atl::input
