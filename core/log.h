// Logging: lifecycle at info, what a person should change at warning; nothing per frame or step. Goes to stderr; set up
// once in main. Metrics are not logs. All functions may be called from any thread.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace atl {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

void set_log_level(LogLevel level);
void write_log(LogLevel level, std::string_view message);

template <class... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  write_log(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}

/// Shows where long work stands: one line on stderr that is rewritten on a terminal, and printed at most every few
/// seconds elsewhere.
void show_progress(std::string_view line);
/// Ends the progress line, so that what follows starts on a new one.
void end_progress();

}  // namespace atl
