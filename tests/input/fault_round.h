// One row of the guard's fault table, once: a real session drives a real guard at a real window, something goes wrong
// at a random moment, and other clients of the display look at the keys. Used by guard_faults_test.cpp (a few times
// each) and by the study tools/studies/guard.sh (50 times each).
#pragma once

#include "core/clock.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace atl::input {

enum class Fault : std::uint8_t {
  kPolicyKilled,     // SIGKILL of the session's process
  kPolicyStopped,    // SIGSTOP of it
  kPolicyStalled,    // it lives, and schedules nothing more
  kPolicyFloods,     // chunks and events as fast as they go, for 300 ms
  kPolicyForbidden,  // it asks for keys that are not allowed, the kill key among them
  kGuardKilled,      // SIGKILL: the twin must release
  kGuardStopped,     // SIGSTOP: the twin must release
  kGameClosed,       // its window is destroyed, or its connection ends
  kFocusLost,        // another window takes the focus
  kDisplayGone,      // SIGKILL or SIGTERM of the X server
  kKillKey,          // a person presses F12
  kTakeover,         // a person presses, moves, clicks or scrolls
  kTakeoverInFlood,  // the same while the session floods
};
inline constexpr std::array kAllFaults{
    Fault::kPolicyKilled, Fault::kPolicyStopped, Fault::kPolicyStalled,  Fault::kPolicyFloods, Fault::kPolicyForbidden,
    Fault::kGuardKilled,  Fault::kGuardStopped,  Fault::kGameClosed,     Fault::kFocusLost,    Fault::kDisplayGone,
    Fault::kKillKey,      Fault::kTakeover,      Fault::kTakeoverInFlood};

/// "policy_killed", ...
[[nodiscard]] std::string_view to_string(Fault fault);

struct FaultRound {
  /// From the end of the last chunk that was scheduled to the last moment at which any client saw an agent's key down;
  /// negative: released before. Nothing where the display is gone.
  std::optional<Duration> overdue;
  /// From the fault to that moment; of takeovers and the kill key: what a person waits for.
  std::optional<Duration> release;
  /// Of takeovers, the part of it until the display had taken in what the person did: not the guard's.
  std::optional<Duration> served;
  int typed_elsewhere = 0;  // presses that another window received, auto-repeat included
  int forbidden_seen = 0;   // controls seen down that the guard does not allow
  int presses_after = 0;    // that the game received after all had to be up
  int processes_left = 0;   // of guard, twin and overlay, 3 s after the session's end
  bool are_origins_right = true;
  std::string origins;  // where they are not: what was told, and what was done
  std::string problem;  // what else went wrong, in words
};

inline constexpr Duration kReleaseBar = std::chrono::milliseconds(100);  // after the chunk's end
inline constexpr Duration kTakeoverBar = std::chrono::milliseconds(50);

/// On a display of its own. The same seed and round give the same keys and delays.
[[nodiscard]] FaultRound run_fault_round(Fault fault, std::uint64_t seed, int round);

}  // namespace atl::input
