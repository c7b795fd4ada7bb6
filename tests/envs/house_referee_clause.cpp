#include "tests/envs/house_referee_clause.h"

#include "tests/envs/house_referee_relations.h"

#include <algorithm>
#include <cmath>

namespace atl::envs::playhouse::referee {
namespace {

constexpr int kQuarterSecond = 15;  // ticks
constexpr int kHalfSecond = 30;
constexpr double kWrongPush = 0.5;  // metres

/// Whether a thing was let go and stands somewhere, not just pushed along.
bool rests(const Moment& m, std::size_t thing) {
  const ThingState& before = m.before.things[thing];
  const ThingState& after = m.after.things[thing];
  const bool was_moved = before.place == Place::kResting && before.position != after.position;
  return after.place == Place::kResting && !was_moved;
}

/// The events that do what a verb asks, where events do it.
std::optional<EventKind> deed_of(Verb verb) {
  switch (verb) {
    case Verb::kOpen: return EventKind::kOpened;
    case Verb::kClose: return EventKind::kClosed;
    case Verb::kTurnOn: return EventKind::kTurnedOn;
    case Verb::kTurnOff: return EventKind::kTurnedOff;
    case Verb::kPress: return EventKind::kPressed;
    case Verb::kStore: return EventKind::kStored;
    case Verb::kTakeOut: return EventKind::kTookOut;
    case Verb::kGive: return EventKind::kGave;
    case Verb::kPickUp: return EventKind::kTook;
    case Verb::kJump: return EventKind::kJumped;
    default: return std::nullopt;
  }
}

/// The deeds that are wrong where they are done to something else.
std::vector<EventKind> misdeeds_of(Verb verb) {
  switch (verb) {
    case Verb::kPickUp:
    case Verb::kPush:
    case Verb::kBuild: return {EventKind::kTook};
    case Verb::kPut:
    case Verb::kStack: return {EventKind::kTook, EventKind::kTookOut};
    case Verb::kGive: return {EventKind::kTook, EventKind::kTookOut, EventKind::kGave};
    case Verb::kStore: return {EventKind::kTook, EventKind::kTookOut, EventKind::kStored};
    case Verb::kDrop: return {EventKind::kPutDown, EventKind::kDropped};
    case Verb::kTakeOut: return {EventKind::kTookOut};
    case Verb::kOpen: return {EventKind::kOpened};
    case Verb::kClose: return {EventKind::kClosed};
    case Verb::kTurnOn:
    case Verb::kTurnOff: return {EventKind::kTurnedOn, EventKind::kTurnedOff};
    case Verb::kPress: return {EventKind::kPressed};
    default: return {};
  }
}

/// Whether an event is the asked player's. Hinges take their time: whoever used them, they open and shut by themselves.
bool counts(const Event& event) {
  return event.player == kAsked || event.kind == EventKind::kOpened || event.kind == EventKind::kClosed;
}

}  // namespace

void Finding::add(Entity entity) {
  holds = true;
  about.push_back(entity);
}

ClauseWatch::ClauseWatch(const House& house, const Clause& clause, const Referee::Meaning& meaning, const State& begun)
    : house_(house), clause_(clause), meaning_(meaning), begun_(begun.players[kAsked]) {}

void ClauseWatch::begin_anew(const State& begun) {
  begun_ = begun.players[kAsked];
  turned_ = 0;
  held_ = {};
  stands_ = {};
  were_pushed_.reset();
  pushed_by_ = {};
}

Call ClauseWatch::tick(const Moment& m) {
  keep_pushes(m);
  const PlayerState& now = m.after.players[kAsked];
  turned_ += relative_to(now.heading, m.before.players[kAsked].heading);
  const bool is_about_sight =
      clause_.verb == Verb::kLookAt || clause_.verb == Verb::kGoTo || clause_.verb == Verb::kFind;
  if (is_about_sight) return chosen(m);
  return {done(m), mistaken(m), failed(m)};
}

Finding ClauseWatch::done(const Moment& m) {
  switch (clause_.verb) {
    case Verb::kTurnLeft:
    case Verb::kTurnRight:
    case Verb::kWalkForward:
    case Verb::kWalkBack: return moved(1, m);
    case Verb::kEnter: return entered(m);
    case Verb::kDrop: return dropped(m);
    case Verb::kPut:
    case Verb::kPush:
    case Verb::kStack: return put(m);
    case Verb::kBuild: return built(m);
    case Verb::kBothStand: return stood(m);
    case Verb::kHoldOpen: return passed(m);
    case Verb::kGoBack: return back(m);
    case Verb::kOpenMenu:
    case Verb::kCloseMenu:
    case Verb::kOpenBag:
    case Verb::kCloseBag:
    case Verb::kSetting: return {is_screen_done(m)};
    default: return happened(m);
  }
}

Call ClauseWatch::chosen(const Moment& m) {
  const bool finds = clause_.verb == Verb::kFind;
  const bool may_choose = finds ? is_in_room(m) : is_still(m);
  const Entity choice = may_choose ? choice_of(m, clause_, meaning_.objects) : Entity{};
  Call call;
  for (const Entity entity : entities_of(house_)) {
    held_[entity.id].tick(choice == entity);
    if (!held_[entity.id].lasted(clause_.verb == Verb::kGoTo ? kQuarterSecond : kHalfSecond)) continue;
    if (holds(meaning_.objects, entity)) {
      call.done.add(entity);
    } else if (!finds) {
      call.wrong.add(entity);
    }
  }
  return call;
}

/// `sign` -1: the other way.
Finding ClauseWatch::moved(double sign, const Moment& m) const {
  const Point from = to_point(begun_.position);
  const Point to = to_point(m.after.players[kAsked].position);
  const auto [sine, cosine] = sine_and_cosine(begun_.heading);
  const double forward = sign * ((to.x - from.x) * sine + (to.y - from.y) * cosine);
  const int right = sign > 0 ? turned_ : -turned_;
  switch (clause_.verb) {
    case Verb::kTurnRight: return {right >= counts_of(60)};
    case Verb::kTurnLeft: return {-right >= counts_of(60)};
    case Verb::kWalkForward: return {forward >= 1};
    default: return {-forward >= 1};
  }
}

bool ClauseWatch::is_in_room(const Moment& m) const {
  const int cell = cell_of(house_, to_point(m.after.players[kAsked].position));
  return cell >= 0 && cell < house_.num_rooms && house_.cells[static_cast<std::size_t>(cell)].name == clause_.room;
}

Finding ClauseWatch::entered(const Moment& m) {
  stands_.tick(is_in_room(m));
  return {stands_.lasted(kQuarterSecond)};
}

Finding ClauseWatch::happened(const Moment& m) const {
  Finding finding;
  for (const Event& event : m.events) {
    if (event.kind != deed_of(clause_.verb) || !counts(event)) continue;
    if (clause_.verb == Verb::kJump) finding.holds = true;
    if (holds(meaning_.objects, event.entity)) finding.add(event.entity);
  }
  return finding;
}

Finding ClauseWatch::dropped(const Moment& m) {
  Finding finding;
  const Entity held = m.before.players[kAsked].holding;
  if (held.is_some()) {
    const bool is_kept =
        m.after.players[kAsked].holding == held || m.after.things[held.thing()].place == Place::kStored;
    // What is handed over may be put down by the other player in the same tick, and what is put down may be taken.
    const bool is_given = std::any_of(m.events.begin(), m.events.end(), [&](const Event& e) {
      return e.kind == EventKind::kGave && e.player == kAsked && e.entity == held;
    });
    if (!is_kept && !is_given) were_let_go_.set(held.id);
  }
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const Entity entity = thing_entity(i);
    const bool is_down = holds(were_let_go_, entity) && m.after.things[i].place == Place::kResting;
    if (is_down && holds(meaning_.objects, entity)) finding.add(entity);
  }
  return finding;
}

Finding ClauseWatch::put(const Moment& m) {
  const Scene scene{house_, m.start, m.after};
  Finding finding;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    const Entity object = thing_entity(i);
    const bool may_count = clause_.verb != Verb::kPush || holds(were_pushed_, object);
    if (!holds(meaning_.objects, object) || !may_count || !rests(m, i)) continue;
    const std::vector<Entity> entities = entities_of(house_);
    const bool is_there = std::any_of(entities.begin(), entities.end(), [&](Entity place) {
      return holds(meaning_.places, place) && stands_so(scene, clause_, object, place);
    });
    if (is_there) finding.about.push_back(object);
  }
  stands_.tick(static_cast<int>(finding.about.size()) >= clause_.object.count);
  finding.holds = stands_.lasted(kQuarterSecond);
  return finding;
}

Finding ClauseWatch::built(const Moment& m) {
  std::vector<std::size_t> usable;
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (rests(m, i)) usable.push_back(i);
  }
  stands_.tick(is_structure({house_, m.start, m.after}, clause_, usable));
  return {stands_.lasted(kQuarterSecond)};
}

bool ClauseWatch::is_screen_done(const Moment& m) const {
  const PlayerState& before = m.before.players[kAsked];
  const PlayerState& after = m.after.players[kAsked];
  const auto changed_to = [&](Screen screen) { return before.screen != after.screen && after.screen == screen; };
  switch (clause_.verb) {
    case Verb::kOpenMenu: return changed_to(Screen::kMenu);
    case Verb::kOpenBag: return changed_to(Screen::kBag);
    case Verb::kCloseMenu:
    case Verb::kCloseBag: return changed_to(Screen::kWorld);
    default: break;
  }
  const int bit = 1 << static_cast<int>(clause_.setting);
  const bool was_on = (before.settings & bit) != 0;
  const bool is_on_now = (after.settings & bit) != 0;
  return was_on != is_on_now && is_on_now == clause_.is_on;
}

Finding ClauseWatch::stood(const Moment& m) {
  const auto plate_under = [&](std::size_t player) {
    const PlayerState& p = m.after.players[player];
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      const bool is_over =
          house_.fixtures[i].kind == FixtureKind::kPlate && house_.fixtures[i].floor.contains(p.position);
      if (is_over && p.z == 0) return static_cast<int>(i);
    }
    return -1;
  };
  const int first = plate_under(kAsked);
  const int second = plate_under(kFriend);
  stands_.tick(first >= 0 && second >= 0 && first != second);
  return {stands_.lasted(kHalfSecond)};
}

Finding ClauseWatch::passed(const Moment& m) {
  // The rooms on both sides of the door with buttons; the friend came from the one where they were first.
  std::vector<int> sides;
  for (const Fixture& button : house_.fixtures) {
    if (button.kind != FixtureKind::kButton || button.opens == kNoFixture) continue;
    sides.clear();
    for (const Portal& portal : house_.cells[house_.fixtures[button.opens].cell].portals) sides.push_back(portal.cell);
  }
  const auto side_of = [&](const State& state) {
    const int cell = cell_of(house_, to_point(state.players[kFriend].position));
    return std::find(sides.begin(), sides.end(), cell) == sides.end() ? -1 : cell;
  };
  if (friends_side_ < 0) friends_side_ = side_of(m.before);
  const int side = side_of(m.after);
  stands_.tick(friends_side_ >= 0 && side >= 0 && side != friends_side_);
  return {stands_.lasted(kQuarterSecond)};
}

Finding ClauseWatch::back(const Moment& m) {
  const Point started = to_point(m.start.players[kAsked].position);
  stands_.tick(is_still(m) && distance_squared(started, to_point(m.after.players[kAsked].position)) <= 1);
  return {stands_.lasted(kQuarterSecond)};
}

void ClauseWatch::keep_pushes(const Moment& m) {
  for (const Event& event : m.events) {
    if (event.kind != EventKind::kPushed || event.player != kAsked) continue;
    const std::size_t thing = event.entity.thing();
    const Point from = to_point(m.before.things[thing].position).flat();
    const Point to = to_point(m.after.things[thing].position).flat();
    were_pushed_.set(thing);
    pushed_by_[thing].x += to.x - from.x;
    pushed_by_[thing].y += to.y - from.y;
  }
  for (std::size_t i = 0; i < house_.things.size(); ++i) {
    if (m.after.things[i].place != Place::kHeld) continue;
    were_pushed_.reset(i);
    pushed_by_[i] = {};
  }
}

Finding ClauseWatch::mistaken(const Moment& m) const {
  Finding finding;
  const std::vector<EventKind> misdeeds = misdeeds_of(clause_.verb);
  for (const Event& event : m.events) {
    if (!counts(event) || holds(meaning_.objects, event.entity)) continue;
    const bool is_misdeed = std::find(misdeeds.begin(), misdeeds.end(), event.kind) != misdeeds.end();
    const bool is_hinge = event.kind == EventKind::kOpened || event.kind == EventKind::kClosed;
    const bool is_on_the_way = is_hinge && clause_.object.noun != Noun(house_.fixtures[event.entity.fixture()].kind);
    if (is_misdeed && !is_on_the_way) finding.add(event.entity);
    const bool is_push = clause_.verb == Verb::kPush && event.kind == EventKind::kPushed;
    if (is_push && !holds(meaning_.places, event.entity)) {
      const Point by = pushed_by_[event.entity.thing()];
      if (by.x * by.x + by.y * by.y > kWrongPush * kWrongPush) finding.add(event.entity);
    }
  }
  return finding;
}

Finding ClauseWatch::failed(const Moment& m) const {
  const auto has_event = [&](EventKind kind) {
    return std::any_of(m.events.begin(), m.events.end(),
                       [&](const Event& e) { return e.kind == kind && e.player == kAsked; });
  };
  switch (clause_.verb) {
    case Verb::kTurnLeft:
    case Verb::kTurnRight:
    case Verb::kWalkForward:
    case Verb::kWalkBack: return moved(-1, m);
    case Verb::kOpenMenu:
    case Verb::kCloseMenu:
    case Verb::kOpenBag:
    case Verb::kCloseBag: return {has_event(EventKind::kScreen) && !is_screen_done(m)};
    case Verb::kSetting: return {has_event(EventKind::kSetting) && !is_screen_done(m)};
    default: break;
  }
  Finding finding;
  for (const Event& event : m.events) {
    const bool is_taken = clause_.verb == Verb::kPush && event.kind == EventKind::kTook && event.player == kAsked;
    if (is_taken && holds(meaning_.objects, event.entity)) finding.add(event.entity);
  }
  return finding;
}

}  // namespace atl::envs::playhouse::referee
