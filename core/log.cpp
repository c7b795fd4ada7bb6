#include "core/log.h"

#include "core/clock.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>

namespace atl {
namespace {

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto created = std::make_shared<spdlog::logger>("atoll", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    created->set_pattern("%^%L%$ %H:%M:%S.%e %v");
    return created;
  }();
  return *instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: return spdlog::level::off;
  }
  return spdlog::level::info;
}

// The progress line; guarded by its mutex.
struct Progress {
  std::mutex mutex;
  bool open = false;
  Timestamp last_printed;
};

Progress& progress() {
  static Progress instance;
  return instance;
}

}  // namespace

void set_log_level(LogLevel level) { logger().set_level(spdlog_level(level)); }

void write_log(LogLevel level, std::string_view message) {
  end_progress();
  logger().log(spdlog_level(level), "{}", message);
}

void show_progress(std::string_view line) {
  constexpr Duration kQuietInterval = std::chrono::seconds(5);
  static const bool is_terminal = isatty(STDERR_FILENO) == 1;
  Progress& state = progress();
  const std::lock_guard lock(state.mutex);
  if (is_terminal) {
    fmt::print(stderr, "\r\033[K{}", line);
    std::fflush(stderr);
    state.open = true;
    return;
  }
  const Timestamp now = MonotonicClock::now();
  if (state.last_printed != Timestamp{} && now - state.last_printed < kQuietInterval) return;
  state.last_printed = now;
  fmt::print(stderr, "{}\n", line);
}

void end_progress() {
  Progress& state = progress();
  const std::lock_guard lock(state.mutex);
  if (state.open) fmt::print(stderr, "\n");
  state.open = false;
}

}  // namespace atl
