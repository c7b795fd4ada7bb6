// `atoll worlds --check`: starts a world, plays a little and says what came of it.
#pragma once

#include "tools/worlds.h"

#include <string>
#include <vector>

namespace atl::tools {

/// What a trial of a world found; of stepped worlds only `problem` counts.
struct WorldTrial {
  std::string problem;             // empty: all is well
  double start_s = 0.0;            // from nothing to the first picture of an episode
  double reset_s = 0.0;            // from there to that of the next episode
  double still_change = 0;         // as picture_change, in a second before anything was pressed
  int pictures = 0;                // new ones while inputs were sent
  double picture_change = 0;       // the largest mean difference of a channel to the first one, 0 to 255
  int inputs = 0;                  // of the events that were sent, those that the display saw
  std::string instruction;         // of the first episode
  std::string verdict;             // what its judge said after the inputs
  std::vector<JudgeTrial> judges;  // where they were asked for
  std::vector<std::string> left;   // processes that were there after the end and not before: "1234 minetest"
};

/// Starts the world, on a screen of its own where it is live, and tries it: a reset in each family, and steps; live,
/// two episodes with every control and the mouse, and a look for what is left of it afterwards. Whatever a world does
/// wrong is told, not thrown. `with_judges`: the trials of its profile are played, too; a judge that does not say yes
/// to what was done, or says it to what was not, is a problem.
[[nodiscard]] WorldTrial try_world(const WorldEntry& world, bool with_judges);

}  // namespace atl::tools
