// Time. `Timestamp` is CLOCK_MONOTONIC in nanoseconds, the clock of the whole data path; wall time appears only in the
// anchors that recordings store. Code that waits takes a `Clock`, so that tests can own time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace atl {

using Duration = std::chrono::nanoseconds;

/// CLOCK_MONOTONIC as a std::chrono clock. Never goes back; not comparable between machines.
struct MonotonicClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
  [[nodiscard]] static time_point now() noexcept;
};

using Timestamp = MonotonicClock::time_point;

[[nodiscard]] constexpr std::int64_t to_ns(Timestamp time) { return time.time_since_epoch().count(); }
[[nodiscard]] constexpr Timestamp from_ns(std::int64_t ns) { return Timestamp(Duration(ns)); }
[[nodiscard]] constexpr double to_ms(Duration d) { return std::chrono::duration<double, std::milli>(d).count(); }
[[nodiscard]] constexpr double to_seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

/// A time as files and flags tell it, to the nearest nanosecond: what to_ms and to_seconds gave comes back the same up
/// to 26 days. At most 292 years to either side; the caller has checked what people wrote.
[[nodiscard]] constexpr Duration from_ms(double ms) {
  return std::chrono::round<Duration>(std::chrono::duration<double, std::milli>(ms));
}
[[nodiscard]] constexpr Duration from_seconds(double seconds) {
  return std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

/// Length of one period of a clock that runs at `rate_hz` (> 0), rounded to the nanosecond.
[[nodiscard]] constexpr Duration period_of(double rate_hz) {
  return Duration((static_cast<std::int64_t>(2e9 / rate_hz) + 1) / 2);  // half periods, rounded up to whole ones
}

/// One reading of both clocks: wall time (ns since the Unix epoch) = monotonic + (wall_ns - monotonic).
struct WallAnchor {
  Timestamp monotonic;
  std::int64_t wall_ns = 0;
};

/// Reads both clocks; takes the tightest of a few brackets, so that the pair is off by microseconds at most.
[[nodiscard]] WallAnchor read_wall_anchor();

/// Source of time for code that waits. Implementations may be used from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Timestamp now() const = 0;
  /// Blocks until `time` has come; returns at once if it has passed.
  virtual void sleep_until(Timestamp time) = 0;
};

/// Real time.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return MonotonicClock::now(); }
  void sleep_until(Timestamp time) override;
};

/// Time that moves only when told: the clock of stepped worlds and of tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp{}) : now_(start) {}
  [[nodiscard]] Timestamp now() const override;
  /// Blocks until another thread has advanced the clock to `time`.
  void sleep_until(Timestamp time) override;
  /// Moves time forward by `step` (>= 0) and wakes every sleeper whose time has come.
  void advance(Duration step);

 private:
  mutable std::mutex mutex_;
  std::condition_variable advanced_;
  Timestamp now_;  // guarded by mutex_
};

}  // namespace atl
