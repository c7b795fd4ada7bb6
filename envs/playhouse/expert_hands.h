// The part of an expert that uses its hands: takes, puts where it was asked to or out of the way, opens and switches,
// and works the bag by the pointer.
#pragma once

#include "envs/playhouse/expert_choice.h"
#include "envs/playhouse/screens.h"

#include <optional>

namespace atl::envs::playhouse {

class Handler : protected Chooser {
 protected:
  using Chooser::Chooser;

  void take(Entity entity);
  void put_away();
  void put_where_asked(Entity thing);
  // `beside`: what the place is said by, as the table in "on the table"; searched for, and kept in view.
  void put_at(const Spot& spot, Entity thing, Entity beside = {});
  // Puts what is held on a free place of the floor of `area` that `accepts` takes.
  void put_on_floor(const Rect& area, const std::function<bool(const Spot&)>& accepts);
  void use(Entity fixture, bool on);
  // Opens, shuts, switches or presses one of the objects. Where all are as asked for, it has not been done: it is
  // undone first.
  void bring_about(bool on);
  // What is in a box, a bag or hands is neither looked at nor gone to. False: the way there is begun.
  bool is_laid_out(Entity entity);
  // Walks to where a hand reaches `entity`, then aims at it. With level eyes it would have left the picture by then,
  // and a learner without memory would see nothing to aim at: the eyes stay on it.
  void reach_for(Entity entity);
  // Beside walking, if that goes to what it was for: at no door, and in nobody's way. No lower than `lowest`.
  void keep_eyes_on(Entity entity, Entity walked_for, std::int32_t lowest = -kTurn / 4);
  // Whether letting go now does what the clause asks.
  [[nodiscard]] bool would_do(Entity thing) const;
  [[nodiscard]] bool can_put_from(Vec2 p, const Spot& spot, Entity thing, std::int32_t slack) const;
  [[nodiscard]] static Doing using_of(FixtureKind kind, bool on);
  // To stand still would be to choose what one looks at.
  void wait_for_hinge();
  std::optional<Spot> spot_for(Entity thing);
  // What `find` finds, kept under `key`.
  template <class Find>
  std::optional<Spot> known_spot(std::uint64_t key, Find find);
  [[nodiscard]] std::optional<Spot> find_spot_for(Entity thing);
  // Out of the own bag into the hands.
  void take_out(Entity entity);
  // Puts what is held into the bag, if there is room.
  void store_held();
  void open_screen(KeyBit key);
  template <class Accepts>
  void click(Accepts accepts, Subgoal subgoal = aim(Doing::kClick)) {
    is_at_screen_ = true;
    result_.subgoal = subgoal;
    result_.looks = true;
    const Item* pointed = pointed_item(self_);
    if (pointed != nullptr && accepts(*pointed)) return tap_key(kTake, result_.subgoal);
    for (const Item& item : items_of(self_.screen)) {
      if (!accepts(item)) continue;
      const auto move = [](int from, int to) { return std::clamp(to - from, -2 * kMaxTurn, 2 * kMaxTurn); };
      result_.action.dx = move(self_.pointer_x, (item.left + item.right) * kCountsPerUnit / 2);
      result_.action.dy = move(self_.pointer_y, (item.top + item.bottom) * kCountsPerUnit / 2);
      return;
    }
    open_screen(kMenu);
  }
  // Not while one looks at something that is not asked for: it would be chosen meanwhile.
  void open_bag();

  bool is_at_screen_ = false;  // what is done next is done on a screen
};

}  // namespace atl::envs::playhouse
