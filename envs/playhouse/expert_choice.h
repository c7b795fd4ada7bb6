// The part of an expert that chooses: which of the things and places asked for it turns to.
#pragma once

#include "envs/playhouse/expert_walk.h"

#include <vector>

namespace atl::envs::playhouse {

class Chooser : protected Walker {
 protected:
  using Walker::Walker;

  [[nodiscard]] Entity nearest_object();
  [[nodiscard]] Entity nearest_place(Entity object) const;
  [[nodiscard]] Entity nearest_place(Vec2 from, Entity object = {}) const;  // but `object`
  // The nearest object that is in the state `on`.
  [[nodiscard]] Entity nearest_fixture(bool on) const;
  // Targets in the room one is in come first; then by distance as the crow flies; then what is in the own bag. Not what
  // somebody else has.
  [[nodiscard]] std::vector<Entity> objects_by_distance() const;
  [[nodiscard]] Entity first_in_reach(const std::vector<Entity>& entities);
  // Whether there is a way to where a hand reaches it.
  [[nodiscard]] bool can_reach(Entity entity);
  [[nodiscard]] bool is_in_room_asked_for(Entity entity) const;
  [[nodiscard]] Entity stored_object() const;
};

}  // namespace atl::envs::playhouse
