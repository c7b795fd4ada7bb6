// The session's end of the guard: a separate small process that owns the injection device and the action clock.
//
// The session hands it timed chunks; the guard carries each step out at its time. When a chunk ends and no newer one
// came, all is released; so a stalled session holds a key to the end of its chunk at most, and a dead one not at all.
// A person's key, mouse motion or kill key takes control at once. A twin process releases the keys if the guard dies.
#pragma once

#include "core/action.h"
#include "core/input_event.h"
#include "input/guard_types.h"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <vector>

namespace atl::input {

/// Any number of threads.
class GuardClient {
 public:
  /// Starts `program` (empty: atoll_guard beside the running program) and waits until it is ready. Throws
  /// Error(kConfig) listing what is wrong with the settings, Error(kDevice) when it does not start or cannot reach
  /// display or window.
  explicit GuardClient(const GuardSettings& settings, const std::filesystem::path& program = {});
  GuardClient(const GuardClient&) = delete;
  GuardClient& operator=(const GuardClient&) = delete;
  /// Everything is released and the guard has ended when this returns. A guard that hangs is killed after 2 s; then its
  /// twin releases everything, a moment later.
  ~GuardClient();

  /// Hands over a chunk of 1 to kMaxChunkSteps steps; it replaces what is left of older ones from its first_step on.
  /// Never blocks. Refused and counted while the state is not kArmed. Throws Error(kDevice) when the guard is lost.
  void schedule(const TimedChunk& chunk);

  /// What became of the steps since the last call, in order; of more than 4096 the oldest may be forgotten. Never
  /// blocks.
  [[nodiscard]] std::vector<StepReport> poll_reports();

  /// State changes since the last call, in order, the first state included; of more than 4096 the oldest may be
  /// forgotten. Never blocks.
  [[nodiscard]] std::vector<StateChange> poll_changes();

  /// What person and agent really did since the last call, in the order the display or the kernel saw it, origins told
  /// apart by the guard's log of what it sent. A person's part only while the window has the focus. Never blocks.
  [[nodiscard]] std::vector<InputEvent> events();

  [[nodiscard]] GuardStatus status();

  /// Takes control back from a person, or after the kill key.
  void rearm();

  /// Drops what is scheduled and releases everything. Later chunks are carried out again; step numbers may restart.
  void stop();

  /// The game closed its window and opened `window` (its id may be the old one's: the display gives them out again), or
  /// shows that one from now on. All is dropped and released first; nothing is pressed until that window has the focus.
  /// Who has control stays: neither a person's takeover nor the kill key is forgotten. A window that is gone by then
  /// makes the state kWindowGone. Never blocks.
  void retarget(std::uint32_t window);

  [[nodiscard]] pid_t pid() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::input
