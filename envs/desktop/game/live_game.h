// A real program in a window as a live world: started by its profile, seen by capture, played through the guard.
//
// Programs are started anew for each episode and ended with it, unless their profile says how the next one begins;
// programs that talk stay, and are told to begin again.
// The game, its display (where it has one of its own) and the guard end with this object, whatever happens.
#pragma once

#include "envs/desktop/game/display.h"
#include "envs/desktop/game/game_judge.h"
#include "envs/desktop/game/profile.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/environment.h"
#include "envs/live_health.h"
#include "envs/oracle.h"
#include "envs/wishes.h"
#include "input/guard_types.h"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

struct LiveGameConfig {
  double action_rate_hz = 0.0;  // of the action clock: the contract's; 0: the profile's
  DisplayChoice display = DisplayChoice::kDesktop;
  Origin origin = Origin::kAgent;  // who is said to have caused what is scheduled: agent or expert
  /// A person who presses or moves something takes over; the agent has control again after they did nothing for so
  /// long.
  Duration human_idle = std::chrono::seconds(1);
  std::vector<std::string> arguments{};  // of the program, after those of the profile
  std::filesystem::path guard{};         // its program; empty: the one beside ours
  double begin_time_s = 10.0;            // for a program that talks to begin an episode
  /// A game that closed its window and runs on is given so long to open another, which is followed; then the episode
  /// ends. 0: it ends at once. Programs that talk keep theirs.
  Duration reopen_time = std::chrono::seconds(10);
  Duration settle{};  // as in capture::X11WindowConfig; 0: the profile's
  /// Through what keys and mouse are pressed. kUinput: the kernel's devices, for displays that refuse XTest; only on a
  /// desktop, because a display of a game's own hears no devices. It knows no windows: nothing is handed to it while
  /// the game's has not the focus, and an episode ends when the window closes, whatever reopen_time says.
  input::GuardSink sink = input::GuardSink::kX11;
  /// While an agent plays on a desktop, a corner of the screen says who has control and how to stop it.
  bool show_control = true;
  bool for_person = false;  // a person plays; a program that talks asks them what comes next
  /// Called once in an episode, by `outcome` or the next `reset`, when a person pressed the guard's kill key, F12: a
  /// program ends its session then. Empty: nothing but the episode ends.
  std::function<void()> on_kill_key{};
};

/// The rate that the action clock runs at.
[[nodiscard]] double action_rate_of(const GameProfile& profile, const LiveGameConfig& config);

class GameRun;

class LiveGame final : public LiveEnvironment, public LiveHealth, public LiveOracle, public Wishes {
 public:
  /// Starts the display. Throws Error(kEnvironment) naming what is missing here and how to install it, Error(kDevice)
  /// when the sink cannot be used.
  LiveGame(GameProfile profile, const LiveGameConfig& config);
  LiveGame(const LiveGame&) = delete;
  LiveGame& operator=(const LiveGame&) = delete;
  ~LiveGame() override;

  [[nodiscard]] const EnvironmentSpec& spec() const override { return spec_; }

  /// Starts the program, or tells it to begin again, and returns when its window shows a picture and has the focus.
  /// Takes control back after the kill key. Throws Error(kEnvironment) with what the program said when it ends or shows
  /// nothing within start_timeout_s.
  std::string reset(std::uint64_t seed, const Task& task) override;

  /// Pictures have the window's present size, or that of the part that the program told; sequences count from 0 in each
  /// run of the program.
  [[nodiscard]] std::optional<Frame> observe(Timestamp deadline) override;

  /// Is dropped while the game has no window; with kernel devices, while it has not the focus.
  void schedule(const TimedChunk& chunk) override;
  /// A person's keys of their own in a program that tells them come as the usual ones; what they press after such a
  /// program has ended the episode is nobody's.
  [[nodiscard]] std::vector<InputEvent> events() override;

  /// What the judge says; truncated with a reason when the time is up (a person who plays is given theirs by a program
  /// that talks), the game ended, its window was closed, a person
  /// pressed the kill key or the guard is lost.
  [[nodiscard]] Outcome outcome() override;

  [[nodiscard]] LiveHealth* health() override { return this; }
  [[nodiscard]] PictureHealth picture() override;
  [[nodiscard]] std::vector<LiveLoss> take_losses() override;

  /// Of games whose profile names an expert.
  [[nodiscard]] LiveOracle* oracle() override { return profile_.tasks.expert.empty() ? nullptr : this; }
  [[nodiscard]] std::unique_ptr<Expert> create_expert(std::uint64_t seed, const ExpertStyle& style) override;

  /// Of programs that talk, where a person plays.
  [[nodiscard]] Wishes* wishes() override { return asks_person() ? this : nullptr; }
  [[nodiscard]] std::optional<Wish> wait_wish(Timestamp deadline) override;

  /// What became of the scheduled steps since the last call, in order: when each should have begun and when its events
  /// were with the display. Never blocks.
  [[nodiscard]] std::vector<input::StepReport> step_reports();

  /// The game's process, 0 before the first reset; and the display that it is on.
  [[nodiscard]] pid_t game_pid() const;
  [[nodiscard]] const std::string& display() const { return display_.name(); }

 private:
  [[nodiscard]] GameRun& run() const;
  [[nodiscard]] std::string begin_told(std::uint64_t seed, const Task& task);
  [[nodiscard]] std::string begin_judged(std::uint64_t seed, const Task& task, bool is_fresh);
  [[nodiscard]] StartFrom start_from(std::uint64_t seed, const Task& task) const;
  void poll_verdict();
  [[nodiscard]] std::size_t place_of(std::uint64_t seed) const;
  [[nodiscard]] bool can_stay(std::size_t place) const;
  [[nodiscard]] bool asks_person() const { return config_.for_person && profile_.program.talks; }
  [[nodiscard]] std::optional<Outcome> outcome_of_guard();
  void tell_kill_key();
  void set_time_limit(double seconds);

  const GameProfile profile_;
  const LiveGameConfig config_;
  EnvironmentSpec spec_;
  GameDisplay display_;
  std::unique_ptr<GameRun> run_;
  std::optional<Timestamp> deadline_;  // of the episode
  double time_limit_s_ = 0.0;
  bool kill_key_told_ = false;        // in this episode
  std::mutex mutex_;                  // between the thread that observes and the one that asks for the outcome
  GameTask task_;                     // of a game that is judged here
  GameJudge judge_;                   // guarded by mutex_
  int num_episodes_ = 0;              // of this run of the program
  std::size_t place_ = 0;             // of [reset] starts, that it was started in
  bool window_gone_ = false;          // guarded by mutex_
  Outcome told_;                      // by a program that talks, or that ended by the guard
  std::optional<Timestamp> told_at_;  // of a verdict by a program that talks: when it was reached
  ControlSet unheard_;                // went down since then
  ResetCommand last_;                 // of a program that talks
  std::optional<Wish> wish_;          // since then
};

/// The profile `name_or_path` as a world.
[[nodiscard]] std::unique_ptr<LiveEnvironment> create_live_game(const std::string& name_or_path,
                                                                const LiveGameConfig& config);

}  // namespace atl::envs::desktop
