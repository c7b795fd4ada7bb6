// The loop of the program atoll_playhouse: commands in, ticks in real time, pictures and events out.
//
// Three ways to run it. Without a parent a person plays: help, next task, the same one again, keys of their own, any
// size of window. Controlled, with `person`, a person plays what a parent asks for and records: the same strip of
// words and keys, a window that stays as it is; what comes next is the parent's to do, who is told what they wish.
// Controlled without, an agent plays: nothing but the world's.
//
// An episode's clock stands until the person does something, so that they can read what to do. The help page stops it;
// where a parent records, the page ends the episode instead, which is to begin again after it: a page is no picture of
// the house.
//
// A person may also type what is to be done: it becomes the task of the house as it stands. The line stops the clock,
// too, and what is typed reaches nobody else; where a parent records, it ends the episode, and what is typed begins a
// new one. Not in shared houses, where the other one would have to be asked.
//
// Two windows may share a house (lockstep.h): one is the host and decides what is played, the other follows. A parent
// of the other one asks for the same episodes, and is refused where the host plays another.
#pragma once

#include "envs/desktop/playhouse_window/help_page.h"
#include "envs/desktop/playhouse_window/instruction_line.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/desktop/playhouse_window/live_episode.h"
#include "envs/desktop/playhouse_window/lockstep.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/playhouse_window/window_options.h"
#include "envs/desktop/playhouse_window/window_view.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace atl::envs::desktop {

class WindowLoop {
 public:
  /// Opens the window. Throws Error(kConfig) for options out of range and for keys, Error(kDevice) without a screen,
  /// Error(kFile) when the log cannot be opened, Error(kNetwork) when the other window's socket cannot.
  explicit WindowLoop(const WindowOptions& options);
  ~WindowLoop();

  /// Runs until the window is closed, the parent has gone or quits, or the process is asked to stop. Throws
  /// Error(kEnvironment) when two windows that share a house come to differ.
  void run();

 private:
  // Between the end of a recorded episode and the page or line over its house: its last pictures are taken meanwhile.
  static constexpr Duration kOverlayDelay = std::chrono::milliseconds(250);

  enum class Wish : std::uint8_t { kNone, kNextTask, kSameTask, kTaskHere };

  void handle_commands();
  void handle(const ResetCommand& command);
  void handle(const PauseCommand&);
  void handle(const ResumeCommand&);
  void handle(const QuitCommand&) { quit_ = true; }
  // How episodes begin, in window_start.cpp.
  [[nodiscard]] std::unique_ptr<LiveEpisode> create_start(const ResetCommand& command) const;
  [[nodiscard]] std::unique_ptr<LiveEpisode> create_next();
  void start_episode(std::unique_ptr<LiveEpisode> episode);
  void set_episode(std::unique_ptr<LiveEpisode> episode);
  void begin_episode();
  void tick();
  // A house shared with another window, in window_partner.cpp.
  void poll_partner();
  void note_offer(const SharedStart& start);
  void follow_host();
  void tick_together();
  void note_ticks();
  [[nodiscard]] playhouse::TickInput take_input();
  // What a person does, in window_person.cpp.
  void press(Control control);
  void press_page(Control control);
  void carry_out(KeyUse use);
  void ask_for_page();
  void poll_page();
  void close_page();
  void carry_out_wish();
  void tell_wish(bool again);
  void begin_by_hand(const playhouse::TickInput& input);
  void change_keys();
  // The line that they type into, in window_line.cpp.
  void ask_for_line();
  void poll_line();
  void type(const Keystroke& stroke);
  void take_words();
  void leave_line();
  void go_on_here(std::unique_ptr<LiveEpisode> episode);
  void break_off(const std::string& reason);
  void finish_episode();
  void write_log();
  Timestamp show();
  [[nodiscard]] StripWords words() const;
  [[nodiscard]] std::string hint() const;
  void send(const WindowEvent& event);
  [[nodiscard]] Timestamp next_wake() const;
  [[nodiscard]] bool has_person() const { return !options_.controlled || options_.person; }
  [[nodiscard]] bool is_guest() const { return partner_ && !partner_->is_host(); }
  [[nodiscard]] bool is_elsewhere() const { return page_ || page_due_ || line_; }
  [[nodiscard]] bool is_between() const { return has_person() && episode_ && is_reported_; }

  const WindowOptions options_;
  KeyBindings keys_;
  WindowView view_;
  std::optional<HelpPage> page_;         // while it is open
  std::optional<Timestamp> page_due_;    // controlled: it opens then, when no picture of it is recorded any more
  bool repeats_after_page_ = false;      // the episode that was left for it
  std::optional<InstructionLine> line_;  // while it is open
  std::optional<Timestamp> line_due_;    // controlled: it is shown then, as the page
  bool goes_on_after_line_ = false;      // the episode that was left for it
  ControlSet muted_;                     // went down on page or line: nothing in the house until released
  LineInput commands_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> log_;
  std::unique_ptr<Lockstep> partner_;   // the other window, where there is one
  bool is_waiting_ = false;             // for the other window's input
  std::optional<SharedStart> offered_;  // guest: by the host, not taken up yet
  std::optional<ResetCommand> asked_;   // guest: by the parent, which the host has not offered yet
  std::unique_ptr<LiveEpisode> episode_;
  std::string instruction_;           // of the present episode
  std::string broken_off_;            // why it ended before its time; empty: it did not
  bool is_reported_ = true;           // the present episode's end was told and logged
  bool is_stale_ = false;             // what is shown is not what should be
  bool awaits_hand_ = false;          // the episode's clock stands until the person does something:
  playhouse::TickInput first_input_;  // this, which counts in its first tick
  Wish wish_ = Wish::kNone;
  std::unique_ptr<LiveEpisode> task_here_;  // of that wish
  bool is_wish_told_ = false;               // to the parent, since the episode's end
  std::uint64_t seed_;                      // of the next episode without a parent
  bool quit_ = false;
};

}  // namespace atl::envs::desktop
