#include "envs/playhouse/expert.h"

#include "core/random.h"
#include "envs/playhouse/bodies.h"
#include "envs/playhouse/episode.h"
#include "envs/playhouse/grammar.h"
#include "envs/playhouse/hands.h"
#include "envs/playhouse/screens.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kNoticeAngle = from_degrees(38);  // the view reaches to 40 degrees
constexpr std::int32_t kSearchTurn = 110;                // counts a step: 9.7 degrees
constexpr std::int32_t kMaxTurn = from_degrees(18);
constexpr std::int32_t kAimed = 10;  // counts: nearer than this is not corrected
constexpr std::int32_t kWalkAngle = from_degrees(22);
constexpr std::int32_t kHandNear = from_cm(15);  // from the surface: near enough to reach, far enough to see
constexpr std::int32_t kHandFar = from_cm(75);
constexpr std::int32_t kHandFarOver = from_cm(115);  // to what lies on or in furniture
constexpr std::int32_t kDoorNear = from_cm(30);      // nearer one stands in it
constexpr std::int32_t kFidget = 40;                 // counts: more than what counts as standing still
constexpr std::int32_t kGoToFar = from_cm(75);
constexpr std::int32_t kViewFar = from_cm(350);
constexpr std::int32_t kSpotFar = from_cm(115);  // from where a thing is to be put
constexpr std::int32_t kSlack = from_cm(8);      // one stands that much nearer than has to be
constexpr std::int32_t kMeeting =
    from_cm(150);                            // from middle to middle: nearer ones are walked around, though they walk
constexpr std::int32_t kBump = from_cm(25);  // from surface to surface: so near is who wants to pass
constexpr std::size_t kMaxWays = 12;
constexpr std::size_t kMaxSpots = 16;

// A place and where one may really stand when one means it.
constexpr std::int32_t kAside = from_cm(5);
constexpr std::array<Vec2, 5> kAbout{
    {{0, 0}, {kAside, kAside}, {-kAside, -kAside}, {kAside, -kAside}, {-kAside, kAside}}};

std::int32_t turn_towards(std::int32_t error) {
  if (std::abs(error) <= kAimed) return 0;
  return std::clamp(error / 2, -kMaxTurn, kMaxTurn);
}

void press(Action& action, KeyBit bit) { action.held.set(static_cast<std::size_t>(index_of(control_of(bit)))); }

std::uint64_t hash_words(std::initializer_list<std::int64_t> words) {
  std::uint64_t hash = 0;
  for (const std::int64_t word : words) hash = mix_bits(hash ^ static_cast<std::uint64_t>(word));
  return hash;
}

// Where one stands to do something, as a set of cells, and a key that names the set.
struct Stand {
  std::uint64_t key = 0;
  Rect around;  // no cell outside is good
  std::function<bool(Vec2)> is_good;
  std::function<bool(Vec2)> is_fair{};  // asked where no cell is good
};

Rect grown(const Rect& rect, std::int32_t by) {
  return {{rect.low.x - by, rect.low.y - by}, {rect.high.x + by, rect.high.y + by}};
}

}  // namespace

// One decision. Every `do_` function returns the action towards one aim and is called again in the next step.
class Mind::Step {
 public:
  Step(Mind& mind, const World& world)
      : mind_(mind),
        world_(world),
        house_(world.house()),
        state_(world.state()),
        self_(state_.players[mind.player_]),
        clause_index_(clause_in_turn(world.quest(), world.judge())),
        clause_(world.quest().clause(clause_index_)),
        targets_(world.quest().targets[static_cast<std::size_t>(clause_index_)]),
        minds_other_(is_other_in_the_way()) {}

  Decision decide() {
    if (world_.is_over()) return result_;
    if (mind_.player_ == 0)
      act();
    else
      help();
    // What is done in the world waits until a screen is closed.
    if (self_.screen != Screen::kWorld && !is_at_screen_) tap_key(kMenu, aim(Doing::kCloseScreen));
    return result_;
  }

 private:
  using Doing = Subgoal::Kind;
  [[nodiscard]] static Subgoal aim(Doing kind, Entity entity = {}) { return {kind, entity, {}, kNothing}; }

  // ---- The verbs.

  void act() {
    switch (clause_.verb) {
      case Verb::kLookAt: return look_at();
      case Verb::kTurnLeft: return turn_by(-kMaxTurn);
      case Verb::kTurnRight: return turn_by(kMaxTurn);
      case Verb::kGoTo: return go_to();
      case Verb::kWalkForward: return hold_key(kForward, aim(Doing::kWalk));
      case Verb::kWalkBack: return hold_key(kBack, aim(Doing::kWalk));
      case Verb::kJump: return tap_key(kJump, aim(Doing::kJump));
      case Verb::kEnter: return enter(targets_.room);
      case Verb::kFind: return find();
      case Verb::kPickUp: return take(nearest_object());
      case Verb::kDrop: return drop();
      case Verb::kPut:
      case Verb::kStack: return put();
      case Verb::kOpen:
      case Verb::kTurnOn:
      case Verb::kPress: return bring_about(true);
      case Verb::kClose:
      case Verb::kTurnOff: return bring_about(false);
      case Verb::kPush: return push();
      case Verb::kBuild: return build();
      case Verb::kGive: return give();
      case Verb::kBothStand: return stand_on(plate_of(0));
      case Verb::kHoldOpen: return hold_button();
      default: return use_screens();
    }
  }

  [[nodiscard]] const PlayerState& other() const { return state_.players[1 - mind_.player_]; }

  // Who walks far away is not minded: every step of theirs would be another floor.
  [[nodiscard]] bool is_other_in_the_way() const {
    if (world_.num_players() == 1) return false;
    const bool walks = (other().held_keys & (kForward | kLeft | kBack | kRight)) != 0;
    return !walks || length_squared(other().position - self_.position) < square(kMeeting);
  }

  // What the second player does about the first one's instruction.
  void help() {
    switch (clause_.verb) {
      case Verb::kBothStand: return stand_on(plate_of(1));
      case Verb::kHoldOpen: return go_through_gate();
      default: return lay_out_own();
    }
  }

  // The second player keeps nothing that the first one may be asked for, and has empty hands for what is handed over.
  void lay_out_own() {
    if (self_.holding.is_some()) return put_away();
    for (const std::uint8_t thing : self_.bag) {
      if (thing != kNothing && holds(targets_.objects, {thing})) return take_out({thing});
    }
    const bool is_given = clause_.verb == Verb::kGive && holds(targets_.objects, other().holding);
    const std::int32_t gap = length(other().position - self_.position) - 2 * kBodyRadius;
    if (gap < kBump && !is_given) make_way();
  }

  // Backwards, away from the other player: where two meet and only one can pass, it is the first.
  void make_way() {
    result_.subgoal = aim(Doing::kMakeWay);
    const std::int32_t error = wrap_signed(heading_of(other().position - self_.position) - self_.heading);
    result_.action.dx = turn_towards(error);
    if (std::abs(error) < from_degrees(60)) press(result_.action, kBack);
  }

  void look_at() {
    const Entity entity = nearest_object();
    result_.subgoal = aim(Doing::kLookAt, entity);
    if (!entity.is_some() || !is_laid_out(entity)) return;
    const Bearing bearing = bearing_to(entity);
    if (bearing.distance < kViewFar && in_sight(entity)) return aim_at(entity);
    approach(view_of(entity, kViewFar), entity);
  }

  void go_to() {
    const Entity entity = nearest_object();
    result_.subgoal = aim(Doing::kGoTo, entity);
    if (!entity.is_some() || !is_laid_out(entity)) return;
    // Once there, stay: the judge lets one stand a little further off than one walks to.
    if (bearing_to(entity).distance <= kGoToFar + from_cm(10) && in_sight(entity)) return face(entity);
    approach(view_of(entity, kGoToFar), entity);
  }

  // What is in a box, a bag or hands is neither looked at nor gone to. False: the way there is begun.
  bool is_laid_out(Entity entity) {
    if (!entity.is_thing()) return true;
    if (entity == self_.holding) {
      put_away();
    } else if (is_in_own_bag(entity)) {
      take_out(entity);
    } else if (is_hidden(entity)) {
      use(state_.things[entity.thing()].support, true);
    } else {
      return true;
    }
    return false;
  }

  void enter(std::uint8_t room) {
    result_.subgoal = {Doing::kEnter, {}, {}, room};
    const Rect inner = inner_of(room);
    const std::uint64_t key = hash_words({1, room});
    walk_to({key, inner, [inner](Vec2 p) { return inner.contains(p); }});
  }

  [[nodiscard]] Rect inner_of(std::uint8_t room) const { return shrunk(house_.cells[room].floor, kMetre * 3 / 4); }

  void find() {
    const Entity entity = nearest_object();
    result_.subgoal = aim(Doing::kLookAt, entity);
    if (!entity.is_some()) return;
    if (!is_in_room_asked_for(entity)) return bring(entity);
    if (!is_laid_out(entity)) return;
    const bool is_there = house_.cell_at(self_.position) == targets_.room;
    if (is_there && bearing_to(entity).distance < kViewFar && in_sight(entity)) return aim_at(entity);
    Stand stand = view_of(entity, kViewFar);
    const Rect room = house_.cells[targets_.room].floor;
    stand.key = hash_words({2, static_cast<std::int64_t>(stand.key)});
    stand.is_good = [room, good = std::move(stand.is_good)](Vec2 p) { return room.contains(p) && good(p); };
    walk_to(stand);
  }

  // Carries into the room asked for what somebody has taken out of it.
  void bring(Entity entity) {
    if (entity != self_.holding) return take(entity);
    put_on_floor(house_.cells[targets_.room].floor, [](const Spot&) { return true; });
  }

  // Puts what is held on a free place of the floor of `area` that `accepts` takes.
  void put_on_floor(const Rect& area, const std::function<bool(const Spot&)>& accepts) {
    const Entity thing = self_.holding;
    const std::uint64_t key = mix_bits(resting_things() ^ hash_words({8, thing.id, area.low.x, area.low.y}));
    const std::optional<Spot> spot =
        known_spot(key, [&] { return find_floor_spot(house_, state_, thing.thing(), area, accepts, reachable()); });
    if (!spot) return put_away();
    result_.subgoal = aim(Doing::kPutDown, thing);
    const PutPlace place = put_place(house_, state_, mind_.player_);
    constexpr std::int32_t kHit = from_cm(12);
    if (place.is_possible && !place.support.is_some() &&
        length_squared(place.position.flat() - spot->position.flat()) < square(kHit))
      return tap_key(kTake, result_.subgoal);
    put_at(*spot, thing);
  }

  [[nodiscard]] bool is_in_room_asked_for(Entity entity) const {
    if (entity.is_thing() && (is_in_own_bag(entity) || entity == self_.holding)) return false;
    return house_.cell_at(extent_of(house_, state_, entity).middle.flat()) == targets_.room;
  }

  void take(Entity entity) {
    if (!entity.is_some()) return;
    result_.subgoal = aim(Doing::kTake, entity);
    if (self_.holding.is_some()) return put_away();
    if (is_in_own_bag(entity)) return take_out(entity);
    if (is_hidden(entity)) return use(state_.things[entity.thing()].support, true);
    // Not from as far as the hand reaches: who imitates this and misjudges the distance by a step would grab for ever
    // where no demonstration says what to do.
    const bool is_near = is_within_reach(self_.position, entity, 0) || !can_reach(entity);
    if (is_near && takeable(house_, state_, mind_.player_) == entity) return tap_key(kTake, result_.subgoal);
    reach_for(entity);
  }

  // Walks to where a hand reaches `entity`, then aims at it. With level eyes it would have left the picture by then,
  // and a learner without memory would see nothing to aim at: the eyes stay on it.
  void reach_for(Entity entity) {
    if (is_within_reach(self_.position, entity, 0) && in_sight(entity)) return aim_at(entity);
    const Entity about = result_.subgoal.entity;
    approach(hand_of(entity), entity);
    const Bearing bearing = bearing_to(entity);
    const bool is_on_the_way = result_.subgoal.entity == about;  // at no door, and in nobody's way
    if (is_on_the_way && std::abs(bearing.right) <= kNoticeAngle && in_sight(entity))
      result_.action.dy = -turn_towards(bearing.up);
  }

  void put_away() {
    result_.subgoal = aim(Doing::kPutDown, self_.holding);
    const std::int32_t down = self_.pitch + from_degrees(50);
    result_.action.dy = turn_towards(down);
    if (std::abs(down) > from_degrees(6)) return;
    const PutPlace place = put_place(house_, state_, mind_.player_);
    if (place.is_possible && !place.support.is_some()) return tap_key(kTake, result_.subgoal);
    result_.action.dx = kSearchTurn;  // somewhere there is free floor
    if (!place.is_possible) press(result_.action, kBack);
  }

  void drop() {
    if (!self_.holding.is_some()) return take(nearest_object());
    // To let go of something else would be to drop the wrong thing.
    if (holds(targets_.objects, self_.holding)) return put_away();
    store_held();
  }

  void put() {
    if (self_.holding.is_some() && holds(targets_.objects, self_.holding)) return put_where_asked(self_.holding);
    if (self_.holding.is_some()) return put_away();
    std::vector<Entity> entities = objects_by_distance();
    std::erase_if(entities, [&](Entity entity) {
      return is_related(house_, world_.start(), state_, clause_, targets_, entity.thing());
    });
    std::stable_partition(entities.begin(), entities.end(), [&](Entity entity) { return !is_hidden(entity); });
    take(first_in_reach(entities));
  }

  void put_where_asked(Entity thing) {
    const std::optional<Spot> spot = spot_for(thing);
    result_.subgoal = {Doing::kPutDown, thing, nearest_place(thing), kNothing};
    if (!spot) return put_away();
    if (spot->support.is_fixture()) {
      const std::size_t fixture = spot->support.fixture();
      if (has_lid(house_.fixtures[fixture].kind)) {
        const bool open = clause_.relation == Relation::kIn;
        if (is_open(state_, fixture) != open) return use(spot->support, open);
      }
    }
    if (would_do(thing)) return tap_key(kTake, result_.subgoal);
    put_at(*spot, thing);
  }

  // Whether letting go now does what the clause asks.
  [[nodiscard]] bool would_do(Entity thing) const {
    const PutPlace place = put_place(house_, state_, mind_.player_);
    if (!place.is_possible) return false;
    State after = state_;
    ThingState& put = after.things[thing.thing()];
    put.position = place.position;
    put.support = place.support;
    put.place = Place::kResting;
    return is_related(house_, world_.start(), after, clause_, targets_, thing.thing());
  }

  void put_at(const Spot& spot, Entity thing) {
    if (can_put_from(self_.position, spot, thing, 0)) return aim_at(spot.position);
    const Vec2 at = spot.position.flat();
    const std::uint64_t key = hash_words({3, spot.position.x, spot.position.y, spot.position.z, thing.id});
    const bool is_there = walk_to({key, grown({at, at}, kSpotFar), [this, spot, thing](Vec2 p) {
                                     return std::all_of(kAbout.begin(), kAbout.end(), [&](Vec2 off) {
                                       return can_put_from(p + off, spot, thing, kSlack);
                                     });
                                   }});
    if (is_there) aim_at(spot.position);
  }

  [[nodiscard]] bool can_put_from(Vec2 p, const Spot& spot, Entity thing, std::int32_t slack) const {
    return can_point(house_, state_, mind_.player_, p, spot, thing.thing(), slack);
  }

  // Opens, shuts, switches or presses one of the objects. Where all are as asked for, it has not been done: it is
  // undone first.
  void bring_about(bool on) {
    const Entity fixture = nearest_fixture(!on);
    if (fixture.is_some()) return use(fixture, on);
    use(nearest_fixture(on), !on);
  }

  void use(Entity fixture, bool on) {
    if (!fixture.is_some()) return;
    const FixtureKind kind = house_.fixtures[fixture.fixture()].kind;
    result_.subgoal = aim(using_of(kind, on), fixture);
    const bool is_moving = is_hinged(kind) && is_on(state_, fixture.fixture()) == on;
    if (is_moving) return wait_for_hinge();
    if (usable(house_, state_, mind_.player_) == fixture) return tap_key(kUse, result_.subgoal);
    reach_for(fixture);
  }

  [[nodiscard]] static Doing using_of(FixtureKind kind, bool on) {
    if (kind == FixtureKind::kButton) return Doing::kPress;
    if (is_hinged(kind)) return on ? Doing::kOpen : Doing::kClose;
    return on ? Doing::kTurnOn : Doing::kTurnOff;
  }

  // To stand still would be to choose what one looks at.
  void wait_for_hinge() {
    if (clause_.verb == Verb::kLookAt || clause_.verb == Verb::kGoTo) fidget();
  }
  void fidget() { result_.action.dx = state_.num_ticks / kTicksPerStep % 2 == 0 ? kFidget : -kFidget; }

  void push() {
    const Entity object = nearest_object();
    const Entity place = nearest_place(object);
    result_.subgoal = {Doing::kPush, object, place, kNothing};
    if (!object.is_some() || !place.is_some()) return;
    if (object == self_.holding) return put_where_it_can_be_pushed(object, place);
    if (!is_laid_out(object)) return;
    const bool is_there = is_related(house_, world_.start(), state_, clause_, targets_, object.thing());
    if (is_there && world_.judge().pushed[object.thing()] != Vec2{}) return;  // let it lie
    const Vec2 at = state_.things[object.thing()].position.flat();
    const Vec2 way = extent_of(house_, state_, place).middle.flat() - at;
    // What is there already, but was not pushed: along its place.
    const std::int32_t heading = is_there ? wrap_turn(heading_of(way) + kTurn / 4) : heading_of(way);
    const std::int32_t contact = body_of(house_.things[object.thing()].kind).radius + kBodyRadius;
    // As seen along the way: x is how far the body is to the right of the line, y how far behind the thing (negative).
    const Vec2 view = to_view(self_.position - at, heading);
    const bool is_behind = view.y < -contact / 2 && std::abs(view.x) < -view.y / 2;
    if (!is_behind || view.y < -contact - kMetre) {
      walk_to(behind_of(at, heading, contact));
      return;
    }
    // What is pushed goes away from the body's middle: lean to the other side of the line to bring it back.
    const std::int32_t lean = heading_of({-view.x * 2, kMetre});
    const std::int32_t error = wrap_signed(heading + lean - self_.heading);
    result_.action.dx = turn_towards(error);
    result_.action.dy = turn_towards(self_.pitch - kStartPitch);
    if (std::abs(error) < kWalkAngle) press(result_.action, kForward);
  }

  void put_where_it_can_be_pushed(Entity object, Entity place) {
    const int room = house_.cell_at(extent_of(house_, state_, place).middle.flat());
    if (room < 0) return put_away();
    const std::function<bool(Vec2)> is_reachable = reachable();
    put_on_floor(house_.cells[static_cast<std::size_t>(room)].floor, [&](const Spot& spot) {
      return can_be_pushed(house_, state_, object.thing(), spot.position.flat(), place, is_reachable);
    });
  }

  // Close behind a thing that is to be pushed along `heading`, not far off that line.
  [[nodiscard]] static Stand behind_of(Vec2 thing, std::int32_t heading, std::int32_t contact) {
    return {hash_words({4, thing.x, thing.y, heading}), grown({thing, thing}, contact + from_cm(60)),
            [thing, heading, contact](Vec2 p) {
              const Vec2 view = to_view(p - thing, heading);
              return view.y < -contact - from_cm(5) && view.y > -contact - from_cm(60) &&
                     std::abs(view.x) < -view.y / 3;
            }};
  }

  // ---- Building.

  // The cells of a structure of blocks, lowest first, of which as many as can be are filled already.
  void build() {
    keep_plan();
    const std::vector<Vec3>& plan = mind_.plan_;
    result_.subgoal = aim(Doing::kPutDown, self_.holding);
    if (plan.empty()) return;
    const auto missing = std::find_if(plan.begin(), plan.end(), [&](Vec3 cell) { return !is_filled(cell).is_some(); });
    if (missing == plan.end()) return;
    if (self_.holding.is_some()) {
      if (!is_usable_block(self_.holding.thing())) return put_away();
      const Entity below = missing->z == 0 ? Entity{} : is_filled({missing->x, missing->y, missing->z - kBlockSide});
      const PutPlace place = put_place(house_, state_, mind_.player_);
      if (place.is_possible && place.position == *missing) return tap_key(kTake, result_.subgoal);
      return put_at({*missing, below}, self_.holding);
    }
    std::vector<Entity> blocks;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& thing = state_.things[i];
      if (!is_usable_block(i)) continue;
      const bool is_loose =
          thing.place == Place::kResting && std::find(plan.begin(), plan.end(), thing.position) == plan.end();
      if (is_loose || is_in_own_bag(thing_entity(i))) blocks.push_back(thing_entity(i));
    }
    const auto way = [&](Entity block) {
      if (is_in_own_bag(block)) return std::numeric_limits<std::int64_t>::max();
      return length_squared(state_.things[block.thing()].position.flat() - self_.position);
    };
    std::sort(blocks.begin(), blocks.end(), [&](Entity a, Entity b) { return way(a) < way(b); });
    std::stable_partition(blocks.begin(), blocks.end(), [&](Entity block) { return !is_hidden(block); });
    take(first_in_reach(blocks));
  }

  [[nodiscard]] bool is_usable_block(std::size_t thing) const {
    const Kind kind = house_.things[thing].kind;
    return kind.shape == Shape::kBlock && (!clause_.colour || kind.colour == *clause_.colour);
  }

  // The block of the right colour that rests in a cell.
  [[nodiscard]] Entity is_filled(Vec3 cell) const {
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (is_usable_block(i) && state_.things[i].place == Place::kResting && state_.things[i].position == cell)
        return thing_entity(i);
    }
    return {};
  }

  [[nodiscard]] std::vector<Vec3> cells_of(Vec3 corner, bool along_x) const {
    std::vector<Vec3> cells;
    const auto add = [&](int side, int other, int up) {
      const std::int32_t x = along_x ? side : other;
      const std::int32_t y = along_x ? other : side;
      cells.push_back({corner.x + x * kBlockSide, corner.y + y * kBlockSide, corner.z + up * kBlockSide});
    };
    switch (clause_.structure) {
      case Structure::kTower:
        for (int i = 0; i < clause_.count; ++i) add(0, 0, i);
        break;
      case Structure::kRow:
        for (int i = 0; i < clause_.count; ++i) add(i, 0, 0);
        break;
      case Structure::kWall: add(0, 0, 0), add(1, 0, 0), add(0, 0, 1), add(1, 0, 1); break;
      case Structure::kSquare: add(0, 0, 0), add(1, 0, 0), add(0, 1, 0), add(1, 1, 0); break;
    }
    return cells;
  }

  // The plan is made anew when a block has been put down or picked up.
  void keep_plan() {
    std::uint64_t key = resting_things();
    key = mix_bits(key ^ static_cast<std::uint64_t>(clause_index_));
    if (mind_.plan_key_ == key) return;
    mind_.plan_key_ = key;
    mind_.plan_ = plan_building();
  }

  // Of the places on the floor of the room that the first block of the plan could take: the one with most blocks in it
  // already, then the one with most room about it. The same one while the building goes on.
  [[nodiscard]] std::vector<Vec3> plan_building() const {
    std::vector<Vec3> best;
    std::int64_t most = -1;
    for (const Vec3 corner : corners()) {
      for (const bool along_x : {true, false}) {
        const std::vector<Vec3> cells = cells_of(corner, along_x);
        const std::int64_t score = score_of(cells);
        if (score <= most) continue;
        most = score;
        best = cells;
      }
    }
    return best;
  }

  // Blocks that lie on the grid, and the grid around where blocks lay at the start.
  [[nodiscard]] std::vector<Vec3> corners() const {
    constexpr int kAround = 5;
    std::vector<Vec3> corners;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      if (!is_usable_block(i)) continue;
      const Vec3 at = snapped_to_blocks(world_.start().things[i].position);
      for (int dx = -kAround; dx <= kAround; ++dx) {
        for (int dy = -kAround; dy <= kAround; ++dy) {
          const Vec3 corner{at.x + dx * kBlockSide, at.y + dy * kBlockSide, 0};
          if (std::find(corners.begin(), corners.end(), corner) == corners.end()) corners.push_back(corner);
        }
      }
    }
    return corners;
  }

  [[nodiscard]] std::int64_t score_of(const std::vector<Vec3>& cells) const {
    State without = state_;  // nobody is in the way of a plan
    for (PlayerState& player : without.players) player.z = 2 * kRoomHeight;
    std::int64_t filled = 0;
    ThingSet ignored = self_.holding.is_some() ? set_of(self_.holding.thing()) : 0;
    for (const Vec3 cell : cells) {
      const Entity block = is_filled(cell);
      if (block.is_some()) ++filled, ignored |= set_of(block.thing());
    }
    // Room for the body on all sides, but on the first block's level only.
    const Body wide{kBlockSide / 2 + 2 * kBodyRadius + from_cm(6), kBlockSide};
    std::int64_t room = 0;
    for (const Vec3 cell : cells) {
      if (!is_filled(cell).is_some() &&
          !is_free(house_, without, cell, body_of({Shape::kBlock, Colour::kRed, Size::kSmall}), {ignored, kNothing}))
        return -1;
      if (cell.z == 0 && is_free(house_, without, cell, wide, {ignored, kNothing})) ++room;
    }
    const std::int64_t near = length_squared(cells.front().flat() - world_.start().players[0].position) >> 32;
    return filled * 1000000 + room * 10000 + std::max<std::int64_t>(9999 - near, 0);
  }

  // ---- Screens.

  void use_screens() {
    switch (clause_.verb) {
      case Verb::kOpenMenu: return open_screen(kMenu);
      case Verb::kOpenBag: return open_screen(kBag);
      case Verb::kCloseMenu:
      case Verb::kCloseBag: return click([](const Item& item) { return item.kind == ItemKind::kResume; });
      case Verb::kSetting:
        if (self_.screen != Screen::kMenu) return open_screen(kMenu);
        return click([&](const Item& item) {
          return item.kind == ItemKind::kSetting && item.index == static_cast<std::uint8_t>(clause_.setting);
        });
      case Verb::kStore: return store();
      case Verb::kTakeOut: {
        const Entity stored = stored_object();
        if (stored.is_some()) return take_out(stored);
        if (self_.holding.is_some() && holds(targets_.objects, self_.holding)) return store_held();
        return take(nearest_object());
      }
      default: return;
    }
  }

  void open_screen(KeyBit key) {
    is_at_screen_ = true;
    tap_key(key, aim(key == kMenu ? Doing::kOpenMenu : Doing::kOpenBag));
  }

  // A full bag is emptied only of what may be taken out: one of the objects, to be stored again.
  void store() {
    const bool is_held = self_.holding.is_some() && holds(targets_.objects, self_.holding);
    const bool is_full = std::find(self_.bag.begin(), self_.bag.end(), kNothing) == self_.bag.end();
    if (!is_full) return is_held ? store_held() : take(nearest_object());
    const Entity stored = stored_object();
    if (stored.is_some()) return take_out(stored);
    result_.subgoal = aim(Doing::kWait);
  }

  [[nodiscard]] Entity stored_object() const {
    const auto slot = std::find_if(self_.bag.begin(), self_.bag.end(), [&](std::uint8_t thing) {
      return thing != kNothing && holds(targets_.objects, {thing});
    });
    return slot == self_.bag.end() ? Entity{} : Entity{*slot};
  }

  [[nodiscard]] bool is_in_own_bag(Entity entity) const {
    if (!entity.is_thing()) return false;
    const ThingState& thing = state_.things[entity.thing()];
    return thing.place == Place::kStored && thing.owner == mind_.player_;
  }

  // Puts what is held into the bag, if there is room.
  void store_held() {
    if (std::find(self_.bag.begin(), self_.bag.end(), kNothing) == self_.bag.end()) return;
    if (self_.screen != Screen::kBag) return open_bag();
    click([&](const Item& item) { return item.kind == ItemKind::kSlot && self_.bag[item.index] == kNothing; },
          aim(Doing::kStore, self_.holding));
  }

  // Out of the own bag into the hands.
  void take_out(Entity entity) {
    if (self_.holding.is_some()) return put_away();
    if (self_.screen != Screen::kBag) return open_bag();
    click([&](const Item& item) { return item.kind == ItemKind::kSlot && self_.bag[item.index] == entity.id; },
          aim(Doing::kTakeOut, entity));
  }

  // Not while one looks at something that is not asked for: it would be chosen meanwhile.
  void open_bag() {
    const bool is_judged = clause_.verb == Verb::kLookAt || clause_.verb == Verb::kGoTo;
    if (!is_judged || self_.screen != Screen::kWorld || !is_choosing(house_, state_, mind_.player_))
      return open_screen(kBag);
    result_.subgoal = aim(Doing::kOpenBag);
    result_.action.dx = kSearchTurn;
  }

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

  // ---- Two players.

  void give() {
    if (!self_.holding.is_some() || !holds(targets_.objects, self_.holding)) return take(nearest_object());
    const Entity other = player_entity(1 - mind_.player_);
    result_.subgoal = {Doing::kGive, self_.holding, other, kNothing};
    const Bearing bearing = bearing_to(other);
    const bool is_aimed = std::abs(bearing.right) < kTakeAngle / 2 && std::abs(bearing.up) < kTakeHeightAngle / 2;
    if (is_aimed && is_within_reach(self_.position, other, 0) && in_sight(other)) {
      // Into full hands nothing is given, but put down: the other one frees them.
      if (!state_.players[other.player()].holding.is_some()) tap_key(kTake, result_.subgoal);
      return;
    }
    reach_for(other);
  }

  [[nodiscard]] Entity plate_of(std::size_t player) const {
    std::vector<Entity> plates;
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (house_.fixtures[i].kind == FixtureKind::kPlate) plates.push_back(fixture_entity(i));
    }
    if (plates.size() < 2) return {};
    // By where both stood at the start, so that neither changes their mind.
    const auto way = [&](std::size_t p, std::size_t plate) {
      const Vec2 middle = house_.fixtures[plates[plate].fixture()].floor.middle();
      return std::int64_t{length(middle - world_.start().players[p].position)};
    };
    const bool swapped = way(0, 1) + way(1, 0) < way(0, 0) + way(1, 1);
    return plates[swapped ? 1 - player : player];
  }

  void stand_on(Entity plate) {
    result_.subgoal = aim(Doing::kGoTo, plate);
    if (!plate.is_some()) return;
    const Rect inner = shrunk(house_.fixtures[plate.fixture()].floor, from_cm(12));
    walk_to({hash_words({5, plate.id}), inner, [inner](Vec2 p) { return inner.contains(p); }});
  }

  void hold_button() {
    const Entity button = button_in_reach();
    result_.subgoal = aim(Doing::kPress, button);
    if (!button.is_some()) return;
    if (usable(house_, state_, mind_.player_) == button) return hold_key(kUse, result_.subgoal);
    reach_for(button);
  }

  // The gate's button that is nearest to walk to.
  [[nodiscard]] Entity button_in_reach() {
    Entity best;
    std::uint16_t least = RouteMap::kUnreachable;
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (house_.fixtures[i].kind != FixtureKind::kButton || house_.fixtures[i].opens == kNoFixture) continue;
      const Way& way = way_to(hand_of(fixture_entity(i)));
      const RouteMap::Next next = way.routes.next(floor_of(way), self_.position, 0);
      if (!next.is_reachable || next.distance >= least) continue;
      best = fixture_entity(i);
      least = next.distance;
    }
    return best;
  }

  // Waits before the gate until it is open.
  void go_through_gate() {
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (!house_.is_gate(i) || is_open(state_, i)) continue;
      const Entity gate = fixture_entity(i);
      result_.subgoal = aim(Doing::kGoTo, gate);
      walk_to({key_of(7, gate), around(gate, kMetre), [this, gate](Vec2 p) {
                 const std::int32_t gap = gap_to(p, gate);
                 return gap >= from_cm(40) && gap <= kMetre;
               }});
      return;
    }
    enter(targets_.room);
  }

  // ---- Choosing.

  [[nodiscard]] Bearing bearing_to(Entity entity) const { return bearing_of(house_, state_, mind_.player_, entity); }
  [[nodiscard]] bool in_sight(Entity entity) const { return is_in_sight(house_, state_, mind_.player_, entity); }

  // Targets in the room one is in come first; then by distance as the crow flies; then what is in the own bag. Not what
  // somebody else has.
  [[nodiscard]] std::vector<Entity> objects_by_distance() const {
    struct Candidate {
      std::int64_t distance;
      Entity entity;
    };
    std::vector<Candidate> candidates;
    const int here = house_.cell_at(self_.position);
    for (std::size_t id = 0; id < targets_.objects.size(); ++id) {
      const Entity entity{static_cast<std::uint8_t>(id)};
      if (!targets_.objects.test(id)) continue;
      if (is_in_own_bag(entity)) {
        candidates.push_back({std::numeric_limits<std::int64_t>::max(), entity});
        continue;
      }
      const Place place = entity.is_thing() ? state_.things[id].place : Place::kResting;
      if (place == Place::kStored || (place == Place::kHeld && entity != self_.holding)) continue;
      const Vec2 middle = extent_of(house_, state_, entity).middle.flat();
      const std::int64_t far = house_.cell_at(middle) == here ? 0 : std::int64_t{100} * kMetre;
      candidates.push_back({far + length(middle - self_.position), entity});
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.entity.id < b.entity.id;
    });
    std::vector<Entity> entities;
    for (const Candidate& candidate : candidates) entities.push_back(candidate.entity);
    return entities;
  }

  // In a box that is shut.
  [[nodiscard]] bool is_hidden(Entity entity) const {
    return entity.is_thing() && is_shut_away(house_, state_, entity.thing());
  }

  // Whether there is a way to where a hand reaches it.
  [[nodiscard]] bool can_reach(Entity entity) {
    if (entity == self_.holding || is_in_own_bag(entity)) return true;
    const Way& way = way_to(hand_of(entity));
    return way.care != FloorMap::Care::kThrough && way.routes.next(floor_of(way), self_.position, 0).is_reachable;
  }

  [[nodiscard]] Entity first_in_reach(const std::vector<Entity>& entities) {
    const auto found = std::find_if(entities.begin(), entities.end(), [&](Entity entity) { return can_reach(entity); });
    return found != entities.end() ? *found : (entities.empty() ? Entity{} : entities.front());
  }

  [[nodiscard]] Entity nearest_object() {
    std::vector<Entity> entities = objects_by_distance();
    std::stable_partition(entities.begin(), entities.end(), [&](Entity entity) { return !is_hidden(entity); });
    if (clause_.verb == Verb::kFind)  // the one in the room asked for
      std::stable_partition(entities.begin(), entities.end(), [&](Entity e) { return is_in_room_asked_for(e); });
    if (entities.size() == 1 || clause_.verb == Verb::kLookAt || clause_.verb == Verb::kFind)
      return entities.empty() ? Entity{} : entities.front();
    return first_in_reach(entities);
  }

  [[nodiscard]] Entity nearest_place(Entity object) const {
    Entity best;
    std::int64_t least = 0;
    for (std::size_t id = 0; id < targets_.places.size(); ++id) {
      const Entity entity{static_cast<std::uint8_t>(id)};
      if (!targets_.places.test(id) || entity == object || !object.is_some()) continue;
      const std::int64_t distance = length_squared(extent_of(house_, state_, entity).middle.flat() -
                                                   state_.things[object.thing()].position.flat());
      if (best.is_some() && distance >= least) continue;
      best = entity;
      least = distance;
    }
    return best;
  }

  // The nearest object that is in the state `on`.
  [[nodiscard]] Entity nearest_fixture(bool on) const {
    const std::vector<Entity> entities = objects_by_distance();
    const auto fitting = std::find_if(entities.begin(), entities.end(), [&](Entity entity) {
      if (!entity.is_fixture()) return false;
      const FixtureKind kind = house_.fixtures[entity.fixture()].kind;
      if (kind == FixtureKind::kButton) return true;
      if (!is_hinged(kind)) return is_on(state_, entity.fixture()) == on;
      // A door counts as shut when it is all the way: one that is just closing is still the one to wait for.
      return on ? state_.fixtures[entity.fixture()].angle > 0 : !is_open(state_, entity.fixture());
    });
    return fitting == entities.end() ? Entity{} : *fitting;
  }

  // Of where everything rests: what is held and where the player is do not matter.
  [[nodiscard]] std::uint64_t resting_things() const {
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& other = state_.things[i];
      if (other.place != Place::kResting) continue;
      key = mix_bits(key ^ static_cast<std::uint64_t>(other.position.x) << 40 ^
                     static_cast<std::uint64_t>(other.position.y) << 8 ^ static_cast<std::uint64_t>(other.position.z) ^
                     i);
    }
    return key;
  }

  std::optional<Spot> spot_for(Entity thing) {
    const std::uint64_t key = mix_bits(resting_things() ^ hash_words({thing.id, clause_index_}));
    return known_spot(key, [&] { return find_spot_for(thing); });
  }

  // What `find` finds, kept under `key`.
  template <class Find>
  std::optional<Spot> known_spot(std::uint64_t key, Find find) {
    for (const KnownSpot& known : mind_.spots_) {
      if (known.key == key) return known.spot;
    }
    if (mind_.spots_.size() >= kMaxSpots) mind_.spots_.erase(mind_.spots_.begin());
    mind_.spots_.push_back({key, find()});
    return mind_.spots_.back().spot;
  }

  [[nodiscard]] std::optional<Spot> find_spot_for(Entity thing) {
    Vec2 near = world_.start().players[mind_.player_].position;
    // Several things into one container: from a corner on, so that there is room for all of them.
    for (std::size_t i = 0; clause_.object.count > 1 && i < house_.fixtures.size(); ++i) {
      if (holds(targets_.places, fixture_entity(i))) near = house_.fixtures[i].floor.low;
    }
    return find_spot(house_, world_.start(), state_, clause_, targets_, thing.thing(), near, reachable());
  }

  // What can be walked to from here, however tight.
  [[nodiscard]] std::function<bool(Vec2)> reachable() {
    const FloorMap& floor = floor_with(FloorMap::Care::kTight);
    const int here = floor.nearest_free(self_.position);
    mind_.from_here_.build(floor, here < 0 ? std::vector<int>{} : std::vector<int>{here});
    return [this, &floor](Vec2 p) { return mind_.from_here_.distance(floor.index_of(p)) != RouteMap::kUnreachable; };
  }

  // ---- Where to stand.

  [[nodiscard]] bool is_seen_just_from(Vec2 p, Entity entity) const {
    State there = state_;
    there.players[mind_.player_].position = p;
    there.players[mind_.player_].z = 0;
    return is_in_sight(house_, there, mind_.player_, entity);
  }

  // From `p` and from everywhere about it, so that one need not stand on the spot.
  [[nodiscard]] bool is_seen_from(Vec2 p, Entity entity) const {
    State there = state_;
    PlayerState& self = there.players[mind_.player_];
    self.z = 0;
    for (const Vec2 off : kAbout) {
      self.position = p + off;
      if (!is_in_sight(house_, there, mind_.player_, entity)) return false;
    }
    return true;
  }

  [[nodiscard]] std::int32_t gap_to(Vec2 p, Entity entity) const {
    const Extent extent = extent_of(house_, state_, entity);
    if (entity.is_fixture()) return length(away_from(house_.fixtures[entity.fixture()].floor, p));
    return std::max(length(extent.middle.flat() - p) - extent.half.x, 0);
  }

  [[nodiscard]] Rect around(Entity entity, std::int32_t reach) const {
    const Extent extent = extent_of(house_, state_, entity);
    const Vec2 middle = extent.middle.flat();
    const Vec2 half = extent.half.flat();
    return grown({middle - half, middle + half}, reach);
  }

  [[nodiscard]] std::uint64_t key_of(int what, Entity entity) const {
    const Vec3 at = extent_of(house_, state_, entity).middle;
    return hash_words({what, entity.id, at.x, at.y, at.z});
  }

  [[nodiscard]] Stand view_of(Entity entity, std::int32_t far) const {
    return {key_of(6 + far, entity), around(entity, far), [this, entity, far](Vec2 p) {
              const std::int32_t gap = gap_to(p, entity);
              return gap <= far && gap >= kHandNear && is_seen_from(p, entity);
            }};
  }

  [[nodiscard]] bool is_within_reach(Vec2 p, Entity entity, std::int32_t slack) const {
    const std::int32_t gap = gap_to(p, entity) + slack;
    if (gap > far_of(entity) || (is_door(entity) && gap < kDoorNear)) return false;
    // From the eye to the body's nearest height, as the hand measures it.
    const Extent extent = extent_of(house_, state_, entity);
    const std::int32_t up = std::max(std::abs(extent.middle.z - kEyeHeight) - extent.half.z, 0);
    return square(gap + (entity.is_thing() ? extent.half.x / 2 : 0)) + square(up) <= square(kReach - from_cm(12));
  }

  [[nodiscard]] bool is_door(Entity entity) const {
    return entity.is_fixture() && house_.fixtures[entity.fixture()].kind == FixtureKind::kDoor;
  }

  [[nodiscard]] std::int32_t far_of(Entity entity) const {
    return entity.is_thing() && state_.things[entity.thing()].support.is_fixture() ? kHandFarOver : kHandFar;
  }

  [[nodiscard]] Stand hand_of(Entity entity) const {
    return {key_of(5, entity), around(entity, far_of(entity)),
            [this, entity](Vec2 p) {
              if (gap_to(p, entity) < (is_door(entity) ? kDoorNear + kSlack : kHandNear)) return false;
              return is_within_reach(p, entity, kSlack) && is_seen_from(p, entity);
            },
            [this, entity](Vec2 p) { return is_within_reach(p, entity, 0) && is_seen_just_from(p, entity); }};
  }

  // ---- Walking.

  // As a person searches who does not know where it is: in a world of one room, what is not in view is turned for,
  // always to the right. A learner without memory cannot know which way it was turning.
  void approach(const Stand& stand, Entity entity) {
    const bool one_room = house_.num_rooms == 1;
    const std::int32_t right = bearing_to(entity).right;
    if (one_room && std::abs(right) > kNoticeAngle) {
      search(entity);
    } else if (walk_to(stand, one_room ? entity : Entity{})) {
      aim_at(entity);
    }
  }

  void search(Entity entity) {
    result_.subgoal = aim(Doing::kLookFor, entity);
    result_.action.dx = kSearchTurn;
  }

  // What walking is for is told when one is there.
  void say_walking() {
    switch (result_.subgoal.kind) {
      case Doing::kPutDown:
      case Doing::kGive: result_.subgoal.kind = Doing::kCarry; return;
      case Doing::kEnter: return;
      default: result_.subgoal.kind = Doing::kGoTo;
    }
  }

  // True: one stands where one wanted to. What is `kept` in view is not lost by turning to where one walks: sidesteps
  // lead there, too.
  bool walk_to(const Stand& stand, Entity kept = {}) {
    RouteMap::Next next = next_on_way(stand);
    if (!next.is_reachable && minds_other_) {
      if (mind_.player_ != 0) return make_way(), false;
      minds_other_ = false;
      floor_version_.reset();
      next = next_on_way(stand);
    }
    if (!next.is_reachable) {
      result_.action.dx = kSearchTurn;  // shut in: look about
      return false;
    }
    if (next.door != kNothing && gap_to(self_.position, fixture_entity(next.door)) < kHandFar) {
      use_door(fixture_entity(next.door));
      return false;
    }
    const Vec2 to = next.point - self_.position;
    if (next.distance == 0 && length_squared(to) < square(from_cm(4))) return true;
    say_walking();
    const std::int32_t error = wrap_signed(heading_of(to) - self_.heading);
    result_.action.dy = turn_towards(self_.pitch - kStartPitch);
    if (kept.is_some() && std::abs(wrap_signed(bearing_to(kept).right - error)) > kNoticeAngle) {
      sidestep(error);
      result_.action.dx = turn_towards(bearing_to(kept).right);
      return false;
    }
    result_.action.dx = turn_towards(error);
    result_.looks = std::abs(error) <= kNoticeAngle;
    if (std::abs(error) < kWalkAngle) press(result_.action, kForward);
    return false;
  }

  [[nodiscard]] RouteMap::Next next_on_way(const Stand& stand) {
    const Way& way = way_to(stand);
    return way.routes.next(floor_of(way), self_.position);
  }

  // Walks without turning; `error`: to the right of the heading, in counts.
  void sidestep(std::int32_t error) {
    const std::int32_t off = std::abs(error);
    constexpr std::int32_t kEighth = from_degrees(45);
    if (off <= kEighth * 3 / 2) press(result_.action, kForward);
    if (off > kEighth * 5 / 2) press(result_.action, kBack);
    if (off > kEighth / 2 && off < kEighth * 7 / 2) press(result_.action, error > 0 ? kRight : kLeft);
    result_.looks = true;
  }

  void use_door(Entity door) {
    result_.subgoal = aim(Doing::kOpen, door);
    if (is_on(state_, door.fixture())) return fidget();  // it is opening; to stand still would be to choose
    if (usable(house_, state_, mind_.player_) == door) return tap_key(kUse, result_.subgoal);
    aim_at(door);
  }

  const FloorMap& floor_of(const Way& way) { return floor_with(way.care); }

  static constexpr std::array<FloorMap::Care, 3> kAllCares{FloorMap::Care::kWide, FloorMap::Care::kTight,
                                                           FloorMap::Care::kThrough};

  // The map of the present state, made when it is first asked for: those with less care seldom are.
  const FloorMap& floor_with(FloorMap::Care care) {
    KnownFloor& floor = mind_.floors_[static_cast<std::size_t>(care)];
    const std::uint64_t version = floor_version();
    const auto around = minds_other_ ? static_cast<std::uint8_t>(1 - mind_.player_) : kNothing;
    if (floor.version != version) floor.map.build(house_, state_, care, around);
    floor.version = version;
    return floor.map;
  }

  const Way& way_to(const Stand& stand) {
    const std::uint64_t version = floor_version();
    ++mind_.clock_;
    for (Way& way : mind_.ways_) {
      if (way.key != stand.key || way.floor != version) continue;
      way.last_used = mind_.clock_;
      find_way(way, stand, way.care);
      return way;
    }
    if (mind_.ways_.size() < kMaxWays) mind_.ways_.emplace_back();
    Way& way = *std::min_element(mind_.ways_.begin(), mind_.ways_.end(),
                                 [](const Way& a, const Way& b) { return a.last_used < b.last_used; });
    way.key = stand.key;
    way.floor = version;
    way.last_used = mind_.clock_;
    build_way(way, stand, FloorMap::Care::kWide);
    find_way(way, stand, FloorMap::Care::kWide);
    return way;
  }

  // Where there is no way with care, one with less may do.
  void find_way(Way& way, const Stand& stand, FloorMap::Care from) {
    for (const FloorMap::Care care : kAllCares) {
      if (care < from) continue;
      if (care != way.care) build_way(way, stand, care);
      if (way.routes.next(floor_with(care), self_.position, 0).is_reachable) return;
    }
  }

  void build_way(Way& way, const Stand& stand, FloorMap::Care care) {
    way.care = care;
    way.routes.build(floor_with(care), goals_of(stand, floor_with(care)));
  }

  // Wide areas are looked at in every third place, unless that is not enough.
  [[nodiscard]] static std::vector<int> goals_of(const Stand& stand, const FloorMap& floor) {
    const bool is_wide = stand.around.high.x - stand.around.low.x > 4 * kMetre;
    std::vector<int> goals = goals_of(stand, stand.is_good, floor, is_wide ? 3 * kRouteGrid : kRouteGrid);
    if (goals.empty() && is_wide) goals = goals_of(stand, stand.is_good, floor, kRouteGrid);
    if (goals.empty() && stand.is_fair) goals = goals_of(stand, stand.is_fair, floor, kRouteGrid);
    return goals;
  }
  [[nodiscard]] static std::vector<int> goals_of(const Stand& stand, const std::function<bool(Vec2)>& accepts,
                                                 const FloorMap& floor, std::int32_t stride) {
    std::vector<int> goals;
    for (std::int32_t y = stand.around.low.y; y <= stand.around.high.y + stride; y += stride) {
      for (std::int32_t x = stand.around.low.x; x <= stand.around.high.x + stride; x += stride) {
        const int index = floor.index_of({x, y});
        if (floor.is_free(index) && floor.door_of(index) == kNothing && accepts(floor.middle_of(index)))
          goals.push_back(index);
      }
    }
    return goals;
  }

  // Of everything that floor maps and stands depend on: lids, too, because what is in a box is seen when it is open.
  [[nodiscard]] std::uint64_t floor_version() {
    if (floor_version_) return *floor_version_;
    std::uint64_t hash = mix_bits(house_.hash);
    for (std::size_t i = 0; i < house_.things.size(); ++i) {
      const ThingState& thing = state_.things[i];
      if (thing.place != Place::kResting || thing.support.is_fixture()) continue;
      hash = mix_bits(hash ^ static_cast<std::uint64_t>(thing.position.x) << 32 ^
                      static_cast<std::uint32_t>(thing.position.y) ^ i << 24);
    }
    for (std::size_t i = 0; i < house_.fixtures.size(); ++i) {
      if (is_hinged(house_.fixtures[i].kind)) hash = mix_bits(hash ^ (is_open(state_, i) ? 2 * i + 1 : 2 * i));
    }
    if (minds_other_) hash = hash_words({static_cast<std::int64_t>(hash), other().position.x, other().position.y});
    floor_version_ = hash;
    return hash;
  }

  // ---- Eyes and hands.

  void aim_at(Entity entity) {
    const Bearing bearing = bearing_to(entity);
    if (house_.num_rooms == 1 && std::abs(bearing.right) > kNoticeAngle) return search(entity);
    const std::optional<Vec3> point = visible_point(house_, state_, mind_.player_, entity);
    aim_at(point ? *point : extent_of(house_, state_, entity).middle);
  }

  void aim_at(Vec3 point) {
    const Vec2 away = point.flat() - self_.position;
    const std::int32_t flat = std::max(length(away), 1);
    const std::int32_t up = wrap_signed(heading_of({point.z - self_.z - kEyeHeight, flat}) - self_.pitch);
    result_.looks = true;
    result_.action.dx = turn_towards(wrap_signed(heading_of(away) - self_.heading));
    result_.action.dy = -turn_towards(up);
  }

  // Turns to something without minding its height.
  void face(Entity entity) {
    aim_at(entity);
    result_.action.dy = turn_towards(self_.pitch - kStartPitch);
  }

  void turn_by(std::int32_t counts) {
    result_.subgoal = aim(Doing::kTurnAround);
    result_.action.dx = counts;
  }
  void hold_key(KeyBit key, Subgoal subgoal) {
    result_.subgoal = subgoal;
    press(result_.action, key);
  }
  void tap_key(KeyBit key, Subgoal subgoal) {
    result_.subgoal = subgoal;
    result_.action = {};
    tap(result_.action, control_of(key));
  }

  Mind& mind_;
  const World& world_;
  const House& house_;
  const State& state_;
  const PlayerState& self_;
  const int clause_index_;
  const Clause& clause_;
  const Targets& targets_;
  bool minds_other_;                            // the other player is walked around
  std::optional<std::uint64_t> floor_version_;  // of this state
  bool is_at_screen_ = false;                   // what is done next is done on a screen
  Decision result_;
};

Decision Mind::decide(const World& world) { return Step(*this, world).decide(); }

std::string to_text(const House& house, const Subgoal& subgoal) {
  const auto name = [&](Entity entity) -> std::string {
    return entity.is_some() ? "the " + name_at(house, entity) : "something";
  };
  const std::string what = name(subgoal.entity);
  const std::string to = subgoal.to.is_some() ? " to " + name(subgoal.to) : "";
  switch (subgoal.kind) {
    case Subgoal::Kind::kWait: return "wait";
    case Subgoal::Kind::kWander: return "wander about";
    case Subgoal::Kind::kMakeWay: return "make way";
    case Subgoal::Kind::kTurnAround: return "turn";
    case Subgoal::Kind::kWalk: return "walk";
    case Subgoal::Kind::kJump: return "jump";
    case Subgoal::Kind::kLookFor: return "look for " + what;
    case Subgoal::Kind::kGoTo: return "walk to " + what;
    case Subgoal::Kind::kLookAt: return "look at " + what;
    case Subgoal::Kind::kTake: return "pick up " + what;
    case Subgoal::Kind::kCarry: return "carry " + what + to;
    case Subgoal::Kind::kPutDown: return "put down " + what;
    case Subgoal::Kind::kOpen: return "open " + what;
    case Subgoal::Kind::kClose: return "close " + what;
    case Subgoal::Kind::kTurnOn: return "turn on " + what;
    case Subgoal::Kind::kTurnOff: return "turn off " + what;
    case Subgoal::Kind::kPress: return "press " + what;
    case Subgoal::Kind::kPush: return "push " + what + to;
    case Subgoal::Kind::kGive: return "hand over " + what;
    case Subgoal::Kind::kOpenMenu: return "open the menu";
    case Subgoal::Kind::kOpenBag: return "open the bag";
    case Subgoal::Kind::kCloseScreen: return "close the screen";
    case Subgoal::Kind::kStore: return "put " + what + " into the bag";
    case Subgoal::Kind::kTakeOut: return "take " + what + " out of the bag";
    case Subgoal::Kind::kClick: return "point and click";
    case Subgoal::Kind::kEnter:
      return fmt::format("walk to the {}", kRoomNames[static_cast<std::size_t>(house.cells[subgoal.room].name)]);
  }
  return {};
}

}  // namespace atl::envs::playhouse
