// One run of a game's program: from its start to its end, with its window, its pictures and the guard that plays it.
// Part of LiveGame.
#pragma once

#include "core/files.h"
#include "envs/desktop/game/child_process.h"
#include "envs/desktop/game/instructions.h"
#include "envs/desktop/game/live_game.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/game/profile_files.h"
#include "envs/desktop/game/scene_request.h"
#include "envs/desktop/judges/sensor.h"
#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/watched_window.h"
#include "input/focus_gate.h"
#include "input/guard.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace atl::x11 {
class Connection;
}

namespace atl::envs::desktop {

/// One thread, but for `look`, which may be another's, and for `guard` and `window`, which are everybody's.
class GameRun {
 public:
  /// Starts the program on `display` and returns when its window shows a picture, the start's script is through and the
  /// window has the focus. Throws Error(kEnvironment) with what the program said when it ends or shows nothing within
  /// start_timeout_s, and what run_script throws. `place`: an index of [reset] starts. Borrows `profile`.
  GameRun(const GameProfile& profile, const LiveGameConfig& config, const GameDisplay& display, std::size_t place);
  ~GameRun();

  [[nodiscard]] ChildProcess& process() { return *process_; }
  [[nodiscard]] WatchedWindow& window() { return *source_; }
  /// window().wait_frame; a window that took the place of the game's is the guard's from then on, and has the focus
  /// where nobody else gives it one. Throws Error(kDevice) when display or guard are lost.
  [[nodiscard]] capture::FrameStatus look(Timestamp deadline, Frame& frame);
  [[nodiscard]] input::GuardClient& guard() { return *guard_; }
  /// What person and agent did since the last call: of the person only what went to the window.
  [[nodiscard]] std::vector<InputEvent> take_events();

  /// Whether what is pressed now goes to the game, as of the last look; else nothing may be scheduled. Any thread.
  [[nodiscard]] bool takes_input() const;

  /// Asks the display: whether the window is open at this moment.
  [[nodiscard]] bool has_window() const;

  /// Between two episodes: drops what was planned, takes control back if the kill key was pressed, gives the window the
  /// focus. Throws Error(kEnvironment) when the guard does not answer, Error(kDevice) when it is gone.
  void take_back();

  /// Of a game that stays for the next episode: what [reset] says. `is_fresh`: it was just started. Throws
  /// Error(kEnvironment) when the game does not come to its start.
  void begin_scene(std::uint64_t seed, const GameTask& task, bool is_fresh);

  /// The newest picture that was looked at on the way to the start, once: a game whose picture stands still shows no
  /// other.
  [[nodiscard]] std::optional<Frame> take_seen() { return std::exchange(seen_, std::nullopt); }

  /// What of people's input never reached us, since the last call.
  [[nodiscard]] std::vector<LiveLoss> take_input_losses();

  /// Where its files are.
  [[nodiscard]] const RunFolders& folders() const { return folders_; }
  /// The number of the last scene that a mod was asked for.
  [[nodiscard]] std::uint64_t scene_number() const { return scenes_ ? scenes_->episode() : 0; }
  /// What the mod answered; empty before the first scene.
  [[nodiscard]] const Reading& scene_answer() const { return scene_answer_; }

  /// Programs that talk: a new episode. Returns when its first picture is on the screen; throws Error(kEnvironment)
  /// with the program's words if it cannot.
  [[nodiscard]] ReadyEvent begin_episode(const ResetCommand& command);

  /// Programs that talk: the verdict, once it has told it. Never blocks.
  [[nodiscard]] std::optional<VerdictEvent> poll_verdict();

  /// Programs that talk: what the person wants next, enough when it has ended; nothing if there is no answer by
  /// `deadline`.
  [[nodiscard]] std::optional<Wish> wait_wish(Timestamp deadline);

  /// The person's keys, as a program that talks told them; else the usual ones.
  [[nodiscard]] const KeyBindings& keys() const { return keys_; }

 private:
  void open_window();
  void start_guard();
  void aim_guard();
  void follow_window();
  void watch_focus();
  void run_steps(std::span<const ScriptStep> steps, bool since_start);
  void find_window();
  [[nodiscard]] capture::WindowQuery query() const;
  [[nodiscard]] std::uint32_t wait_window();
  [[nodiscard]] bool watch_window();
  void focus() const;
  [[nodiscard]] bool wait_picture();
  [[nodiscard]] std::optional<WindowEvent> poll_event();
  [[nodiscard]] WindowEvent wait_event(std::string_view waiting_for);
  void check_running(std::string_view when);
  void allow(double seconds);
  [[noreturn]] void give_up(const std::string& what);

  const GameProfile& profile_;
  const std::string display_;
  const double begin_time_s_;
  const Duration reopen_time_;
  const Duration settle_;
  Timestamp deadline_;    // of what is waited for
  double allowed_s_ = 0;  // from the beginning of the wait to deadline_
  input::GuardSettings guard_settings_;
  const std::filesystem::path guard_program_;  // empty: the one beside ours
  // Members end in reverse order: first the guard lets go of every key, then the source, then the program.
  TemporaryFolder home_{"atoll-game"};
  Placeholders placeholders_;
  const RunFolders folders_;
  std::optional<SceneRequest> scenes_;
  Reading scene_answer_;
  std::optional<Frame> seen_;
  std::unique_ptr<ChildProcess> process_;
  std::optional<LineInput> events_;  // of programs that talk
  KeyBindings keys_;
  std::uint32_t window_ = 0;  // the first one
  WindowGeometry area_;       // of the window, that pictures are of: programs that talk tell it; else all
  std::unique_ptr<WatchedWindow> source_;
  std::unique_ptr<input::GuardClient> guard_;
  std::unique_ptr<x11::Connection> desk_;  // asked for the focus where the guard cannot know it
  std::optional<input::FocusGate> gate_;   // likewise; of the thread that takes events
  std::atomic<bool> has_focus_{true};      // else always
  WatchedWindow::Place followed_;          // the guard's window; of the thread that looks
  input::GuardCounts told_losses_{};       // as the guard counted them when they were told last
};

}  // namespace atl::envs::desktop
