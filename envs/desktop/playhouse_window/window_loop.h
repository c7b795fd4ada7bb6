// The loop of the program atoll_playhouse: commands in, ticks in real time, pictures and events out.
#pragma once

#include "envs/desktop/playhouse_window/line_input.h"
#include "envs/desktop/playhouse_window/live_episode.h"
#include "envs/desktop/playhouse_window/protocol.h"
#include "envs/desktop/playhouse_window/screen.h"
#include "envs/playhouse/renderer.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace atl::envs::desktop {

struct WindowOptions {
  playhouse::EpisodeOptions episode;
  FrameSize frame{96, 72};  // what an agent sees
  int scale = 0;            // window pixels per agent pixel; 0: the smallest that makes the window 640 px wide
  bool agent_view = false;  // show the agent's pixels, enlarged; else the scene drawn at the window's size
  bool controlled = false;  // by a parent over stdin and stdout; else episodes follow one another for a person
  std::string log;          // tick log file, appended to; empty: none
  std::uint64_t seed = 0;   // of the first episode without a parent; the next ones count up
  Task task;                // of episodes without a parent
};

class WindowLoop {
 public:
  /// Opens the window. Throws Error(kConfig) for options out of range, Error(kDevice) without a screen, Error(kFile)
  /// when the log cannot be opened.
  explicit WindowLoop(const WindowOptions& options);
  ~WindowLoop();

  /// Runs until the window is closed, the parent has gone or quits, or the process is asked to stop.
  void run();

 private:
  void handle_commands();
  void handle(const ResetCommand& command);
  void handle(const PauseCommand&);
  void handle(const ResumeCommand&);
  void handle(const QuitCommand&) { quit_ = true; }
  void start_own_episode();
  void start_episode(std::uint64_t seed, const Task& task);
  void tick();
  void finish_episode();
  void write_log();
  Timestamp show();
  void send(const WindowEvent& event);
  [[nodiscard]] Timestamp next_wake() const;

  const WindowOptions options_;
  Screen screen_;
  playhouse::Renderer renderer_;
  std::vector<std::uint8_t> pixels_;
  LineInput commands_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> log_;
  std::unique_ptr<LiveEpisode> episode_;
  bool is_reported_ = true;  // the present episode's end was told and logged
  Timestamp next_own_episode_;
  std::uint64_t num_own_episodes_ = 0;
  bool quit_ = false;
};

}  // namespace atl::envs::desktop
