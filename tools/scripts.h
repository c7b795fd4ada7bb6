// Players of live worlds whose episodes are fixed before they begin: the expert, who has played the start in the
// stepped twin of the window, and a recording, whose inputs are sent again. While the world runs nothing is decided any
// more, so both show whether input arrives when it should: then an episode ends as it did before.
#pragma once

#include "core/action.h"
#include "session/episode.h"
#include "tools/episode_source.h"
#include "tools/run_config.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace atl::tools {

struct ScriptedEpisode {
  session::EpisodeRequest request;
  std::vector<Action> actions;  // from step kScriptDelay on
  std::string verdict;          // how it ended where the actions come from
};

/// Steps that pass before a script's first action: live, the first picture is answered so much later.
inline constexpr int kScriptDelay = 1;

/// One thread.
class Script {
 public:
  virtual ~Script() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual Origin origin() const = 0;
  /// How many episodes there are; 0: as many as are asked for.
  [[nodiscard]] virtual std::uint64_t num_episodes() const = 0;
  [[nodiscard]] virtual ScriptedEpisode episode(std::uint64_t index) = 0;
};

/// The script that `player` names: "expert", or "demo:FOLDER" for a recording; null for other players, and for the
/// expert of a world that offers one while it runs. Throws
/// Error(kUsage) when the live world `world` has no stepped twin for an expert, and when the recording is of another
/// world or holds no whole episode.
[[nodiscard]] std::unique_ptr<Script> create_script(const std::string& player, const std::string& world,
                                                    const EpisodeSource& source, const RunConfig& config);

}  // namespace atl::tools
