// The session process of the fault table (guard_fault_session.cpp), from outside: started, read, ended.
#pragma once

#include "core/clock.h"
#include "core/input_event.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace atl::input {

struct FaultSessionConfig {
  std::string display;
  std::uint32_t window = 0;
  std::uint64_t seed = 0;
  std::string misbehaviour = "stall";  // what it does after SIGUSR1
  bool show_control = false;
};

/// One thread.
class FaultSession {
 public:
  explicit FaultSession(const FaultSessionConfig& config);
  FaultSession(const FaultSession&) = delete;
  FaultSession& operator=(const FaultSession&) = delete;
  /// Kills it; its guard and what the guard started follow.
  ~FaultSession();

  /// Takes in what it told since the last call; never blocks.
  void read();
  [[nodiscard]] Timestamp plan_end() const { return plan_end_; }  // of all that was scheduled
  [[nodiscard]] bool is_calm() const { return calm_; }            // a flood is over
  [[nodiscard]] const std::vector<InputEvent>& events() const { return events_; }
  [[nodiscard]] const std::string& state() const { return state_; }  // the guard's, last told
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] pid_t guard() const { return guard_; }  // -1 until it told

  /// Its exit code if it ended by itself before `deadline`; nothing if a signal ended it or it still runs.
  [[nodiscard]] std::optional<int> wait_exit(Timestamp deadline);
  /// What it, its guard and what the guard started wrote to stderr.
  [[nodiscard]] std::string errors() const;

 private:
  void take(const std::string& line);

  pid_t pid_ = -1;
  pid_t guard_ = -1;
  int told_fd_ = -1;
  int errors_fd_ = -1;
  bool reaped_ = false;
  bool calm_ = false;
  std::string unread_;
  std::string state_;
  Timestamp plan_end_;
  std::vector<InputEvent> events_;
};

/// Whether the process is there and no zombie.
[[nodiscard]] bool is_running(pid_t pid);

}  // namespace atl::input
