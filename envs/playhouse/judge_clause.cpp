#include "envs/playhouse/judge_clause.h"

#include "envs/playhouse/bodies.h"
#include "envs/playhouse/screens.h"

#include <cstdlib>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kStillTurn = 24;  // counts a tick: lets a policy's smallest mouse bin through
constexpr std::int32_t kStillWalk = from_cm(1);
constexpr int kHalfSecond = kTickRateHz / 2;
constexpr int kQuarterSecond = kTickRateHz / 4;
constexpr std::int32_t kTurnAngle = from_degrees(60);
constexpr std::int32_t kWalkLength = kMetre;
constexpr std::int32_t kPushedAway = from_cm(50);
constexpr std::int32_t kBackAtStart = kMetre;

// One clause's judgement of one tick.
class ClauseJudge {
 public:
  ClauseJudge(const TickView& view, const Quest& quest, int index, JudgeState& judge)
      : view_(view),
        clause_(quest.clause(index)),
        targets_(targets_now(quest, index, judge)),
        judge_(judge),
        memory_(judge.clauses[static_cast<std::size_t>(index)]) {}

  Finding find() {
    switch (clause_.verb) {
      case Verb::kLookAt: return look_at();
      case Verb::kTurnLeft: return turn(-1);
      case Verb::kTurnRight: return turn(1);
      case Verb::kGoTo: return go_to();
      case Verb::kWalkForward: return walk(1);
      case Verb::kWalkBack: return walk(-1);
      case Verb::kJump: return happened(EventKind::kJumped) ? done(Deed::kJumped) : kNothingYet;
      case Verb::kEnter: return enter();
      case Verb::kFind: return find_thing();
      case Verb::kPickUp: return event(EventKind::kTook);
      case Verb::kDrop: return drop();
      case Verb::kPut:
      case Verb::kStack: return put();
      case Verb::kOpen: return event(EventKind::kOpened);
      case Verb::kClose: return event(EventKind::kClosed);
      case Verb::kTurnOn: return switch_to(EventKind::kTurnedOn, EventKind::kTurnedOff);
      case Verb::kTurnOff: return switch_to(EventKind::kTurnedOff, EventKind::kTurnedOn);
      case Verb::kPress: return event(EventKind::kPressed);
      case Verb::kPush: return push();
      case Verb::kBuild: return build();
      case Verb::kOpenMenu: return screen(Screen::kMenu);
      case Verb::kOpenBag: return screen(Screen::kBag);
      case Verb::kCloseMenu:
      case Verb::kCloseBag: return screen(Screen::kWorld);
      case Verb::kStore: return store();
      case Verb::kTakeOut: return event(EventKind::kTookOut);
      case Verb::kSetting: return setting();
      case Verb::kGive: return give();
      case Verb::kBothStand: return both_stand();
      case Verb::kHoldOpen: return hold_open();
      case Verb::kGoBack: return go_back();
    }
    return kNothingYet;
  }

 private:
  [[nodiscard]] const PlayerState& self() const { return view_.after.players[kJudged]; }

  [[nodiscard]] bool is_still() const {
    const PlayerState& before = view_.before.players[kJudged];
    return std::abs(wrap_signed(self().heading - before.heading)) <= kStillTurn &&
           std::abs(self().pitch - before.pitch) <= kStillTurn &&
           length_squared(self().position - before.position) <= square(kStillWalk);
  }

  // Whether `condition` has held for `ticks` in a row, about the same entity.
  bool lasts(bool condition, Entity about, int ticks) {
    memory_.ticks = !condition ? 0 : (memory_.candidate == about && memory_.ticks > 0 ? memory_.ticks + 1 : 1);
    memory_.candidate = condition ? about : Entity{};
    return memory_.ticks >= ticks;
  }

  // Of several in the tick, one about an object.
  [[nodiscard]] const Event* find_event(EventKind kind) const {
    const Event* found = nullptr;
    for (const Event& e : view_.events) {
      if (e.kind != kind || (e.player != kJudged && e.player != kNothing)) continue;
      if (found == nullptr || (holds(targets_.objects, e.entity) && !holds(targets_.objects, found->entity)))
        found = &e;
    }
    return found;
  }
  [[nodiscard]] bool happened(EventKind kind) const { return find_event(kind) != nullptr; }

  // Taking anything but what the clause speaks of.
  [[nodiscard]] Finding wrong_thing_taken() const {
    for (const EventKind kind : {EventKind::kTook, EventKind::kTookOut}) {
      const Event* event = find_event(kind);
      if (event != nullptr && !holds(targets_.objects, event->entity)) return wrong(*event);
    }
    return kNothingYet;
  }

  // Done by an event about one of the objects; the same event about something else of its kind is wrong.
  [[nodiscard]] Finding event(EventKind kind) const {
    const Event* event = find_event(kind);
    if (event == nullptr) return kNothingYet;
    if (holds(targets_.objects, event->entity)) return done(*event);
    if (!event->entity.is_fixture()) return wrong(*event);
    return is_kind_of_object(event->entity) ? wrong(*event) : kNothingYet;
  }

  [[nodiscard]] bool is_kind_of_object(Entity fixture) const {
    const FixtureKind kind = view_.house.fixtures[fixture.fixture()].kind;
    for (std::size_t i = 0; i < view_.house.fixtures.size(); ++i) {
      if (holds(targets_.objects, fixture_entity(i)) && view_.house.fixtures[i].kind == kind) return true;
    }
    return false;
  }

  [[nodiscard]] Finding switch_to(EventKind kind, EventKind opposite) const {
    if (const Event* event = find_event(kind))
      return holds(targets_.objects, event->entity) ? done(*event) : wrong(*event);
    const Event* event = find_event(opposite);
    return event != nullptr && !holds(targets_.objects, event->entity) ? wrong(*event) : kNothingYet;
  }

  [[nodiscard]] Finding choice(Entity entity, int ticks, Deed deed) {
    if (!lasts(entity.is_some(), entity, ticks)) return kNothingYet;
    return holds(targets_.objects, entity) ? done(deed, entity) : wrong(deed, entity);
  }

  Finding look_at() {
    return choice(is_still() ? chosen_in(view_, clause_, targets_) : Entity{}, kHalfSecond, Deed::kLookedAt);
  }

  Finding go_to() {
    return choice(is_still() ? chosen_in(view_, clause_, targets_) : Entity{}, kQuarterSecond, Deed::kWentTo);
  }

  [[nodiscard]] Finding turn(int side) const {
    const Deed deed = judge_.turned < 0 ? Deed::kTurnedLeft : Deed::kTurnedRight;
    if (judge_.turned * side >= kTurnAngle) return done(deed);
    return judge_.turned * side <= -kTurnAngle ? failed(deed) : kNothingYet;
  }

  [[nodiscard]] Finding walk(int direction) const {
    // Not the negative of each other: views are rounded down.
    const std::int32_t forward = to_view(self().position - judge_.begun_at, judge_.begun_heading).y;
    const std::int32_t back = to_view(judge_.begun_at - self().position, judge_.begun_heading).y;
    if (forward >= kWalkLength) return direction > 0 ? done(Deed::kWalkedForward) : failed(Deed::kWalkedForward);
    if (back >= kWalkLength) return direction < 0 ? done(Deed::kWalkedBack) : failed(Deed::kWalkedBack);
    return kNothingYet;
  }

  Finding enter() {
    const int cell = view_.house.cell_at(self().position);
    return lasts(cell == targets_.room, {}, kQuarterSecond) ? done(Deed::kEntered) : kNothingYet;
  }

  Finding find_thing() {
    const bool is_there = view_.house.cell_at(self().position) == targets_.room;
    const Entity entity = is_there ? chosen_in(view_, clause_, targets_) : Entity{};
    const bool is_found = entity.is_some() && holds(targets_.objects, entity);
    return lasts(is_found, entity, kHalfSecond) ? done(Deed::kFound, entity) : kNothingYet;
  }

  // Out of the hands; then it has to come to rest.
  Finding drop() {
    const Event* event = find_event(EventKind::kPutDown);
    if (event == nullptr) event = find_event(EventKind::kDropped);
    const bool is_wrong = event != nullptr && !holds(targets_.objects, event->entity);
    if (event != nullptr && !is_wrong) memory_.candidate = event->entity;
    const bool rests =
        memory_.candidate.is_some() && view_.after.things[memory_.candidate.thing()].place == Place::kResting;
    if (rests) return done(Deed::kPutDown, memory_.candidate);
    return is_wrong ? wrong(*event) : kNothingYet;
  }

  [[nodiscard]] bool is_pushed_along(std::size_t thing) const {
    const ThingState& before = view_.before.things[thing];
    return before.place == Place::kResting && before.position != view_.after.things[thing].position;
  }

  Finding put() {
    if (const Finding taken = wrong_thing_taken(); taken.kind != Finding::Kind::kNone) return taken;
    int count = 0;
    Entity last;
    for (std::size_t i = 0; i < view_.house.things.size(); ++i) {
      if (!targets_.objects.test(i) || is_pushed_along(i)) continue;
      if (!is_related(view_.house, view_.start, view_.after, clause_, targets_, i)) continue;
      ++count;
      last = thing_entity(i);
    }
    return lasts(count >= clause_.object.count, {}, kQuarterSecond) ? done(Deed::kPutThere, last) : kNothingYet;
  }

  Finding push() {
    if (const Event* taken = find_event(EventKind::kTook))
      return holds(targets_.objects, taken->entity) ? failed(*taken) : wrong(*taken);
    for (const Event& event : view_.events) {
      const bool is_wrong = event.kind == EventKind::kPushed && event.player == kJudged &&
                            !holds(targets_.objects, event.entity) && !holds(targets_.places, event.entity);
      if (is_wrong && length_squared(judge_.pushed[event.entity.thing()]) > square(kPushedAway)) return wrong(event);
    }
    Entity arrived;
    for (std::size_t i = 0; i < view_.house.things.size(); ++i) {
      if (!targets_.objects.test(i) || judge_.pushed[i] == Vec2{} || is_pushed_along(i)) continue;
      if (is_related(view_.house, view_.start, view_.after, clause_, targets_, i)) arrived = thing_entity(i);
    }
    return lasts(arrived.is_some(), {}, kQuarterSecond) ? done(Deed::kPushedThere, arrived) : kNothingYet;
  }

  Finding build() {
    if (const Event* taken = find_event(EventKind::kTook)) {
      const Kind kind = view_.house.things[taken->entity.thing()].kind;
      if (kind.shape != Shape::kBlock || (clause_.colour && kind.colour != *clause_.colour)) return wrong(*taken);
    }
    return lasts(is_built_at_rest(), {}, kQuarterSecond) ? done(Deed::kBuilt) : kNothingYet;
  }

  // Blocks that are pushed along do not rest.
  [[nodiscard]] bool is_built_at_rest() const {
    if (!is_built(view_.house, view_.after, clause_)) return false;
    State resting = view_.after;
    for (std::size_t i = 0; i < view_.house.things.size(); ++i) {
      if (is_pushed_along(i)) resting.things[i].place = Place::kFalling;
    }
    return resting == view_.after || is_built(view_.house, resting, clause_);
  }

  [[nodiscard]] Finding screen(Screen wanted) const {
    if (!happened(EventKind::kScreen)) return kNothingYet;
    return self().screen == wanted ? done(changed_screen()) : failed(changed_screen());
  }

  [[nodiscard]] Deed changed_screen() const {
    switch (self().screen) {
      case Screen::kMenu: return Deed::kOpenedMenu;
      case Screen::kBag: return Deed::kOpenedBag;
      case Screen::kWorld: break;
    }
    return view_.before.players[kJudged].screen == Screen::kBag ? Deed::kClosedBag : Deed::kClosedMenu;
  }

  [[nodiscard]] Finding store() const {
    if (const Event* event = find_event(EventKind::kStored))
      return holds(targets_.objects, event->entity) ? done(*event) : wrong(*event);
    return wrong_thing_taken();
  }

  [[nodiscard]] Finding setting() const {
    if (!happened(EventKind::kSetting)) return kNothingYet;
    const bool was_on = is_set(view_.before.players[kJudged], clause_.setting);
    const bool is_on_now = is_set(self(), clause_.setting);
    const bool is_right = was_on != is_on_now && is_on_now == clause_.is_on;
    return is_right ? done(Deed::kSwitchedSetting) : failed(Deed::kSwitchedSetting);
  }

  [[nodiscard]] Finding give() const {
    if (const Event* event = find_event(EventKind::kGave))
      return holds(targets_.objects, event->entity) ? done(*event) : wrong(*event);
    return wrong_thing_taken();
  }

  Finding both_stand() {
    std::array<Entity, kMaxPlayers> plates{};
    for (std::size_t p = 0; p < kMaxPlayers; ++p) {
      for (std::size_t i = 0; i < view_.house.fixtures.size(); ++i) {
        const Fixture& fixture = view_.house.fixtures[i];
        if (fixture.kind == FixtureKind::kPlate && view_.after.players[p].z == 0 &&
            fixture.floor.contains(view_.after.players[p].position))
          plates[p] = fixture_entity(i);
      }
    }
    const bool stand = plates[0].is_some() && plates[1].is_some() && plates[0] != plates[1];
    return lasts(stand, {}, kHalfSecond) ? done(Deed::kBothStood) : kNothingYet;
  }

  Finding hold_open() {
    const int cell = view_.house.cell_at(view_.after.players[1].position);
    return lasts(cell == targets_.room, {}, kQuarterSecond) ? done(Deed::kHeldOpen) : kNothingYet;
  }

  Finding go_back() {
    const Vec2 away = self().position - view_.start.players[kJudged].position;
    const bool is_there = is_still() && length_squared(away) <= square(kBackAtStart);
    return lasts(is_there, {}, kQuarterSecond) ? done(Deed::kWentBack) : kNothingYet;
  }

  const TickView& view_;
  const Clause& clause_;
  const Targets targets_;
  JudgeState& judge_;
  JudgeState::OfClause& memory_;
};

}  // namespace

Finding judge_clause(const TickView& view, const Quest& quest, int index, JudgeState& judge) {
  return ClauseJudge(view, quest, index, judge).find();
}

}  // namespace atl::envs::playhouse
