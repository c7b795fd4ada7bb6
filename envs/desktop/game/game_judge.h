// Decides how an episode in a real game stands: a sensor makes readings of the running game, and the conditions of the
// task's judge are held against each of them.
#pragma once

#include "core/frame.h"
#include "envs/desktop/game/instructions.h"
#include "envs/desktop/judges/conditions.h"
#include "envs/desktop/judges/sensor.h"
#include "envs/task.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// One thread at a time; LiveGame locks.
class GameJudge {
 public:
  /// `profile`: {profile}.
  explicit GameJudge(std::filesystem::path profile) : profile_(std::move(profile)) {}

  /// A new episode. Throws Error(kEnvironment) for a task that it cannot judge, and what making its sensor throws.
  void begin(const GameTask& task, const RunFolders& folders);

  /// A new picture of the window, in its full size.
  void see(const Frame& frame);

  /// Takes in what the sensor has read. Never blocks.
  void poll();

  [[nodiscard]] const Outcome& outcome() const { return outcome_; }

  /// What was read last in this episode; empty if nothing was.
  [[nodiscard]] const Reading& last_reading() const { return last_; }

 private:
  void take(const Reading& reading);
  void decide(Verdict verdict, const Reading& reading);

  const std::filesystem::path profile_;
  std::map<std::string, std::unique_ptr<Sensor>> sensors_;  // by the name of their judge, made when first needed
  Sensor* sensor_ = nullptr;                                // of the present task; null: nothing is read
  JudgeProfile judge_;
  std::vector<Condition> success_;
  std::vector<Condition> wrong_;
  std::vector<Condition> failure_;
  int num_missing_ = 1;                   // readings that have yet to show success
  std::optional<Timestamp> holds_since_;  // of a success that has to hold for a while
  Baseline baseline_;
  Reading last_;
  Outcome outcome_;
};

}  // namespace atl::envs::desktop
