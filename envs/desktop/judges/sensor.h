// A sensor makes readings of a running game: from its pictures, or from files that it writes. One kind of judge each.
#pragma once

#include "core/frame.h"
#include "envs/desktop/judges/judge_profile.h"
#include "envs/desktop/judges/reading.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// Where the files of a run of the game are.
struct RunFolders {
  std::filesystem::path home;     // {home}: what the game writes
  std::filesystem::path log;      // what it prints
  std::filesystem::path profile;  // {profile}: what came with the profile
};

/// One thread at a time.
class Sensor {
 public:
  virtual ~Sensor() = default;

  /// An episode begins: what the game showed or wrote before belongs to none. `target`: the thing meant; empty: none.
  /// Throws Error(kEnvironment) when this game can have no such target.
  virtual void begin(const RunFolders& folders, const std::string& target) = 0;

  /// A new picture of the window, in its full size.
  virtual void see(const Frame& frame) = 0;

  /// What was read since the last call, in order. Never blocks.
  [[nodiscard]] virtual std::vector<Reading> poll() = 0;
};

/// The sensor of `judge.kind`; null for "none" and "program", which read nothing. Throws Error(kConfig) for fields that
/// cannot be, Error(kFile) or Error(kFormat) for pictures of glyphs or a WAD that cannot be read.
[[nodiscard]] std::unique_ptr<Sensor> create_sensor(const JudgeProfile& judge, const std::filesystem::path& profile);

}  // namespace atl::envs::desktop
