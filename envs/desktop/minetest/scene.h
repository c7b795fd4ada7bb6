// What the mod of profiles/minetest tells, as an expert needs it: the scene of an episode and the player's state in it.
#pragma once

#include "core/clock.h"
#include "envs/desktop/judges/reading.h"

#include <optional>
#include <string>
#include <vector>

namespace atl::envs::desktop {

/// In nodes: x east, y up, z north; the middle of the node 1, 1, 1 is there.
struct MinetestPlace {
  double x = 0;
  double y = 0;
  double z = 0;
};

struct MinetestObject {
  std::string name;  // of the node or the item
  MinetestPlace place;
};

struct MinetestScene {
  std::vector<MinetestObject> objects;
  std::vector<std::string> hotbar;  // names of the items in slots 1, 2, ...
};

/// One line of event "state".
struct MinetestState {
  MinetestPlace feet;
  double yaw_deg = 0;    // 0 is north, growing to the left
  double pitch_deg = 0;  // growing downwards
  std::string wield;
  std::string near;                         // the object that the player stands at; empty: none
  std::string looking;                      // what the middle of the picture shows; empty: nothing near enough
  double looking_far = 0;                   // nodes from the eye
  std::optional<MinetestPlace> looking_at;  // its place
};

/// The scene in the mod's answer to a request.
[[nodiscard]] MinetestScene read_minetest_scene(const Reading& ready);

/// Nothing for lines of other events, and for those that lack something.
[[nodiscard]] std::optional<MinetestState> read_minetest_state(const Reading& line);

}  // namespace atl::envs::desktop
