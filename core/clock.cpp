#include "core/clock.h"

#include "core/error.h"

#include <cerrno>
#include <ctime>

namespace atl {
namespace {

std::int64_t read_clock_ns(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

MonotonicClock::time_point MonotonicClock::now() noexcept { return from_ns(read_clock_ns(CLOCK_MONOTONIC)); }

WallAnchor read_wall_anchor() {
  WallAnchor best;
  std::int64_t best_width = INT64_MAX;
  for (int i = 0; i < 5; ++i) {
    const std::int64_t before = read_clock_ns(CLOCK_MONOTONIC);
    const std::int64_t wall = read_clock_ns(CLOCK_REALTIME);
    const std::int64_t after = read_clock_ns(CLOCK_MONOTONIC);
    if (after - before < best_width) {
      best_width = after - before;
      best = {from_ns(before + (after - before) / 2), wall};
    }
  }
  return best;
}

void SystemClock::sleep_until(Timestamp time) {
  const std::int64_t ns = to_ns(time);
  const timespec until{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

Timestamp ManualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

void ManualClock::sleep_until(Timestamp time) {
  std::unique_lock lock(mutex_);
  advanced_.wait(lock, [&] { return now_ >= time; });
}

void ManualClock::advance(Duration step) {
  ATOLL_CHECK(step >= Duration::zero(), "ManualClock::advance by {} ns, expected >= 0", step.count());
  {
    const std::lock_guard lock(mutex_);
    now_ += step;
  }
  advanced_.notify_all();
}

}  // namespace atl
