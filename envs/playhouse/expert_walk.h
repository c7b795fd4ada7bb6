// The part of an expert that walks: by maps of the floor that are kept while nothing moves, through doors, around and
// out of the way of the other player.
#pragma once

#include "envs/playhouse/expert_scene.h"

#include <optional>
#include <vector>

namespace atl::envs::playhouse {

class Walker : protected Scene {
 protected:
  Walker(ExpertMemory& memory, const World& world) : Scene(memory, world), minds_other_(is_other_in_the_way()) {}

  // As a person searches who does not know where it is: what is in this room and not in view is turned for, always to
  // the right. A learner without memory cannot know which way it was turning.
  void approach(const Stand& stand, Entity entity);
  // True: one stands where one wanted to. What is `kept` in view is not lost by turning to where one walks: sidesteps
  // lead there, too.
  bool walk_to(const Stand& stand, Entity kept = {});
  void enter(std::uint8_t room);
  [[nodiscard]] Rect inner_of(std::uint8_t room) const { return shrunk(house_.cells[room].floor, kMetre * 3 / 4); }
  // Backwards, away from the other player: where two meet and only one can pass, it is the first.
  void make_way();
  // What can be walked to from here, however tight.
  [[nodiscard]] std::function<bool(Vec2)> reachable();
  const Way& way_to(const Stand& stand);
  const FloorMap& floor_of(const Way& way) { return floor_with(way.care); }

 private:
  // Who walks far away is not minded: every step of theirs would be another floor.
  [[nodiscard]] bool is_other_in_the_way() const;
  // What walking is for is told when one is there.
  void say_walking();
  [[nodiscard]] RouteMap::Next next_on_way(const Stand& stand);
  // Walks without turning; `error`: to the right of the heading, in counts.
  void sidestep(std::int32_t error);
  void use_door(Entity door);
  // The map of the present state, made when it is first asked for: those with less care seldom are.
  const FloorMap& floor_with(FloorMap::Care care);
  // Where there is no way with care, one with less may do.
  void find_way(Way& way, const Stand& stand, FloorMap::Care from);
  void build_way(Way& way, const Stand& stand, FloorMap::Care care);
  // Wide areas are looked at in every third place, unless that is not enough.
  [[nodiscard]] static std::vector<int> goals_of(const Stand& stand, const FloorMap& floor);
  [[nodiscard]] static std::vector<int> goals_of(const Stand& stand, const std::function<bool(Vec2)>& accepts,
                                                 const FloorMap& floor, std::int32_t stride);
  // Of everything that floor maps and stands depend on: lids, too, because what is in a box is seen when it is open.
  [[nodiscard]] std::uint64_t floor_version();

  bool minds_other_;                            // the other player is walked around
  std::optional<std::uint64_t> floor_version_;  // of this state
};

}  // namespace atl::envs::playhouse
