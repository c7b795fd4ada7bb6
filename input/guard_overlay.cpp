#include "input/guard_overlay.h"

#include "core/error.h"
#include "core/log.h"
#include "input/guard_child.h"
#include "x11/window.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace atl::input {
namespace {

constexpr Duration kRaiseEvery = std::chrono::milliseconds(500);
constexpr Duration kShowStop = std::chrono::seconds(2);

// 0xRRGGBB.
constexpr std::uint32_t kFaint = 0xc8d0d8;
constexpr std::uint32_t kPlays = 0x1d4d2b;
constexpr std::uint32_t kYours = 0x1f3a5f;
constexpr std::uint32_t kStopped = 0x8a1c1c;
constexpr std::uint32_t kWaits = 0x3a3f47;

std::string capitals(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](unsigned char c) { return std::toupper(c); });
  return made;
}

// What the guard wrote since the last look; nothing if it wrote nothing. Sets `is_over` when the guard has ended.
std::optional<GuardState> newest_state(int pipe_fd, bool& is_over) {
  std::optional<GuardState> newest;
  std::uint8_t state = 0;
  ssize_t length = 0;
  while ((length = read(pipe_fd, &state, 1)) == 1 || (length < 0 && errno == EINTR)) {
    if (length == 1) newest = static_cast<GuardState>(state);
  }
  is_over = length == 0;
  return newest;
}

void show_state(x11::Overlay& overlay, const x11::Connection& connection, const GuardSettings& settings,
                GuardState state) {
  const OverlayWords words = overlay_words(settings, state);
  const WindowGeometry screen = x11::client_area(connection, connection.root()).value_or(WindowGeometry{});
  const WindowGeometry game = x11::client_area(connection, settings.window).value_or(WindowGeometry{});
  overlay.show(words.lines, words.ground_rgb, screen,
               x11::corner_beside(game, screen, x11::Overlay::size_of(words.lines)));
}

// Until the guard has ended: its end of the pipe is closed then.
void serve(int pipe_fd, const GuardSettings& settings, const x11::Connection& connection) {
  x11::Overlay overlay(connection);
  GuardState shown = GuardState::kLost;
  Timestamp raised;
  Timestamp end = Timestamp::max();
  while (!connection.is_lost() && MonotonicClock::now() < end) {
    bool is_over = false;
    const auto state = newest_state(pipe_fd, is_over);
    if (state && *state != shown) show_state(overlay, connection, settings, shown = *state);
    if (is_over && end == Timestamp::max()) {
      // The session ends with the kill key: a person must still be able to read why.
      end = MonotonicClock::now() + (shown == GuardState::kKilled ? kShowStop : Duration::zero());
    }
    while (const x11::Event event = connection.poll_event()) overlay.on_event(event);
    if (overlay.is_covered() && MonotonicClock::now() >= raised + kRaiseEvery) {
      overlay.raise();
      raised = MonotonicClock::now();
    }
    connection.wait_readable(MonotonicClock::now() + kRaiseEvery, is_over ? -1 : pipe_fd);
  }
}

void run_overlay(int pipe_fd, const GuardSettings& settings) {
  const x11::Connection connection(settings.display);
  try {
    serve(pipe_fd, settings, connection);
  } catch (const Error&) {
    if (!connection.is_lost()) throw;  // a display that is gone is the guard's to tell
  }
}

}  // namespace

OverlayWords overlay_words(const GuardSettings& settings, GuardState state) {
  const std::string who = capitals(to_string(settings.origin));
  const std::string key = capitals(info_of(settings.kill_key).name);
  const auto words = [](std::uint32_t ground, std::string first, std::string second) {
    return OverlayWords{{{std::move(first)}, {std::move(second), kFaint}}, ground};
  };
  switch (state) {
    case GuardState::kArmed: return words(kPlays, who + " PLAYS", key + " STOPS IT");
    case GuardState::kUnfocused: return words(kWaits, who + " WAITS", "WINDOW NOT FOCUSED");
    case GuardState::kHuman:
      return words(kYours, fmt::format("YOU PLAY ({} WAITS)", who),
                   settings.human_idle > Duration::zero()
                       ? fmt::format("HANDS OFF {:.1f} S: IT GOES ON", to_seconds(settings.human_idle))
                       : key + " STOPS IT");
    case GuardState::kKilled: return words(kStopped, "STOPPED", fmt::format("EMERGENCY STOP ({})", key));
    case GuardState::kWindowGone: return words(kWaits, who + " ENDED", "WINDOW CLOSED");
    case GuardState::kLost: break;
  }
  return words(kWaits, "NO GUARD", "NOTHING IS PRESSED");
}

GuardOverlay::GuardOverlay(const GuardSettings& settings) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    fail(ErrorKind::kDevice, "cannot make a pipe for the guard's words on the screen: {}", std::strerror(errno));
  }
  pipe_fd_ = ends[1];
  start_child({ends[0]}, [&] { run_overlay(ends[0], settings); });
  close(ends[0]);
}

GuardOverlay::~GuardOverlay() { close(pipe_fd_); }

void GuardOverlay::show(GuardState state) {
  const auto byte = static_cast<std::uint8_t>(state);
  [[maybe_unused]] const ssize_t written = write(pipe_fd_, &byte, 1);
}

}  // namespace atl::input
