// What a profile's texts stand for in one start of the game, and the files that are written for it.
#pragma once

#include "envs/desktop/game/profile.h"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace atl::envs::desktop {

/// Values of {home}, {bin}, {profile} and {port} .. {port9} in one start.
class Placeholders {
 public:
  /// `home` may be empty where nothing is started.
  Placeholders(const GameProfile& profile, const std::filesystem::path& home);

  /// `text` with all of them replaced. A port is chosen when it is first asked for: free on every address for TCP and
  /// UDP. Throws Error(kEnvironment) when there is none.
  [[nodiscard]] std::string fill(std::string_view text);

 private:
  [[nodiscard]] std::string value_of(std::string_view name);

  std::map<std::string, std::string, std::less<>> values_;
};

/// Writes the profile's files below `home`.
void write_profile_files(const GameProfile& profile, const std::filesystem::path& home, Placeholders& placeholders);

}  // namespace atl::envs::desktop
