// Hands for tests of the program atoll_playhouse: whoever plays in its window, and the program without a parent.
#pragma once

#include "capture/window_search.h"
#include "core/random.h"
#include "envs/desktop/game/child_process.h"
#include "envs/desktop/playhouse_window/key_bindings.h"
#include "envs/desktop/playhouse_window/tick_log.h"
#include "envs/playhouse/playhouse.h"
#include "input/sink.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atl::tests {

/// Sends actions step by step at the live world's times.
class Driver {
 public:
  Driver(const std::string& display, Timestamp start)
      : sink_(input::create_x11_sink({.display = display})), start_(start) {}

  void carry_out(const Action& action) {
    SystemClock().sleep_until(start_ + period_of(15.0) * step_++);
    const Action possible = normalise(action, held_);
    sink_->send(expand(possible, held_, MonotonicClock::now(), Origin::kAgent));
    held_ = possible.held;
    sum_dx_ += action.dx;
    sum_dy_ += action.dy;
  }
  void release() { sink_->release_all(); }
  [[nodiscard]] std::int64_t sum_dx() const { return sum_dx_; }
  [[nodiscard]] std::int64_t sum_dy() const { return sum_dy_; }

 private:
  std::unique_ptr<input::InputSink> sink_;
  Timestamp start_;
  int step_ = 0;
  ControlSet held_;
  std::int64_t sum_dx_ = 0;
  std::int64_t sum_dy_ = 0;
};

inline Action random_action(Random& random) {
  Action action;
  action.dx = random.between(-150, 150);
  action.dy = random.between(-20, 20);
  for (const char* name : {"w", "a", "s", "d"}) {
    if (random.chance(1, 3)) action.held.set(static_cast<std::size_t>(index_of(control_named(name))));
  }
  action.wheel = random.between(-1, 1);
  for (const char* name : {"e", "f", "q", "space", "tab", "escape", "mouse_left"}) {
    if (random.chance(1, 12)) tap(action, control_named(name));
  }
  return action;
}

/// Over the first player's ticks.
inline std::int64_t sum_of(const envs::desktop::LoggedEpisode& episode,
                           std::int32_t envs::playhouse::TickInput::*field) {
  std::int64_t sum = 0;
  for (const envs::playhouse::PlayerInputs& tick : episode.ticks) sum += tick[0].*field;
  return sum;
}

inline int presses_of(const envs::desktop::LoggedEpisode& episode, envs::playhouse::KeyBit key) {
  return static_cast<int>(std::count_if(episode.ticks.begin(), episode.ticks.end(),
                                        [&](const auto& tick) { return (tick[0].pressed & key) != 0; }));
}

/// Presses and releases a key, as a person does who has no clock.
inline void tap_key(input::InputSink& sink, std::string_view name) {
  Action action;
  tap(action, control_named(name));
  sink.send(expand(action, {}, MonotonicClock::now(), Origin::kAgent));
}

/// Looks again and again until `is_so`; false after 20 s.
inline bool comes_true(const std::function<bool()>& is_so) {
  SystemClock clock;
  for (const Timestamp deadline = clock.now() + std::chrono::seconds(20); clock.now() < deadline;) {
    if (is_so()) return true;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(5));
  }
  return false;
}

/// A window without a parent.
class OwnWindow {
 public:
  OwnWindow(const std::string& display, const std::filesystem::path& folder, std::vector<std::string> flags)
      : log_(folder / "ticks.jsonl"), keys_(folder / "keys.toml"), process_(config_of(display, std::move(flags))) {
    window_ = capture::wait_window(display, {.pid = process_.pid(), .title = "Playhouse: "},
                                   MonotonicClock::now() + std::chrono::seconds(30));
  }
  [[nodiscard]] const std::optional<capture::WindowMatch>& window() const { return window_; }
  [[nodiscard]] std::vector<envs::desktop::LoggedEpisode> episodes() const {
    return std::filesystem::exists(log_) ? envs::desktop::read_tick_log(log_)
                                         : std::vector<envs::desktop::LoggedEpisode>{};
  }
  [[nodiscard]] envs::desktop::KeyBindings keys() const { return envs::desktop::load_key_bindings(keys_); }
  envs::desktop::ExitStatus stop() { return process_.stop(std::chrono::seconds(20)); }

 private:
  envs::desktop::ProcessConfig config_of(const std::string& display, std::vector<std::string> flags) const {
    envs::desktop::ProcessConfig config;
    config.command = {std::string(std::getenv("ATOLL_BIN")) + "/atoll_playhouse", "--log", log_.string(), "--keys",
                      keys_.string()};
    config.command.insert(config.command.end(), flags.begin(), flags.end());
    config.environment = {"DISPLAY=" + display, "SDL_VIDEODRIVER=x11"};
    return config;
  }

  std::filesystem::path log_;
  std::filesystem::path keys_;
  envs::desktop::ChildProcess process_;
  std::optional<capture::WindowMatch> window_;
};

}  // namespace atl::tests
