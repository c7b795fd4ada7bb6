// A session for guard_death_test to kill: schedules chunks of random held keys through a guard, forever, and tells on
// stdout when each chunk ends.
//
// usage: guard_death_session DISPLAY WINDOW SEED; writes records of two int64: CLOCK_MONOTONIC ns of the end of what is
// scheduled so far, and the guard's process id.
#include "core/error.h"
#include "core/random.h"
#include "input/guard.h"

#include <unistd.h>

#include <cstdlib>

namespace {

constexpr double kRateHz = 50.0;
constexpr int kSteps = 8;
constexpr int kStepsPerQuestion = 4;

void play(atl::input::GuardClient& guard, std::uint64_t seed, const std::vector<std::string>& keys) {
  atl::Random random(seed);
  atl::SystemClock clock;
  const atl::Duration period = atl::period_of(kRateHz);
  const atl::Timestamp begin = clock.now() + period;
  for (std::uint64_t step = 0;; step += kStepsPerQuestion) {
    atl::TimedChunk chunk;
    chunk.first_step = step;
    chunk.start = begin + static_cast<std::int64_t>(step) * period;
    atl::Action action;
    for (const std::string& key : keys) {
      const auto index = static_cast<std::size_t>(atl::index_of(atl::control_named(key)));
      if (key == "w" || random.chance(1, 2)) action.held.set(index);
    }
    chunk.actions.assign(kSteps, action);
    const std::int64_t record[] = {atl::to_ns(chunk.start + kSteps * period), guard.pid()};
    if (write(STDOUT_FILENO, record, sizeof record) != sizeof record) return;  // before: a test must never see less
    guard.schedule(chunk);
    clock.sleep_until(chunk.start + (kStepsPerQuestion - 1) * period);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::vector<std::string> keys{"w",          "a",         "s",          "d",          "space",
                                      "left_shift", "left_ctrl", "mouse_left", "mouse_right"};
  atl::input::GuardSettings settings;
  settings.display = argv[1];
  settings.window = static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 0));
  settings.action_rate_hz = kRateHz;
  settings.allowed = atl::controls_named(keys);
  try {
    atl::input::GuardClient guard(settings);
    play(guard, std::strtoull(argv[3], nullptr, 0), keys);
  } catch (const atl::Error&) {  // the guard was killed: what the test is about
    return 1;
  }
}
