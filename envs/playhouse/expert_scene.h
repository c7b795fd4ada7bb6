// The lowest part of an expert's decision: what one player has before them, where they would have to stand for what,
// and how they turn and press. The parts above it walk (expert_walk.h), choose (expert_choice.h), use their hands
// (expert_hands.h), build (expert_building.h) and work with another player (expert_pair.h); expert.cpp has the verbs.
//
// Every function that returns nothing notes the action of this step towards one aim, and is called again in the next.
#pragma once

#include "core/random.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/expert.h"
#include "envs/playhouse/expert_memory.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <initializer_list>

namespace atl::envs::playhouse {

inline constexpr std::int32_t kNoticeAngle = from_degrees(38);  // the view reaches to 40 degrees
inline constexpr std::int32_t kBlindAngle = from_degrees(70);   // beyond it nothing tells which way is shorter
inline constexpr std::int32_t kSearchTurn = 110;                // counts a step: 9.7 degrees
inline constexpr std::int32_t kMaxTurn = from_degrees(18);
inline constexpr std::int32_t kHandNear = from_cm(15);  // from the surface: near enough to reach, far enough to see
inline constexpr std::int32_t kHandFar = from_cm(75);
inline constexpr std::int32_t kFidget = 40;         // counts: more than what counts as standing still
inline constexpr std::int32_t kSlack = from_cm(8);  // one stands that much nearer than has to be
inline constexpr std::int32_t kAside = from_cm(5);

/// A place and where one may really stand when one means it.
inline constexpr std::array<Vec2, 5> kAbout{
    {{0, 0}, {kAside, kAside}, {-kAside, -kAside}, {kAside, -kAside}, {-kAside, kAside}}};

/// Counts of this step for what is off by `error` counts.
[[nodiscard]] std::int32_t turn_towards(std::int32_t error);
/// The same of a heading: what is far out of view is turned to by the right, so that a learner without memory, who
/// cannot know on which side it is, always does the same.
[[nodiscard]] std::int32_t turn_to_heading(std::int32_t error);
void press(Action& action, KeyBit bit);
[[nodiscard]] std::uint64_t hash_words(std::initializer_list<std::int64_t> words);
[[nodiscard]] Rect grown(const Rect& rect, std::int32_t by);

/// Where one stands to do something, as a set of cells, and a key that names the set.
struct Stand {
  std::uint64_t key = 0;
  Rect around;  // no cell outside is good
  std::function<bool(Vec2)> is_good;
  std::function<bool(Vec2)> is_fair{};  // asked where no cell is good
};

/// One player in one state of a world.
class Scene {
 protected:
  Scene(ExpertMemory& memory, const World& world);
  using Doing = Subgoal::Kind;

  [[nodiscard]] static Subgoal aim(Doing kind, Entity entity = {}) { return {kind, entity, {}, kNothing}; }
  [[nodiscard]] const PlayerState& other() const { return state_.players[1 - memory_.player]; }
  // In a box that is shut.
  [[nodiscard]] bool is_hidden(Entity entity) const;
  [[nodiscard]] bool is_in_own_bag(Entity entity) const;
  // Of where everything rests: what is held and where the player is do not matter.
  [[nodiscard]] std::uint64_t resting_things() const;
  [[nodiscard]] Bearing bearing_to(Entity entity) const { return bearing_of(house_, state_, memory_.player, entity); }
  [[nodiscard]] bool in_sight(Entity entity) const { return is_in_sight(house_, state_, memory_.player, entity); }
  [[nodiscard]] std::int32_t gap_to(Vec2 p, Entity entity) const;
  [[nodiscard]] Rect around(Entity entity, std::int32_t reach) const;
  [[nodiscard]] std::uint64_t key_of(int what, Entity entity) const;
  [[nodiscard]] bool is_within_reach(Vec2 p, Entity entity, std::int32_t slack) const;
  [[nodiscard]] bool is_door(Entity entity) const;
  [[nodiscard]] std::int32_t far_of(Entity entity) const;
  [[nodiscard]] bool is_seen_just_from(Vec2 p, Entity entity) const;
  // From `p` and from everywhere about it, so that one need not stand on the spot.
  [[nodiscard]] bool is_seen_from(Vec2 p, Entity entity) const;
  [[nodiscard]] Stand view_of(Entity entity, std::int32_t far) const;
  [[nodiscard]] Stand hand_of(Entity entity) const;
  [[nodiscard]] bool is_in_this_room(Entity entity) const;
  // In this room and not in the picture.
  [[nodiscard]] bool has_to_be_searched(Entity entity) const {
    return is_in_this_room(entity) && std::abs(bearing_to(entity).right) > kNoticeAngle;
  }
  void search(Entity entity);
  void aim_at(Entity entity);
  void aim_at(Vec3 point);
  // Turns to something without minding its height.
  void face(Entity entity);
  void turn_by(std::int32_t counts);
  void hold_key(KeyBit key, Subgoal subgoal);
  void tap_key(KeyBit key, Subgoal subgoal);
  void fidget() { result_.action.dx = state_.num_ticks / kTicksPerStep % 2 == 0 ? kFidget : -kFidget; }

  ExpertMemory& memory_;
  const World& world_;
  const House& house_;
  const State& state_;
  const PlayerState& self_;
  const int clause_index_;
  const Clause& clause_;
  const Targets targets_;  // at this moment
  Decision result_;
};

}  // namespace atl::envs::playhouse
