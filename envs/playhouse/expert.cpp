#include "envs/playhouse/expert.h"

#include "envs/playhouse/expert_pair.h"

namespace atl::envs::playhouse {
namespace {

constexpr std::int32_t kWalkAngle = from_degrees(22);
constexpr std::int32_t kGoToFar = from_cm(75);
constexpr std::int32_t kViewFar = from_cm(350);
constexpr std::int32_t kBackNear = from_cm(40);
// What is pushed lies before one's feet. Eyes as low as this see it and where it is to go; with level ones a learner
// without memory would not know that it pushes anything.
constexpr std::int32_t kPushPitch = from_degrees(-38);

// One decision: the verbs.
class Step : protected Partner {
 public:
  Step(ExpertMemory& memory, const World& world) : Partner(memory, world) {}

  Decision decide() {
    if (world_.is_over()) return result_;
    if (memory_.player == 0)
      act();
    else
      help();
    // What is done in the world waits until a screen is closed.
    if (self_.screen != Screen::kWorld && !is_at_screen_) tap_key(kMenu, aim(Doing::kCloseScreen));
    return result_;
  }

 private:
  void act();
  void look_at();
  void go_to();
  void find();
  void go_back();
  // Carries into the room asked for what somebody has taken out of it.
  void bring(Entity entity);
  void drop();
  void put();
  void push();
  void put_where_it_can_be_pushed(Entity object, Entity place);
  // Close behind a thing that is to be pushed along `heading`, not far off that line.
  [[nodiscard]] static Stand behind_of(Vec2 thing, std::int32_t heading, std::int32_t contact);
  // Walks there with the eyes on the thing, once it is in view.
  void get_behind(Entity object, const Stand& behind);
  void use_screens();
  // A full bag is emptied only of what may be taken out: one of the objects, to be stored again.
  void store();
};

void Step::act() {
  // None of them was seen yet: look about.
  if (asks_for_seen_first(clause_) && targets_.objects.none()) return search({});
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
    case Verb::kGoBack: return go_back();
    default: return use_screens();
  }
}

void Step::look_at() {
  const Entity entity = nearest_object();
  result_.subgoal = aim(Doing::kLookAt, entity);
  if (!entity.is_some() || !is_laid_out(entity)) return;
  const Bearing bearing = bearing_to(entity);
  if (bearing.distance < kViewFar && in_sight(entity)) return aim_at(entity);
  approach(view_of(entity, kViewFar), entity);
}

void Step::go_to() {
  const Entity entity = nearest_object();
  result_.subgoal = aim(Doing::kGoTo, entity);
  if (!entity.is_some() || !is_laid_out(entity)) return;
  // Once there, stay: the judge lets one stand a little further off than one walks to.
  if (bearing_to(entity).distance <= kGoToFar + from_cm(10) && in_sight(entity)) return face(entity);
  approach(view_of(entity, kGoToFar), entity);
}

// Straight, without searching: who has walked away from there can know the way.
void Step::go_back() {
  const Vec2 start = world_.start().players[memory_.player].position;
  const auto is_near = [start](Vec2 p) { return length_squared(p - start) <= square(kBackNear); };
  result_.subgoal = aim(Doing::kGoBack);
  if (!is_near(self_.position)) walk_to({hash_words({9, start.x, start.y}), grown({start, start}, kBackNear), is_near});
}

void Step::find() {
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

void Step::bring(Entity entity) {
  if (entity != self_.holding) return take(entity);
  put_on_floor(house_.cells[targets_.room].floor, [](const Spot&) { return true; });
}

void Step::drop() {
  if (!self_.holding.is_some()) return take(nearest_object());
  // To let go of something else would be to drop the wrong thing.
  if (holds(targets_.objects, self_.holding)) return put_away();
  store_held();
}

void Step::put() {
  if (self_.holding.is_some() && holds(targets_.objects, self_.holding)) return put_where_asked(self_.holding);
  if (self_.holding.is_some()) return put_away();
  std::vector<Entity> entities = objects_by_distance();
  std::erase_if(entities, [&](Entity entity) {
    return is_related(house_, world_.start(), state_, clause_, targets_, entity.thing());
  });
  std::stable_partition(entities.begin(), entities.end(), [&](Entity entity) { return !is_hidden(entity); });
  take(first_in_reach(entities));
}

void Step::push() {
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
  if (!is_behind || view.y < -contact - kMetre) return get_behind(object, behind_of(at, heading, contact));
  // What is pushed goes away from the body's middle: lean to the other side of the line to bring it back.
  const std::int32_t lean = heading_of({-view.x * 2, kMetre});
  const std::int32_t error = wrap_signed(heading + lean - self_.heading);
  result_.action.dx = turn_towards(error);
  result_.action.dy = turn_towards(self_.pitch - kPushPitch);
  if (std::abs(error) < kWalkAngle) press(result_.action, kForward);
}

void Step::get_behind(Entity object, const Stand& behind) {
  if (has_to_be_searched(object)) return search(object);
  const Entity about = result_.subgoal.entity;
  walk_to(behind, object);
  keep_eyes_on(object, about, kPushPitch);
}

void Step::put_where_it_can_be_pushed(Entity object, Entity place) {
  const int room = house_.cell_at(extent_of(house_, state_, place).middle.flat());
  if (room < 0) return put_away();
  const std::function<bool(Vec2)> is_reachable = reachable();
  put_on_floor(house_.cells[static_cast<std::size_t>(room)].floor, [&](const Spot& spot) {
    return can_be_pushed(house_, state_, object.thing(), spot.position.flat(), place, is_reachable);
  });
}

Stand Step::behind_of(Vec2 thing, std::int32_t heading, std::int32_t contact) {
  const auto is_within = [=](Vec2 p, std::int32_t far, std::int32_t slope) {
    const Vec2 view = to_view(p - thing, heading);
    return view.y < -contact - from_cm(5) && view.y > -contact - far && std::abs(view.x) < -view.y / slope;
  };
  constexpr std::int32_t kFar = from_cm(60);
  return {hash_words({4, thing.x, thing.y, heading}), grown({thing, thing}, contact + kMetre),
          [=](Vec2 p) { return is_within(p, kFar, 3); }, [=](Vec2 p) { return is_within(p, kMetre, 2); }};
}

void Step::use_screens() {
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

void Step::store() {
  const bool is_held = self_.holding.is_some() && holds(targets_.objects, self_.holding);
  const bool is_full = std::find(self_.bag.begin(), self_.bag.end(), kNothing) == self_.bag.end();
  if (!is_full) return is_held ? store_held() : take(nearest_object());
  const Entity stored = stored_object();
  if (stored.is_some()) return take_out(stored);
  result_.subgoal = aim(Doing::kWait);
}

}  // namespace

Mind::Mind(std::size_t player) : memory_(std::make_unique<ExpertMemory>()) { memory_->player = player; }
Mind::~Mind() = default;
Mind::Mind(Mind&&) noexcept = default;
Mind& Mind::operator=(Mind&&) noexcept = default;

Decision Mind::decide(const World& world) { return Step(*memory_, world).decide(); }

}  // namespace atl::envs::playhouse
