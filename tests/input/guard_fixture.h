// The guard as a session meets it: its own process, a real display, a window that takes the keys. Shared by the guard's
// tests.
#pragma once

#include "core/error.h"
#include "input/guard.h"
#include "tests/display/test_window.h"
#include "tests/display/xvfb.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace atl::input {

// Long enough for a machine that stands still for a moment: a guard that wakes a whole step late leaves that step out.
constexpr Duration kStep = std::chrono::milliseconds(50);
// How soon keys are up is measured by the fault table (tools/studies/guard.sh). What takes longer than this has a
// cause.
constexpr Duration kSoon = std::chrono::seconds(1);

inline Action holding(std::initializer_list<const char*> names) {
  Action action;
  for (const char* name : names) action.held.set(static_cast<std::size_t>(index_of(control_named(name))));
  return action;
}

class Guard : public testing::Test {
 protected:
  // The window lies under the pointer, which starts in the middle of the screen: clicks go to it.
  Guard() : window_(xvfb_.display(), {500, 250, 400, 300}), watcher_(xvfb_.display()) { window_.focus(); }

  GuardSettings settings() const {
    GuardSettings settings;
    settings.display = xvfb_.display();
    settings.window = window_.id();
    settings.action_rate_hz = 20.0;
    const std::vector<std::string> allowed{"w", "a", "s", "d", "space", "left_shift", "mouse_left"};
    settings.allowed = controls_named(allowed);
    return settings;
  }

  static bool eventually(const std::function<bool()>& condition, Duration within = std::chrono::seconds(5)) {
    const Timestamp deadline = MonotonicClock::now() + within;
    while (!condition()) {
      if (MonotonicClock::now() > deadline) return false;
      SystemClock().sleep_until(MonotonicClock::now() + std::chrono::milliseconds(1));
    }
    return true;
  }

  static TimedChunk chunk(std::uint64_t first_step, Timestamp start, std::vector<Action> actions) {
    return {first_step, start, std::move(actions)};
  }

  std::vector<std::string> down() { return names_of(watcher_.down()); }

  // Collects reports until `count` are there.
  std::vector<StepReport> reports(GuardClient& guard, std::size_t count) {
    std::vector<StepReport> all;
    eventually([&] {
      for (StepReport& report : guard.poll_reports()) all.push_back(report);
      return all.size() >= count;
    });
    return all;
  }

  tests::Xvfb xvfb_;
  tests::TestWindow window_;
  tests::KeyWatcher watcher_;
};

}  // namespace atl::input
